#pragma once
#include <QString>

#include <utility>
#include <vector>

class QFormLayout;
class QScrollArea;
class QStackedWidget;
class QTabBar;
class QWidget;

namespace plumbline {

/// What the inspectors of samples and of objects have below their pictures: a bar of tabs that is
/// called `name`, and a sheet for each.
void add_sheets(QTabBar* tabs, QStackedWidget* sheets, const QString& name,
                const std::vector<std::pair<QString, QWidget*>>& titled);

/// A sheet that may be higher than its place, on the ground of what it lies in.
QScrollArea* scrolled_sheet(QWidget* sheet);

/// The rows of a sheet of facts, each with its label.
QFormLayout* make_fact_rows(QWidget* sheet);

}  // namespace plumbline

#pragma once
#include <QTreeWidget>

#include <string>
#include <vector>

#include "core/report/make_report.h"

namespace plumbline {

struct ReportPages;

/// The sections of a report, in groups with ticks of three states. What is ticked is shown, in the
/// order of the rows, which are dragged or moved by Alt+Up and Alt+Down. A section that has nothing
/// to say is disabled, and its tooltip says why.
class SectionTree : public QTreeWidget {
  Q_OBJECT
 public:
  explicit SectionTree(QWidget* parent = nullptr);

  /// `chosen`: keys in their order; empty: all that have something to say.
  void set_sections(const std::vector<SectionState>& states,
                    const std::vector<std::string>& chosen);
  /// Keys of what is ticked, in the order of the rows.
  std::vector<std::string> chosen() const;
  void show_pages(const ReportPages& pages);
  void select(const QString& section);
  /// Moves the current row by one among its neighbours.
  void move_current(int by);

 Q_SIGNALS:
  void choice_changed();
  void section_selected(const QString& section);

 protected:
  void dropEvent(QDropEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  bool filling_ = false;
};

}  // namespace plumbline

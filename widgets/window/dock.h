#pragma once
#include <QDockWidget>

#include <string_view>

class QLabel;

namespace plumbline {

/// A dock with one title row: its name, and one fact or hint at the right. It stays in its place.
class Dock : public QDockWidget {
  Q_OBJECT
 public:
  Dock(const QString& name, const QString& object_name, int width, QWidget* parent);
  void set_fact(const QString& fact);
  /// The fact shows the figure of this key.
  void explain_fact(std::string_view figure);
  /// A control at the right of the title.
  void add_control(QWidget* control);
};

}  // namespace plumbline

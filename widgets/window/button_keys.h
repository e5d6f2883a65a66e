#pragma once
#include <QObject>

class QWidget;

namespace plumbline {

/// Return and Enter press the button that has the focus, as the space bar does: of itself Qt has it
/// so in dialogs alone. Check boxes and radio buttons are chosen by the space bar alone, as
/// everywhere.
class ButtonKeys : public QObject {
  Q_OBJECT
 public:
  /// Of one window and all that is in it; its dialogs are left as they are.
  explicit ButtonKeys(QWidget* window);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget* window_;
};

}  // namespace plumbline

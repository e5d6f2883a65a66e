#pragma once
#include <QPointer>
#include <QWidget>

namespace plumbline {

/// Where the keyboard is, as an outline around whatever it has reached by keys, so that no control
/// depends on painting that itself. A press of the mouse takes it away.
class FocusRing : public QWidget {
  Q_OBJECT
 public:
  /// Over the whole window, which owns it.
  explicit FocusRing(QWidget* window);

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void follow(QWidget* now);
  void place();

  QPointer<QWidget> target_;
};

}  // namespace plumbline

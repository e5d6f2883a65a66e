#pragma once
#include <QList>
#include <QPointer>
#include <QTimer>
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
  void watch(bool watched);
  void place();

  QPointer<QWidget> target_;
  /// The target, its viewport, and what is around it: its place changes with each of them, and a
  /// scroll area resizes what it shows before itself.
  QList<QPointer<QWidget>> watched_;
  bool by_keys_ = false;  ///< the target was reached by keys, and not pressed since
  QTimer later_;          ///< once the layouts have settled
};

}  // namespace plumbline

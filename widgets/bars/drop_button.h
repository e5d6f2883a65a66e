#pragma once
#include <QAbstractButton>

namespace plumbline {

/// Looks like a combo box; what opens is the owner's affair.
class DropButton : public QAbstractButton {
  Q_OBJECT
 public:
  explicit DropButton(QWidget* parent = nullptr);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;
};

/// A square button with an arrow: sorted downwards or upwards. Checked: downwards.
class DirectionButton : public QAbstractButton {
  Q_OBJECT
 public:
  explicit DirectionButton(QWidget* parent = nullptr);
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace plumbline

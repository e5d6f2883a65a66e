#pragma once
#include <QWidget>

namespace plumbline {

/// A range from 0 to 1 with a handle at either end, in steps of a hundredth. The mouse takes the
/// nearer handle; on the keyboard the arrows move the lower one, with Shift the upper one; a double
/// click opens the range again.
class RangeSlider : public QWidget {
  Q_OBJECT
 public:
  explicit RangeSlider(QWidget* parent = nullptr);

  double lower() const { return lower_ / double(steps); }
  double upper() const { return upper_ / double(steps); }
  void set_range(double lower, double upper);

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 Q_SIGNALS:
  void range_changed();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;

 private:
  static constexpr int steps = 100;
  int position(int value) const;
  int value_at(int x) const;
  void move_handle(bool upper, int value);
  void describe();

  int lower_ = 0, upper_ = steps;
  int dragged_ = 0;  ///< 1: the lower handle, 2: the upper one
};

}  // namespace plumbline

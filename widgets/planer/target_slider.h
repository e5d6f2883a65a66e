#pragma once
#include <QWidget>

namespace plumbline {

/// How many tenths of the baseline lie between two numbers below the track: 1, 2, 5, 10, 20 …, the
/// least by which numbers keep apart where a tenth is `wide` pixels.
int tenths_between_numbers(double wide);

/// The target as a fraction of the baseline's latency, or energy. Exactly as wide as the plot's
/// axis, whose pixels it is told: the handle's middle is where the plot has that cost. The mouse
/// drags in hundredths; arrows step by 0.01, Page keys by 0.1; Esc while dragging puts it back. To
/// aim is not to launch: a search is minutes or hours of work, so it takes Enter, or the button
/// beside.
class TargetSlider : public QWidget {
  Q_OBJECT
 public:
  explicit TargetSlider(QWidget* parent = nullptr);

  /// The axis in this widget's pixels and the fractions at its ends.
  void set_axis(double left, double right, double lower, double upper);
  /// The least that any architecture reaches: the handle goes no further.
  void set_least(double least);
  void set_target(double target);
  double target() const { return target_; }
  bool is_dragging() const { return dragging_; }
  /// Words beside the handle: what a launch would do.
  void set_words(const QString& words);
  const QString& words() const { return words_; }

  double handle_x() const;  ///< its middle, in this widget's pixels
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 Q_SIGNALS:
  void target_moved(double target);  ///< while it is dragged, and by keys
  void drag_ended(bool kept);        ///< released, or put back
  void launched(double target);      ///< Enter

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  double x_of(double fraction) const;
  void move_to(double fraction);
  void put_back();

  double left_ = 0, right_ = 100, lower_ = 0, upper_ = 1;
  double least_ = 0.01, target_ = 0.5, before_ = 0.5;
  double grab_ = 0;  ///< from the handle's middle to the pointer
  bool dragging_ = false;
  QString words_;
};

}  // namespace plumbline

#include "widgets/bars/range_slider.h"

#include <QMouseEvent>
#include <QPainter>
#include <QStyleOption>
#include <QToolTip>

#include <algorithm>
#include <cmath>

#include "widgets/style/colours.h"
#include "widgets/style/control_look.h"
#include "widgets/style/spacing.h"

namespace plumbline {

namespace {

constexpr int handle_width = 10, handle_height = 17;

}  // namespace

RangeSlider::RangeSlider(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setAttribute(Qt::WA_Hover);
  describe();
}

QSize RangeSlider::sizeHint() const { return {100, spacing::control_height}; }

int RangeSlider::position(int value) const { return (width() - handle_width) * value / steps; }

int RangeSlider::value_at(int x) const {
  const double share = (x - handle_width / 2.0) / std::max(1, width() - handle_width);
  return std::clamp(static_cast<int>(std::lround(share * steps)), 0, steps);
}

void RangeSlider::set_range(double lower, double upper) {
  lower_ = std::clamp(static_cast<int>(std::lround(lower * steps)), 0, steps);
  upper_ = std::clamp(static_cast<int>(std::lround(upper * steps)), lower_, steps);
  describe();
  update();
}

void RangeSlider::move_handle(bool upper, int value) {
  const int before_lower = lower_, before_upper = upper_;
  if (upper)
    upper_ = std::clamp(value, lower_, steps);
  else
    lower_ = std::clamp(value, 0, upper_);
  if (lower_ == before_lower && upper_ == before_upper) return;
  describe();
  update();
  Q_EMIT range_changed();
}

void RangeSlider::describe() {
  const QString text = QStringLiteral("%1 – %2").arg(lower(), 0, 'f', 2).arg(upper(), 0, 'f', 2);
  setToolTip(text);
  setAccessibleDescription(text);
}

void RangeSlider::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const qreal middle = height() / 2.0;
  const QRectF low(position(lower_), (height() - handle_height) / 2.0, handle_width, handle_height);
  const QRectF high(position(upper_), low.top(), handle_width, handle_height);
  draw_slider_groove(painter, QRectF(0, middle - 2, width(), 4), low.center().x(),
                     high.center().x(), isEnabled());
  QStyleOption option;
  option.initFrom(this);
  ControlLook look;
  look.focused = hasFocus() && (option.state & QStyle::State_KeyboardFocusChange);
  look.enabled = isEnabled();
  look.pressed = dragged_ == 1;
  draw_slider_handle(painter, low, look);
  look.pressed = dragged_ == 2;
  draw_slider_handle(painter, high, look);
}

void RangeSlider::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const int x = static_cast<int>(event->position().x());
  const int to_lower = std::abs(x - position(lower_) - handle_width / 2);
  const int to_upper = std::abs(x - position(upper_) - handle_width / 2);
  // Where both lie together, the one is taken that is free to move.
  const bool upper =
      to_upper < to_lower || (to_upper == to_lower && value_at(x) >= upper_ && upper_ < steps);
  dragged_ = upper ? 2 : 1;
  move_handle(upper, value_at(x));
  update();
}

void RangeSlider::mouseMoveEvent(QMouseEvent* event) {
  if (dragged_ == 0) return;
  move_handle(dragged_ == 2, value_at(static_cast<int>(event->position().x())));
  QToolTip::showText(event->globalPosition().toPoint(), toolTip(), this);
}

void RangeSlider::mouseReleaseEvent(QMouseEvent*) {
  dragged_ = 0;
  update();
}

void RangeSlider::mouseDoubleClickEvent(QMouseEvent*) {
  set_range(0, 1);
  Q_EMIT range_changed();
}

void RangeSlider::keyPressEvent(QKeyEvent* event) {
  const bool upper = event->modifiers() & Qt::ShiftModifier;
  const int now = upper ? upper_ : lower_;
  switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Down: return move_handle(upper, now - 1);
    case Qt::Key_Right:
    case Qt::Key_Up: return move_handle(upper, now + 1);
    case Qt::Key_PageDown: return move_handle(upper, now - 10);
    case Qt::Key_PageUp: return move_handle(upper, now + 10);
    case Qt::Key_Home: return move_handle(upper, 0);
    case Qt::Key_End: return move_handle(upper, steps);
    default: QWidget::keyPressEvent(event);
  }
}

void RangeSlider::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  update();
}

}  // namespace plumbline

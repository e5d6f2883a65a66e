#include "widgets/planer/target_slider.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QStyleOption>

#include <algorithm>
#include <cmath>

#include "widgets/planer/planer_words.h"
#include "widgets/style/colours.h"
#include "widgets/style/control_look.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"

namespace plumbline {

namespace {

constexpr int thumb_width = 16, thumb_height = 28, track_height = 8, middle_y = 18;
constexpr int tick_top = 32, tick_length = 4, numbers_top = 38, words_top = 54;
constexpr int height_all = 74;
constexpr double key_step = 0.01, key_page = 0.1;
constexpr double numbers_apart = 30;  ///< pixels from one number's middle to the next

double rounded(double fraction) { return std::round(fraction / key_step) * key_step; }

}  // namespace

int tenths_between_numbers(double wide) {
  for (int ten = 1; ten < 1'000'000; ten *= 10)
    for (const int tenths : {ten, 2 * ten, 5 * ten})
      if (tenths * wide >= numbers_apart) return tenths;
  return 1'000'000;
}

TargetSlider::TargetSlider(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("target_slider"));
  setFocusPolicy(Qt::StrongFocus);
  setAttribute(Qt::WA_Hover);
  setAccessibleName(tr("Target"));
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setToolTip(
      tr("target as a fraction of the baseline's latency, or energy\narrow keys 0.01×, Page keys "
         "0.1×; Enter launches the search; Esc while dragging restores it"));
}

QSize TargetSlider::sizeHint() const { return {300, height_all}; }

void TargetSlider::set_axis(double left, double right, double lower, double upper) {
  if (left == left_ && right == right_ && lower == lower_ && upper == upper_) return;
  left_ = left;
  right_ = right;
  lower_ = lower;
  upper_ = upper;
  update();
}

void TargetSlider::set_least(double least) { least_ = std::max(key_step, least); }

void TargetSlider::set_target(double target) {
  if (target == target_) return;
  target_ = target;
  setAccessibleDescription(tr("%1 of the baseline").arg(target_text(target)));
  update();
}

void TargetSlider::set_words(const QString& words) {
  if (words == words_) return;
  words_ = words;
  update();
}

double TargetSlider::x_of(double fraction) const {
  return upper_ > lower_ ? left_ + (right_ - left_) * (fraction - lower_) / (upper_ - lower_)
                         : left_;
}

double TargetSlider::handle_x() const { return x_of(target_); }

void TargetSlider::move_to(double fraction) {
  // The least that is reachable is no multiple of a hundredth: rounded up, it can be met.
  const double least = std::ceil(std::max(least_, lower_) / key_step - 1e-9) * key_step;
  const double greatest = std::floor(upper_ / key_step + 1e-9) * key_step;
  const double target = std::clamp(rounded(fraction), least, std::max(least, greatest));
  if (std::abs(target - target_) < 1e-9) return;
  set_target(target);
  Q_EMIT target_moved(target);
}

void TargetSlider::put_back() {
  dragging_ = false;
  setCursor(Qt::ArrowCursor);
  if (target_ != before_) {
    set_target(before_);
    Q_EMIT target_moved(before_);
  }
  update();
  Q_EMIT drag_ended(false);
}

void TargetSlider::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || event->position().y() > numbers_top + 12) return;
  before_ = target_;
  dragging_ = true;
  const double off = event->position().x() - handle_x();
  // On the handle it is taken where it is grasped; beside it, it comes.
  grab_ = std::abs(off) <= thumb_width / 2.0 ? off : 0;
  if (grab_ == 0 && off != 0)
    move_to(lower_ + (event->position().x() - left_) * (upper_ - lower_) / (right_ - left_));
  update();
}

void TargetSlider::mouseMoveEvent(QMouseEvent* event) {
  if (!dragging_ || right_ <= left_) return;
  move_to(lower_ + (event->position().x() - grab_ - left_) * (upper_ - lower_) / (right_ - left_));
}

void TargetSlider::mouseReleaseEvent(QMouseEvent* event) {
  if (!dragging_ || event->button() != Qt::LeftButton) return;
  dragging_ = false;
  update();
  Q_EMIT drag_ended(true);
}

bool TargetSlider::event(QEvent* event) {
  // Esc is the window's shortcut as well: while dragging it is this widget's.
  if (event->type() == QEvent::ShortcutOverride && dragging_ &&
      static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
    event->accept();
    return true;
  }
  return QWidget::event(event);
}

void TargetSlider::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Down: return move_to(target_ - key_step);
    case Qt::Key_Right:
    case Qt::Key_Up: return move_to(target_ + key_step);
    case Qt::Key_PageDown: return move_to(target_ - key_page);
    case Qt::Key_PageUp: return move_to(target_ + key_page);
    case Qt::Key_Home: return move_to(lower_);
    case Qt::Key_End: return move_to(upper_);
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (!event->isAutoRepeat()) Q_EMIT launched(target_);
      return;
    case Qt::Key_Escape:
      if (dragging_) return put_back();
      break;
    default: break;
  }
  QWidget::keyPressEvent(event);
}

void TargetSlider::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  update();
}

void TargetSlider::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  update();
}

void TargetSlider::paintEvent(QPaintEvent*) {
  const Colours& c = colours();
  QPainter painter(this);
  painter.fillRect(rect(), c.base);
  const double x = handle_x();
  draw_slider_groove(painter,
                     QRectF(left_, middle_y - track_height / 2.0, right_ - left_, track_height),
                     left_, std::clamp(x, left_, right_), isEnabled());
  painter.setFont(ui_font(TextSize::caption));
  painter.setPen(c.secondary_text);
  painter.drawText(QRectF(0, middle_y - 10, left_ - spacing::grid, 20),
                   Qt::AlignRight | Qt::AlignVCenter, tr("target"));
  painter.drawText(QRectF(0, numbers_top - 2, left_ - spacing::together, 16),
                   Qt::AlignRight | Qt::AlignVCenter, tr("× baseline"));
  const int every = tenths_between_numbers(x_of(0.1) - x_of(0.0));
  const int first = static_cast<int>(std::ceil(lower_ * 10 / every - 1e-9)) * every;
  for (int tenth = first; tenth <= upper_ * 10 + 1e-9; tenth += every) {
    const double at = std::floor(x_of(tenth / 10.0)) + 0.5;
    // At the left edge the words of the row are.
    if (at < left_ + 14 || at > right_) continue;
    painter.setPen(c.plot_axis);
    painter.drawLine(QPointF(at, tick_top), QPointF(at, tick_top + tick_length));
    painter.setPen(c.secondary_text);
    painter.drawText(QRectF(at - 30, numbers_top - 2, 60, 16), Qt::AlignCenter,
                     decimal(tenth / 10.0, 1) + QStringLiteral("×"));
  }
  QStyleOption option;
  option.initFrom(this);
  ControlLook look;
  look.focused = hasFocus();
  look.enabled = isEnabled();
  look.pressed = dragging_;
  look.hovered = option.state & QStyle::State_MouseOver;
  const QRectF handle(x - thumb_width / 2.0, middle_y - thumb_height / 2.0, thumb_width,
                      thumb_height);
  draw_slider_handle(painter, handle, look);
  painter.setPen(QPen(isEnabled() ? c.accent : c.control_line, 1));
  for (const double off : {-2.0, 2.0})
    painter.drawLine(QPointF(x + off, middle_y - 5), QPointF(x + off, middle_y + 5));
  // What a launch would do, below the handle and within the window.
  if (!words_.isEmpty()) {
    painter.setFont(ui_font(TextSize::small));
    const double wide = painter.fontMetrics().horizontalAdvance(words_) + 4.0;
    const double from =
        std::clamp(x - wide / 2, double(spacing::page_margin),
                   std::max<double>(spacing::page_margin, width() - wide - spacing::page_margin));
    painter.setPen(isEnabled() ? c.text : c.disabled_text);
    painter.drawText(QRectF(from, words_top, wide, 16), Qt::AlignCenter, words_);
  }
}

}  // namespace plumbline

#include "widgets/inspector/box_scene_view.h"

#include <QKeyEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/numbers.h"

namespace plumbline {

namespace {

constexpr double fused_width = 1.6;
constexpr double most_zoom = 32, wheel_zoom = 1.25, arrow_pan = 24, faded_box = 0.35;

/// Words above a box, on the colour of its casing.
void draw_words(QPainter& painter, const QRectF& box, const QString& words) {
  painter.save();
  painter.setFont(ui_font(TextSize::caption));
  const QFontMetrics metrics(painter.font());
  const QRectF place(box.left(), std::max(0.0, box.top() - metrics.height() - 2),
                     metrics.horizontalAdvance(words) + 6, metrics.height());
  painter.fillRect(place, colours().window);
  painter.setPen(colours().text);
  painter.drawText(place, Qt::AlignCenter, words);
  painter.restore();
}

}  // namespace

BoxSceneView::BoxSceneView(QWidget* parent) : QWidget(parent) { setFocusPolicy(Qt::StrongFocus); }

void BoxSceneView::show_image(const QImage& image, QSize size, const QString& message) {
  image_ = image;
  size_ = size;
  message_ = message;
  update();
}

void BoxSceneView::set_region(const QRectF& region) {
  region_ = region;
  fit();
}

void BoxSceneView::set_boxes(std::vector<TruthBox> truth, std::vector<VoterBox> voters) {
  truth_ = std::move(truth);
  voters_ = std::move(voters);
  update();
}

void BoxSceneView::set_fused(const QRectF& box) {
  fused_ = box;
  update();
}

void BoxSceneView::set_hidden(std::uint64_t voters) {
  hidden_ = voters;
  update();
}

void BoxSceneView::set_highlight(std::optional<std::size_t> voter) {
  if (voter == highlight_) return;
  highlight_ = voter;
  update();
}

void BoxSceneView::set_shown(bool truth, bool voters) {
  truth_shown_ = truth;
  voters_shown_ = voters;
  update();
}

void BoxSceneView::fit() {
  zoom_ = 1;
  offset_ = {};
  update();
}

QRectF BoxSceneView::region() const {
  return region_.isEmpty() ? QRectF(QPointF(), QSizeF(size_)) : region_;
}

double BoxSceneView::scale() const {
  const QRectF shown = region();
  if (shown.isEmpty()) return 1;
  return std::min(width() / shown.width(), height() / shown.height()) * zoom_;
}

QPointF BoxSceneView::to_widget(QPointF point) const {
  return QRectF(rect()).center() + offset_ + (point - region().center()) * scale();
}

void BoxSceneView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Colours& c = colours();
  painter.fillRect(rect(), region_.isEmpty() ? c.canvas : c.groove);
  if (image_.isNull()) {
    painter.setFont(ui_font(TextSize::small));
    painter.setPen(c.secondary_text);
    painter.drawText(rect().adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap,
                     message_);
    return;
  }
  painter.setRenderHint(QPainter::SmoothPixmapTransform, zoom_ < 8);
  const QRectF target(to_widget({0, 0}), QSizeF(size_) * scale());
  painter.drawImage(target, image_);
  const auto placed = [&](const QRectF& box) {
    return QRectF(to_widget(box.topLeft()), box.size() * scale());
  };
  if (truth_shown_)
    for (const TruthBox& box : truth_) draw_truth_box(painter, placed(box.box), box.style);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setBrush(Qt::NoBrush);
  if (voters_shown_) {
    const auto is_hidden = [this](std::size_t voter) { return (hidden_ >> voter & 1) != 0; };
    for (const VoterBox& box : voters_) {
      if (highlight_ == box.voter || is_hidden(box.voter)) continue;
      painter.setOpacity(highlight_ ? faded_box : 1);
      painter.setPen(box.pen);
      painter.drawRect(placed(box.box));
    }
    painter.setOpacity(1);
    for (const VoterBox& box : voters_)
      if (highlight_ == box.voter && !is_hidden(box.voter)) {
        painter.setPen(QPen(truth_casing(), box.bold_pen.widthF() + 2));
        painter.drawRect(placed(box.box));
        painter.setPen(box.bold_pen);
        painter.drawRect(placed(box.box));
        draw_words(painter, placed(box.box), tr("IoU %1").arg(decimal(box.overlap, 2)));
      }
    if (!fused_.isEmpty()) {
      painter.setPen(QPen(truth_casing(), fused_width + 2));
      painter.drawRect(placed(fused_));
      painter.setPen(QPen(c.accent, fused_width, Qt::DashLine));
      painter.drawRect(placed(fused_));
    }
  }
  if (hasFocus()) {
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(QPen(c.accent, 2));
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
  }
}

void BoxSceneView::wheelEvent(QWheelEvent* event) {
  const double by = std::pow(wheel_zoom, event->angleDelta().y() / 120.0);
  const double next = std::clamp(zoom_ * by, 0.5, most_zoom);
  // The pixel below the pointer stays there.
  const QPointF from_middle = event->position() - QRectF(rect()).center() - offset_;
  offset_ -= from_middle * (next / zoom_ - 1);
  zoom_ = next;
  update();
  event->accept();
}

void BoxSceneView::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton || event->button() == Qt::MiddleButton)
    dragged_ = event->position();
}

void BoxSceneView::mouseMoveEvent(QMouseEvent* event) {
  if (!dragged_) return;
  offset_ += event->position() - *dragged_;
  dragged_ = event->position();
  update();
}

void BoxSceneView::mouseReleaseEvent(QMouseEvent*) { dragged_.reset(); }

void BoxSceneView::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_0: fit(); break;
    case Qt::Key_Left: offset_ += QPointF(arrow_pan, 0); break;
    case Qt::Key_Right: offset_ -= QPointF(arrow_pan, 0); break;
    case Qt::Key_Up: offset_ += QPointF(0, arrow_pan); break;
    case Qt::Key_Down: offset_ -= QPointF(0, arrow_pan); break;
    default: return QWidget::keyPressEvent(event);
  }
  update();
}

void BoxSceneView::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  update();
}

void BoxSceneView::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  update();
}

}  // namespace plumbline

#include "widgets/picture/image_panel.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"

namespace plumbline {

namespace {

constexpr double largest_zoom = 64, zoom_step = 1.25, pan_step = 24;
constexpr QPointF nowhere(-1, -1);

}  // namespace

ImagePanel::ImagePanel(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Image"));
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
}

void ImagePanel::show_image(const QImage& image, QSize size, const QString& message) {
  // Another view of the same image keeps the place that was enlarged.
  if (size != size_ || image.size() != image_.size()) {
    zoom_ = 1;
    offset_ = {};
  }
  image_ = image;
  size_ = size;
  message_ = message;
  scaled_ = {};
  setAccessibleDescription(
      image.isNull() ? message : tr("%1 by %2 pixels").arg(size.width()).arg(size.height()));
  update();
}

QSizeF ImagePanel::fitted() const {
  const QSize room = side_ > 0 ? QSize(side_, side_).boundedTo(size()) : size();
  return QSizeF(image_.size().scaled(room, Qt::KeepAspectRatio));
}

QRectF ImagePanel::target() const {
  QRectF place(QPointF(), fitted() * zoom_);
  place.moveCenter(QRectF(rect()).center() + offset_);
  return zoom_ == 1 && offset_.isNull() ? QRectF(place.toAlignedRect()) : place;
}

void ImagePanel::fit() {
  zoom_ = 1;
  offset_ = {};
  scaled_ = {};
  update();
}

void ImagePanel::set_zoom(double zoom, QPointF at) {
  if (image_.isNull()) return;
  zoom = std::clamp(zoom, 1.0, largest_zoom);
  if (zoom == 1) return fit();
  // What is under the pointer stays there.
  const QPointF middle = QRectF(rect()).center();
  offset_ = at - middle - (at - middle - offset_) * (zoom / zoom_);
  zoom_ = zoom;
  update();
}

QPoint ImagePanel::pixel_at(QPointF point) const {
  const QRectF place = target();
  if (image_.isNull() || !place.contains(point)) return {-1, -1};
  const auto part = [](double offset, double length, int pixels) {
    return std::clamp(static_cast<int>(std::floor(offset / length * pixels)), 0, pixels - 1);
  };
  return {part(point.x() - place.left(), place.width(), image_.width()),
          part(point.y() - place.top(), place.height(), image_.height())};
}

QString ImagePanel::pixel_text(QPointF point) const {
  const QPoint pixel = pixel_at(point);
  if (pixel.x() < 0) return {};
  const QRgb value = image_.pixel(pixel);
  const QString place = QStringLiteral("%1, %2").arg(pixel.x()).arg(pixel.y());
  const QString levels =
      qRed(value) == qGreen(value) && qGreen(value) == qBlue(value)
          ? QString::number(qRed(value))
          : QStringLiteral("%1 %2 %3").arg(qRed(value)).arg(qGreen(value)).arg(qBlue(value));
  // Of a large file a smaller version is shown.
  const QString scaled = image_.size() == size_
                             ? QString()
                             : tr(" (of %1 × %2)").arg(image_.width()).arg(image_.height());
  return place + QStringLiteral(": ") + levels + scaled;
}

void ImagePanel::paintEvent(QPaintEvent*) {
  const Colours& c = colours();
  QPainter painter(this);
  painter.fillRect(rect(), c.canvas);
  painter.setFont(ui_font(TextSize::small));
  painter.setPen(c.secondary_text);
  if (image_.isNull()) {
    painter.drawText(rect().adjusted(16, 16, -16, -16), Qt::AlignCenter | Qt::TextWordWrap,
                     message_);
    return;
  }
  const QRectF place = target();
  if (zoom_ == 1) {
    const QSize device = (fitted() * devicePixelRatioF()).toSize();
    if (scaled_.size() != device)
      scaled_ = image_.scaled(device, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    painter.drawImage(place, scaled_);
  } else {
    painter.drawImage(place, image_);  // in its pixels
  }
  // Beside the picture where there is room, else over its corners on the panel's ground.
  const auto note = [&](const QString& text, Qt::Alignment side) {
    QRect words = painter.boundingRect(rect().adjusted(8, 8, -8, -6), side | Qt::AlignBottom, text);
    if (QRectF(words).intersects(place)) painter.fillRect(words.adjusted(-4, -1, 4, 1), c.canvas);
    painter.drawText(words, Qt::AlignCenter, text);
  };
  const QString pixel = pointer_ == nowhere ? QString() : pixel_text(pointer_);
  note(pixel.isEmpty() ? QStringLiteral("%1 × %2").arg(size_.width()).arg(size_.height()) : pixel,
       Qt::AlignLeft);
  if (!title_.isEmpty()) {
    const QRect words =
        painter.boundingRect(rect().adjusted(8, 6, -8, -8), Qt::AlignLeft | Qt::AlignTop, title_);
    if (QRectF(words).intersects(place)) painter.fillRect(words.adjusted(-4, -1, 4, 1), c.canvas);
    painter.drawText(words, Qt::AlignCenter, title_);
  }
  const double scale = place.width() / static_cast<double>(std::max(1, size_.width()));
  const QString times =
      scale >= 1 ? QString::number(scale, 'f', std::abs(scale - std::round(scale)) < 0.05 ? 0 : 1)
                 : QString::number(scale, 'f', 2);
  note(times + QStringLiteral("×"), Qt::AlignRight);
  if (hasFocus()) {
    painter.setPen(QPen(c.accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
  }
}

void ImagePanel::wheelEvent(QWheelEvent* event) {
  if (image_.isNull() || event->angleDelta().y() == 0) return QWidget::wheelEvent(event);
  set_zoom(zoom_ * std::pow(zoom_step, event->angleDelta().y() / 120.0), event->position());
  event->accept();
}

void ImagePanel::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton)
    return QWidget::mousePressEvent(event);
  dragging_ = true;
  moved_ = false;
  pressed_ = event->position();
  event->accept();
}

void ImagePanel::mouseMoveEvent(QMouseEvent* event) {
  pointer_ = event->position();
  if (dragging_) {
    const QPointF by = event->position() - pressed_;
    if (moved_ || by.manhattanLength() > 4) {
      moved_ = true;
      pan(by);
      pressed_ = event->position();
    }
  }
  update();
}

void ImagePanel::mouseReleaseEvent(QMouseEvent* event) {
  if (!dragging_) return QWidget::mouseReleaseEvent(event);
  dragging_ = false;
  if (!moved_ && event->button() == Qt::LeftButton) Q_EMIT clicked();
}

void ImagePanel::keyPressEvent(QKeyEvent* event) {
  const QPointF middle = QRectF(rect()).center();
  switch (event->key()) {
    case Qt::Key_0: fit(); break;
    case Qt::Key_1: set_zoom(image_.width() / std::max(1.0, fitted().width()), middle); break;
    case Qt::Key_Plus:
    case Qt::Key_Equal: set_zoom(zoom_ * zoom_step, middle); break;
    case Qt::Key_Minus: set_zoom(zoom_ / zoom_step, middle); break;
    case Qt::Key_Left: pan({pan_step, 0}); break;
    case Qt::Key_Right: pan({-pan_step, 0}); break;
    case Qt::Key_Up: pan({0, pan_step}); break;
    case Qt::Key_Down: pan({0, -pan_step}); break;
    default: QWidget::keyPressEvent(event);
  }
}

void ImagePanel::pan(QPointF by) {
  if (zoom_ > 1) offset_ += by;
  update();
}

void ImagePanel::focusInEvent(QFocusEvent*) { update(); }
void ImagePanel::focusOutEvent(QFocusEvent*) { update(); }

void ImagePanel::leaveEvent(QEvent*) {
  pointer_ = nowhere;
  update();
}

void ImagePanel::resizeEvent(QResizeEvent*) { scaled_ = {}; }

}  // namespace plumbline

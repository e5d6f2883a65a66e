#include "widgets/inspector/image_panel.h"

#include <QPainter>

#include <cmath>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"

namespace plumbline {

ImagePanel::ImagePanel(QWidget* parent) : QWidget(parent) { setAccessibleName(tr("Image")); }

void ImagePanel::show_image(const QImage& image, QSize size, const QString& message) {
  image_ = image;
  size_ = size;
  message_ = message;
  scaled_ = {};
  setAccessibleDescription(
      image.isNull() ? message : tr("%1 by %2 pixels").arg(size.width()).arg(size.height()));
  update();
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
  const QSize room = side_ > 0 ? QSize(side_, side_).boundedTo(size()) : size();
  const QSize fitted = image_.size().scaled(room, Qt::KeepAspectRatio);
  const QSize device = fitted * devicePixelRatioF();
  if (scaled_.size() != device)
    scaled_ = image_.scaled(device, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
  QRect target(QPoint(), fitted);
  target.moveCenter(rect().center());
  painter.drawImage(target, scaled_);
  // Beside the picture where there is room, else over its corners on the panel's ground.
  const auto note = [&](const QString& text, Qt::Alignment side) {
    QRect words = painter.boundingRect(rect().adjusted(8, 8, -8, -6), side | Qt::AlignBottom, text);
    if (words.intersects(target)) painter.fillRect(words.adjusted(-4, -1, 4, 1), c.canvas);
    painter.drawText(words, Qt::AlignCenter, text);
  };
  note(QStringLiteral("%1 × %2").arg(size_.width()).arg(size_.height()), Qt::AlignLeft);
  const double scale = fitted.width() / static_cast<double>(std::max(1, size_.width()));
  const QString times =
      scale >= 1 ? QString::number(scale, 'f', std::abs(scale - std::round(scale)) < 0.05 ? 0 : 1)
                 : QString::number(scale, 'f', 2);
  note(times + QStringLiteral("×"), Qt::AlignRight);
}

}  // namespace plumbline

#include "widgets/gallery/image_overlay.h"

#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

#include "widgets/style/colours.h"
#include "widgets/style/spacing.h"

namespace plumbline {

ImageOverlay::ImageOverlay(QWidget* page)
    : QWidget(page), panel_(new ImagePanel(this)), caption_(new QLabel(this)) {
  setObjectName(QStringLiteral("large_image"));
  setAccessibleName(tr("Large image"));
  setFocusPolicy(Qt::StrongFocus);
  caption_->setTextFormat(Qt::PlainText);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(spacing::page_margin, spacing::page_margin, spacing::page_margin,
                           spacing::page_margin);
  rows->addWidget(panel_, 1);
  rows->addWidget(caption_, 0, Qt::AlignHCenter);
  page->installEventFilter(this);
  panel_->setFocusProxy(this);
  connect(panel_, &ImagePanel::clicked, this, &ImageOverlay::leave);
  hide();
}

void ImageOverlay::show_image(const QImage& image, QSize size, const QString& message,
                              const QString& caption) {
  panel_->show_image(image, size, message);
  caption_->setText(caption);
}

bool ImageOverlay::event(QEvent* event) {
  // Esc closes the picture; only then it is the window's shortcut again.
  if (event->type() == QEvent::ShortcutOverride &&
      static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape)
    event->accept();
  return QWidget::event(event);
}

void ImageOverlay::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Space:
    case Qt::Key_Escape:
    case Qt::Key_Return:
    case Qt::Key_Enter: leave(); break;
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_PageUp:
    case Qt::Key_PageDown:
    case Qt::Key_Home:
    case Qt::Key_End: Q_EMIT moved(event->key()); break;
    case Qt::Key_0: panel_->fit(); break;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      panel_->set_zoom(panel_->zoom() * 1.25, QRectF(panel_->rect()).center());
      break;
    case Qt::Key_Minus:
      panel_->set_zoom(panel_->zoom() / 1.25, QRectF(panel_->rect()).center());
      break;
    default: QWidget::keyPressEvent(event);
  }
}

void ImageOverlay::mouseReleaseEvent(QMouseEvent*) { leave(); }

void ImageOverlay::leave() {
  hide();
  Q_EMIT closed();
}

void ImageOverlay::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().canvas);
}

bool ImageOverlay::eventFilter(QObject* object, QEvent* event) {
  if (object == parent() && event->type() == QEvent::Resize) setGeometry(parentWidget()->rect());
  return QWidget::eventFilter(object, event);
}

}  // namespace plumbline

#include "widgets/style/focus_ring.h"

#include <QAbstractScrollArea>
#include <QApplication>
#include <QEvent>
#include <QPainter>

#include "widgets/style/colours.h"

namespace plumbline {

namespace {

constexpr int ring_width = 2;

/// What shows by itself that it is typed in.
bool shows_itself(const QWidget& widget) {
  return widget.inherits("QLineEdit") || widget.inherits("QAbstractSpinBox");
}

}  // namespace

FocusRing::FocusRing(QWidget* window) : QWidget(window) {
  setObjectName(QStringLiteral("focus_ring"));
  setAttribute(Qt::WA_TransparentForMouseEvents);
  setFocusPolicy(Qt::NoFocus);
  hide();
  later_.setSingleShot(true);
  later_.setInterval(0);
  connect(&later_, &QTimer::timeout, this, &FocusRing::place);
  connect(qApp, &QApplication::focusChanged, this,
          [this](const QWidget*, QWidget* now) { follow(now); });
}

void FocusRing::follow(QWidget* now) {
  // The same window in another dialog's shadow keeps its focus, and its ring.
  if (now != nullptr && now->window() != parentWidget()) return;
  watch(false);
  target_ = now;
  by_keys_ = now != nullptr && now != parentWidget() && !shows_itself(*now) &&
             parentWidget()->testAttribute(Qt::WA_KeyboardFocusChange);
  if (by_keys_) watch(true);
  place();
}

void FocusRing::watch(bool watched) {
  for (const QPointer<QWidget>& widget : watched_)
    if (widget) widget->removeEventFilter(this);
  watched_.clear();
  if (!watched) return;
  for (QWidget* widget = target_; widget != nullptr && widget != parentWidget();
       widget = widget->parentWidget())
    watched_.append(widget);
  if (auto* area = qobject_cast<QAbstractScrollArea*>(target_.data()))
    watched_.append(area->viewport());
  for (const QPointer<QWidget>& widget : watched_) widget->installEventFilter(this);
}

void FocusRing::place() {
  if (!by_keys_ || !target_ || !target_->isVisible()) return hide();
  // By what is around it: its visible region lacks what children cover.
  QRect outer(target_->mapTo(parentWidget(), QPoint()), target_->size());
  for (const QWidget* around = target_->parentWidget();
       around != nullptr && around != parentWidget(); around = around->parentWidget())
    outer &= QRect(around->mapTo(parentWidget(), QPoint()), around->size());
  if (outer.isEmpty()) return hide();
  setGeometry(outer);
  // Only its edge lies over what is below, which is painted as often as before.
  const QRect inner = rect().adjusted(ring_width, ring_width, -ring_width, -ring_width);
  setMask(QRegion(rect()) - QRegion(inner));
  show();
  raise();
}

void FocusRing::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), colours().accent);
}

bool FocusRing::eventFilter(QObject* object, QEvent* event) {
  switch (event->type()) {
    case QEvent::MouseButtonPress: {
      const auto* area = qobject_cast<QAbstractScrollArea*>(target_.data());
      if (object != target_ && (area == nullptr || object != area->viewport())) break;
      by_keys_ = false;
      hide();
      break;
    }
    case QEvent::Move:
    case QEvent::Resize:
    case QEvent::Show:
    case QEvent::Hide:
      if (!by_keys_) break;
      place();
      later_.start();
      break;
    default: break;
  }
  return QWidget::eventFilter(object, event);
}

}  // namespace plumbline

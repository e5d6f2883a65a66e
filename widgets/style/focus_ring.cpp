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
  connect(qApp, &QApplication::focusChanged, this,
          [this](const QWidget*, QWidget* now) { follow(now); });
}

void FocusRing::follow(QWidget* now) {
  // The same window in another dialog's shadow keeps its focus, and its ring.
  if (now != nullptr && now->window() != parentWidget()) return;
  if (target_) {
    target_->removeEventFilter(this);
    if (auto* area = qobject_cast<QAbstractScrollArea*>(target_))
      area->viewport()->removeEventFilter(this);
  }
  target_ = now;
  const bool by_keys = parentWidget()->testAttribute(Qt::WA_KeyboardFocusChange);
  if (now == nullptr || now == parentWidget() || !by_keys || shows_itself(*now)) return hide();
  now->installEventFilter(this);
  if (auto* area = qobject_cast<QAbstractScrollArea*>(now))
    area->viewport()->installEventFilter(this);
  place();
}

void FocusRing::place() {
  if (!target_ || !target_->isVisible()) return hide();
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
    case QEvent::MouseButtonPress: hide(); break;
    case QEvent::Move:
    case QEvent::Resize:
    case QEvent::Show:
    case QEvent::Hide:
      if (object == target_ && isVisible()) place();
      break;
    default: break;
  }
  return QWidget::eventFilter(object, event);
}

}  // namespace plumbline

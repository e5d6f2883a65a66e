#include "widgets/window/button_keys.h"

#include <QApplication>
#include <QCheckBox>
#include <QKeyEvent>
#include <QRadioButton>
#include <QToolButton>

namespace plumbline {

ButtonKeys::ButtonKeys(QWidget* window) : QObject(window), window_(window) {
  qApp->installEventFilter(this);
}

bool ButtonKeys::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::KeyPress) return false;
  const auto* key = static_cast<QKeyEvent*>(event);
  if (key->key() != Qt::Key_Return && key->key() != Qt::Key_Enter) return false;
  if ((key->modifiers() & ~Qt::KeypadModifier) != Qt::NoModifier || key->isAutoRepeat())
    return false;
  auto* button = qobject_cast<QAbstractButton*>(watched);
  if (button == nullptr || button->window() != window_ || !button->isEnabled()) return false;
  if (qobject_cast<QCheckBox*>(button) != nullptr || qobject_cast<QRadioButton*>(button) != nullptr)
    return false;
  auto* tool = qobject_cast<QToolButton*>(button);
  // A button that only opens a menu has no click.
  if (tool != nullptr && tool->popupMode() == QToolButton::InstantPopup && tool->menu() != nullptr)
    tool->showMenu();
  else
    button->click();
  return true;
}

}  // namespace plumbline

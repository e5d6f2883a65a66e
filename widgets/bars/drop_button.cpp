#include "widgets/bars/drop_button.h"

#include <QPainter>
#include <QStyleOption>

#include "widgets/style/colours.h"
#include "widgets/style/control_look.h"
#include "widgets/style/marks.h"
#include "widgets/style/spacing.h"

namespace plumbline {

namespace {

ControlLook button_look(const QAbstractButton& button) {
  QStyleOption option;
  option.initFrom(&button);
  return {.hovered = button.underMouse(),
          .focused = button.hasFocus() && bool(option.state & QStyle::State_KeyboardFocusChange),
          .pressed = button.isDown(),
          .enabled = button.isEnabled()};
}

}  // namespace

DropButton::DropButton(QWidget* parent) : QAbstractButton(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setAttribute(Qt::WA_Hover);
}

QSize DropButton::sizeHint() const {
  return {fontMetrics().horizontalAdvance(text()) + 10 + 28, spacing::control_height};
}

void DropButton::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  draw_control_panel(painter, rect(), button_look(*this));
  painter.setPen(isEnabled() ? colours().text : colours().disabled_text);
  painter.drawText(rect().adjusted(9, 0, -24, 0), Qt::AlignLeft | Qt::AlignVCenter, text());
  draw_chevron(painter, QRectF(width() - 23, 0, 22, height()), Qt::DownArrow,
               isEnabled() ? colours().secondary_text : colours().disabled_text);
}

DirectionButton::DirectionButton(QWidget* parent) : QAbstractButton(parent) {
  setCheckable(true);
  setFocusPolicy(Qt::StrongFocus);
  setAttribute(Qt::WA_Hover);
}

QSize DirectionButton::sizeHint() const {
  return {spacing::control_height, spacing::control_height};
}

void DirectionButton::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  draw_control_panel(painter, rect(), button_look(*this));
  draw_arrow(painter, rect(), isChecked(), isEnabled() ? colours().text : colours().disabled_text);
}

}  // namespace plumbline

#include "widgets/style/control_look.h"

#include "widgets/style/colours.h"
#include "widgets/style/spacing.h"

namespace plumbline {

void draw_control_panel(QPainter& painter, const QRectF& rect, const ControlLook& look) {
  const Colours& c = colours();
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  const qreal half = look.focused ? 1 : 0.5;
  painter.setPen(QPen(!look.enabled  ? c.line
                      : look.focused ? c.accent
                      : look.hovered ? c.secondary_text
                                     : c.control_line,
                      2 * half));
  painter.setBrush(look.pressed ? c.groove : look.enabled ? c.control : c.window);
  painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), spacing::corner_radius,
                          spacing::corner_radius);
  painter.restore();
}

void draw_slider_groove(QPainter& painter, const QRectF& groove, qreal from, qreal to,
                        bool enabled) {
  const Colours& c = colours();
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(c.groove);
  painter.drawRoundedRect(groove, 2, 2);
  painter.setBrush(enabled ? c.accent : c.control_line);
  painter.drawRoundedRect(QRectF(QPointF(from, groove.top()), QPointF(to, groove.bottom())), 2, 2);
  painter.restore();
}

void draw_slider_handle(QPainter& painter, const QRectF& handle, const ControlLook& look) {
  const Colours& c = colours();
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  const qreal half = look.focused ? 1 : 0.6;
  painter.setPen(QPen(look.enabled ? c.accent : c.control_line, 2 * half));
  painter.setBrush(look.pressed || look.hovered ? c.accent_tint : c.control);
  painter.drawRoundedRect(handle.adjusted(half, half, -half, -half), spacing::corner_radius,
                          spacing::corner_radius);
  painter.restore();
}

}  // namespace plumbline

#pragma once
#include <QPainter>
#include <QRectF>

namespace plumbline {

/// Outline, ground and focus of a control: shared by the style and by widgets that paint
/// themselves.
struct ControlLook {
  bool hovered = false, focused = false, pressed = false, enabled = true;
};
void draw_control_panel(QPainter& painter, const QRectF& rect, const ControlLook& look);

/// A slider's line, its part below the value and a handle, as all sliders have them.
void draw_slider_groove(QPainter& painter, const QRectF& groove, qreal from, qreal to,
                        bool enabled);
void draw_slider_handle(QPainter& painter, const QRectF& handle, const ControlLook& look);

namespace control_size {
inline constexpr int slider_handle_width = 10, slider_handle_height = 18;
inline constexpr int drop_arrow_width = 22;
inline constexpr int header_margin = 8;
}  // namespace control_size

}  // namespace plumbline

#include "widgets/style/plumbline_style.h"

#include <QAbstractSpinBox>
#include <QComboBox>
#include <QLineEdit>
#include <QPainter>
#include <QPainterPath>
#include <QStyleOption>
#include <QStyleOptionComplex>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/marks.h"
#include "widgets/style/spacing.h"

namespace plumbline {

namespace {

constexpr int handle_width = 10, handle_height = 18;
constexpr qreal groove_height = 4;
constexpr int arrow_width = 22;

/// The focus is shown where the keyboard is used; a field where text is typed always shows it.
bool shows_focus(const QStyleOption& option, bool always = false) {
  return (option.state & QStyle::State_HasFocus) &&
         (always || (option.state & QStyle::State_KeyboardFocusChange));
}

ControlLook look_of(const QStyleOption& option, bool typed = false) {
  return {.hovered = bool(option.state & QStyle::State_MouseOver),
          .focused = shows_focus(option, typed),
          .pressed = !typed && bool(option.state & QStyle::State_Sunken),
          .enabled = bool(option.state & QStyle::State_Enabled)};
}

void draw_combo(QPainter& painter, const QStyleOptionComboBox& option) {
  draw_control_panel(painter, option.rect, look_of(option));
  QRectF arrow = option.rect;
  arrow.setLeft(arrow.right() - arrow_width);
  draw_chevron(painter, arrow, Qt::DownArrow,
               option.state & QStyle::State_Enabled ? colours().secondary_text
                                                    : colours().disabled_text);
}

void draw_spin_box(QPainter& painter, const QStyleOptionSpinBox& option, const QStyle& style,
                   const QWidget* widget) {
  draw_control_panel(painter, option.rect, look_of(option, true));
  const auto arrow = [&](QStyle::SubControl part, Qt::ArrowType direction,
                         QAbstractSpinBox::StepEnabledFlag flag) {
    const QRect rect = style.subControlRect(QStyle::CC_SpinBox, &option, part, widget);
    const bool enabled = (option.stepEnabled & flag) && (option.state & QStyle::State_Enabled);
    const bool hot = option.activeSubControls & part;
    draw_chevron(painter, rect, direction,
                 !enabled ? colours().control_line : hot ? colours().text : colours().secondary_text,
                 2.8);
  };
  arrow(QStyle::SC_SpinBoxUp, Qt::UpArrow, QAbstractSpinBox::StepUpEnabled);
  arrow(QStyle::SC_SpinBoxDown, Qt::DownArrow, QAbstractSpinBox::StepDownEnabled);
}

void draw_slider(QPainter& painter, const QStyleOptionSlider& option, const QStyle& style,
                 const QWidget* widget) {
  const QRect groove =
      style.subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderGroove, widget);
  const QRect handle =
      style.subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderHandle, widget);
  QRectF line(groove.left(), handle.center().y() + 0.5 - groove_height / 2 + 0.5, groove.width(),
              groove_height);
  const bool enabled = option.state & QStyle::State_Enabled;
  draw_slider_groove(painter, line, line.left(), handle.center().x(), enabled);
  if (option.tickInterval > 0) {
    painter.setPen(colours().secondary_text);
    const int span = groove.width() - handle_width;
    for (int value = option.minimum; value <= option.maximum; value += option.tickInterval) {
      const int x = groove.left() + handle_width / 2 +
                    QStyle::sliderPositionFromValue(option.minimum, option.maximum, value, span);
      painter.drawLine(QPointF(x + 0.5, option.rect.bottom() - 2), QPointF(x + 0.5, option.rect.bottom()));
    }
  }
  ControlLook look = look_of(option);
  look.hovered = look.hovered && (option.activeSubControls & QStyle::SC_SliderHandle);
  draw_slider_handle(painter, handle, look);
}

void draw_scroll_bar(QPainter& painter, const QStyleOptionSlider& option, const QStyle& style,
                     const QWidget* widget) {
  const Colours& c = colours();
  painter.fillRect(option.rect, c.canvas);
  const QRect slider =
      style.subControlRect(QStyle::CC_ScrollBar, &option, QStyle::SC_ScrollBarSlider, widget);
  if (option.maximum <= option.minimum) return;
  const bool active = option.activeSubControls & QStyle::SC_ScrollBarSlider;
  const bool upright = option.orientation == Qt::Vertical;
  const QRectF bar = upright ? QRectF(slider).adjusted(2, 1, -2, -1) : QRectF(slider).adjusted(1, 2, -1, -2);
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(active ? c.secondary_text : c.control_line);
  painter.drawRoundedRect(bar, spacing::corner_radius, spacing::corner_radius);
  painter.restore();
}

void draw_check_box(QPainter& painter, const QStyleOption& option) {
  const Colours& c = colours();
  const bool enabled = option.state & QStyle::State_Enabled;
  const bool on = option.state & QStyle::State_On;
  const bool partly = option.state & QStyle::State_NoChange;
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF box = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5);
  if (on || partly) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(enabled ? c.accent : c.control_line);
  } else {
    painter.setPen(option.state & QStyle::State_MouseOver ? c.secondary_text : c.control_line);
    painter.setBrush(c.control);
  }
  painter.drawRoundedRect(box, spacing::corner_radius, spacing::corner_radius);
  painter.setPen(QPen(c.text_on_accent, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.setBrush(Qt::NoBrush);
  const QPointF m = box.center();
  if (on) {
    const QPointF tick[] = {{m.x() - 3.2, m.y() + 0.2}, {m.x() - 0.8, m.y() + 2.8}, {m.x() + 3.4, m.y() - 2.6}};
    painter.drawPolyline(tick, 3);
  } else if (partly) {
    painter.drawLine(QPointF(m.x() - 3, m.y()), QPointF(m.x() + 3, m.y()));
  }
  painter.restore();
}

void draw_tab(QPainter& painter, const QStyleOptionTab& option) {
  const Colours& c = colours();
  const bool selected = option.state & QStyle::State_Selected;
  const bool hovered = option.state & QStyle::State_MouseOver;
  painter.setFont(ui_font(TextSize::normal, selected ? QFont::DemiBold : QFont::Normal));
  painter.setPen(selected || hovered ? c.text : c.secondary_text);
  painter.drawText(option.rect, Qt::AlignCenter | Qt::TextHideMnemonic, option.text);
  if (selected)
    painter.fillRect(QRect(option.rect.left(), option.rect.bottom() - 1, option.rect.width(), 2),
                     c.accent);
  if (shows_focus(option)) {
    painter.setPen(QPen(c.accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(option.rect.adjusted(2, 3, -2, -4));
  }
}

}  // namespace

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

PlumblineStyle::PlumblineStyle() : QProxyStyle(QStringLiteral("Fusion")) {}

void PlumblineStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option,
                                   QPainter* painter, const QWidget* widget) const {
  const Colours& c = colours();
  switch (element) {
    case PE_PanelButtonCommand:
    case PE_PanelButtonTool: {
      ControlLook look = look_of(*option);
      look.pressed = option->state & (State_Sunken | State_On);
      draw_control_panel(*painter, option->rect, look);
      return;
    }
    case PE_PanelLineEdit:
      // Inside a spin box or a combo the outline is theirs.
      if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
          frame != nullptr && frame->lineWidth > 0)
        draw_control_panel(*painter, option->rect, look_of(*option, true));
      return;
    case PE_FrameLineEdit:
    case PE_FrameStatusBarItem: return;
    case PE_FrameFocusRect:
      painter->save();
      painter->setPen(QPen(c.accent, 2));
      painter->setBrush(Qt::NoBrush);
      painter->drawRect(option->rect.adjusted(1, 1, -1, -1));
      painter->restore();
      return;
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck: draw_check_box(*painter, *option); return;
    case PE_IndicatorBranch:
      if (option->state & State_Children)
        draw_chevron(*painter, option->rect, option->state & State_Open ? Qt::DownArrow : Qt::RightArrow,
                     c.secondary_text);
      return;
    case PE_IndicatorDockWidgetResizeHandle: {
      painter->fillRect(option->rect, c.window);
      QRect line = option->rect;
      // State_Horizontal: the handle itself is horizontal, between docks above each other.
      if (!(option->state & State_Horizontal)) {
        line.setLeft(line.center().x());
        line.setWidth(1);
      } else {
        line.setTop(line.center().y());
        line.setHeight(1);
      }
      painter->fillRect(line, option->state & State_MouseOver ? c.secondary_text : c.line);
      return;
    }
    case PE_FrameMenu:
    case PE_PanelMenu:
      painter->fillRect(option->rect, c.base);
      painter->setPen(c.control_line);
      painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
      return;
    case PE_PanelTipLabel:
      painter->fillRect(option->rect, c.base);
      painter->setPen(c.control_line);
      painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
      return;
    case PE_FrameTabBarBase: return;
    default: QProxyStyle::drawPrimitive(element, option, painter, widget);
  }
}

void PlumblineStyle::drawControl(ControlElement element, const QStyleOption* option,
                                 QPainter* painter, const QWidget* widget) const {
  const Colours& c = colours();
  switch (element) {
    case CE_TabBarTabShape: return;
    case CE_TabBarTabLabel:
      if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option)) draw_tab(*painter, *tab);
      return;
    case CE_MenuBarEmptyArea: painter->fillRect(option->rect, c.window); return;
    case CE_MenuBarItem: {
      const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option);
      if (item == nullptr) return;
      const bool active = option->state & (State_Selected | State_Sunken);
      painter->fillRect(option->rect, active ? c.accent_tint : c.window);
      painter->setPen(active ? c.text_on_tint : c.text);
      const bool underline = styleHint(SH_UnderlineShortcut, option, widget, nullptr) != 0;
      painter->drawText(option->rect,
                        Qt::AlignCenter | (underline ? Qt::TextShowMnemonic : Qt::TextHideMnemonic),
                        item->text);
      return;
    }
    case CE_ShapedFrame: {
      // Regions are divided by lines, nothing has a frame of its own.
      const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
      if (frame != nullptr && (frame->frameShape == QFrame::HLine || frame->frameShape == QFrame::VLine)) {
        QRect line = option->rect;
        if (frame->frameShape == QFrame::HLine) line = QRect(line.left(), line.center().y(), line.width(), 1);
        else line = QRect(line.center().x(), line.top(), 1, line.height());
        painter->fillRect(line, c.line);
      }
      return;
    }
    default: QProxyStyle::drawControl(element, option, painter, widget);
  }
}

void PlumblineStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option,
                                        QPainter* painter, const QWidget* widget) const {
  switch (control) {
    case CC_ComboBox:
      if (const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option))
        return draw_combo(*painter, *combo);
      break;
    case CC_SpinBox:
      if (const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option))
        return draw_spin_box(*painter, *spin, *proxy(), widget);
      break;
    case CC_Slider:
      if (const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option))
        return draw_slider(*painter, *slider, *proxy(), widget);
      break;
    case CC_ScrollBar:
      if (const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option))
        return draw_scroll_bar(*painter, *slider, *proxy(), widget);
      break;
    default: break;
  }
  QProxyStyle::drawComplexControl(control, option, painter, widget);
}

QRect PlumblineStyle::subControlRect(ComplexControl control, const QStyleOptionComplex* option,
                                     SubControl sub_control, const QWidget* widget) const {
  const QRect r = option->rect;
  if (control == CC_SpinBox) {
    constexpr int arrows = 18;
    switch (sub_control) {
      case SC_SpinBoxUp: return {r.right() - arrows + 1, r.top() + 2, arrows - 2, r.height() / 2 - 2};
      case SC_SpinBoxDown: return {r.right() - arrows + 1, r.center().y() + 1, arrows - 2, r.height() / 2 - 2};
      case SC_SpinBoxEditField: return r.adjusted(4, 2, -arrows, -2);
      case SC_SpinBoxFrame: return r;
      default: break;
    }
  }
  if (control == CC_ComboBox) {
    switch (sub_control) {
      case SC_ComboBoxEditField: return r.adjusted(8, 1, -arrow_width + 2, -1);
      case SC_ComboBoxArrow: return {r.right() - arrow_width, r.top(), arrow_width, r.height()};
      case SC_ComboBoxFrame: return r;
      default: break;
    }
  }
  if (control == CC_ScrollBar) {
    // No buttons at the ends: the bar is the whole length.
    const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (bar != nullptr) {
      const bool upright = bar->orientation == Qt::Vertical;
      const int length = upright ? r.height() : r.width();
      const qint64 range = qint64{bar->maximum} - bar->minimum;
      int size = length;
      if (range > 0)
        size = std::max(24, static_cast<int>(qint64{length} * bar->pageStep / (range + bar->pageStep)));
      size = std::min(size, length);
      const int start = sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition,
                                                length - size, bar->upsideDown);
      const auto part = [&](int from, int to) {
        return upright ? QRect(r.left(), r.top() + from, r.width(), to - from)
                       : QRect(r.left() + from, r.top(), to - from, r.height());
      };
      switch (sub_control) {
        case SC_ScrollBarSlider: return part(start, start + size);
        case SC_ScrollBarSubPage: return part(0, start);
        case SC_ScrollBarAddPage: return part(start + size, length);
        case SC_ScrollBarGroove: return r;
        default: return {};
      }
    }
  }
  if (control == CC_Slider) {
    const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (slider != nullptr && slider->orientation == Qt::Horizontal) {
      const int middle = r.center().y() - (slider->tickInterval > 0 ? 1 : 0);
      if (sub_control == SC_SliderGroove) return {r.left(), middle - 2, r.width(), 5};
      if (sub_control == SC_SliderHandle) {
        const int x = sliderPositionFromValue(slider->minimum, slider->maximum,
                                              slider->sliderPosition, r.width() - handle_width,
                                              slider->upsideDown);
        return {r.left() + x, middle - handle_height / 2 + 1, handle_width, handle_height - 1};
      }
    }
  }
  return QProxyStyle::subControlRect(control, option, sub_control, widget);
}

QRect PlumblineStyle::subElementRect(SubElement element, const QStyleOption* option,
                                     const QWidget* widget) const {
  if (element == SE_LineEditContents) {
    const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
    if (frame != nullptr && frame->lineWidth > 0) return option->rect.adjusted(7, 1, -7, -1);
  }
  return QProxyStyle::subElementRect(element, option, widget);
}

int PlumblineStyle::pixelMetric(PixelMetric metric, const QStyleOption* option,
                                const QWidget* widget) const {
  switch (metric) {
    case PM_DefaultFrameWidth: return 1;
    case PM_ScrollBarExtent: return spacing::scroll_bar_width;
    case PM_ScrollBarSliderMin: return 24;
    case PM_SliderThickness: return 24;
    case PM_SliderLength: return handle_width;
    case PM_SliderControlThickness: return handle_height;
    case PM_SliderTickmarkOffset: return 0;
    case PM_DockWidgetSeparatorExtent: return 3;
    case PM_DockWidgetFrameWidth: return 0;
    case PM_IndicatorWidth:
    case PM_IndicatorHeight: return 14;
    case PM_MenuBarPanelWidth: return 0;
    case PM_MenuBarItemSpacing: return 0;
    case PM_MenuBarHMargin: return 4;
    case PM_MenuBarVMargin: return 0;
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical: return 0;
    case PM_TabBarTabHSpace: return 24;
    case PM_TabBarTabVSpace: return 8;
    case PM_TabBarBaseHeight:
    case PM_TabBarBaseOverlap: return 0;
    case PM_TabBarTabShiftHorizontal:
    case PM_TabBarTabShiftVertical: return 0;
    case PM_TreeViewIndentation: return 18;
    default: return QProxyStyle::pixelMetric(metric, option, widget);
  }
}

int PlumblineStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                              QStyleHintReturn* data) const {
  switch (hint) {
    case SH_Widget_Animation_Duration: return 0;
    case SH_ScrollBar_Transient: return 0;
    case SH_ComboBox_Popup: return 0;
    case SH_ItemView_ActivateItemOnSingleClick: return 0;
    case SH_Slider_AbsoluteSetButtons: return Qt::LeftButton;
    case SH_EtchDisabledText: return 0;
    case SH_UnderlineShortcut: return 0;
    case SH_DialogButtonBox_ButtonsHaveIcons: return 0;
    default: return QProxyStyle::styleHint(hint, option, widget, data);
  }
}

QSize PlumblineStyle::sizeFromContents(ContentsType type, const QStyleOption* option,
                                       const QSize& size, const QWidget* widget) const {
  QSize result = QProxyStyle::sizeFromContents(type, option, size, widget);
  switch (type) {
    case CT_ComboBox:
      result = QSize(size.width() + arrow_width + 12, spacing::control_height);
      break;
    case CT_SpinBox:
    case CT_LineEdit: result.setHeight(spacing::control_height); break;
    case CT_PushButton: result = QSize(size.width() + 24, spacing::control_height); break;
    case CT_TabBarTab:
      // As wide as the selected tab's semi-bold needs, so that choosing one moves nothing.
      result = QSize(size.width() + 8, spacing::menu_height);
      break;
    case CT_MenuBarItem: result = QSize(size.width() + 16, spacing::menu_height - 1); break;
    default: break;
  }
  return result;
}

}  // namespace plumbline

#include "widgets/style/plumbline_style.h"

#include <QAbstractSpinBox>
#include <QComboBox>
#include <QDialog>
#include <QLineEdit>
#include <QPainter>
#include <algorithm>

#include <QStyleOption>
#include <QStyleOptionComplex>

#include "widgets/style/colours.h"
#include "widgets/style/control_look.h"
#include "widgets/style/fonts.h"
#include "widgets/style/marks.h"
#include "widgets/style/spacing.h"

namespace plumbline {

namespace {

constexpr qreal groove_height = 4;

/// The first in the order of Tab that is filled in; null where the dialog only asks.
QWidget* first_field(QWidget& dialog) {
  for (QWidget* widget = dialog.nextInFocusChain(); widget != &dialog;
       widget = widget->nextInFocusChain()) {
    const bool fills = qobject_cast<QLineEdit*>(widget) != nullptr ||
                       qobject_cast<QComboBox*>(widget) != nullptr ||
                       qobject_cast<QAbstractSpinBox*>(widget) != nullptr;
    if (fills && widget->window() == &dialog && (widget->focusPolicy() & Qt::TabFocus) &&
        widget->isEnabledTo(&dialog) && widget->isVisibleTo(&dialog))
      return widget;
  }
  return nullptr;
}

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
  arrow.setLeft(arrow.right() - control_size::drop_arrow_width);
  draw_chevron(
      painter, arrow, Qt::DownArrow,
      option.state & QStyle::State_Enabled ? colours().secondary_text : colours().disabled_text);
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
                 !enabled ? colours().control_line
                 : hot    ? colours().text
                          : colours().secondary_text,
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
    const int span = groove.width() - control_size::slider_handle_width;
    for (int value = option.minimum; value <= option.maximum; value += option.tickInterval) {
      const int x = groove.left() + control_size::slider_handle_width / 2 +
                    QStyle::sliderPositionFromValue(option.minimum, option.maximum, value, span);
      painter.drawLine(QPointF(x + 0.5, option.rect.bottom() - 2),
                       QPointF(x + 0.5, option.rect.bottom()));
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
  const QRectF bar =
      upright ? QRectF(slider).adjusted(2, 1, -2, -1) : QRectF(slider).adjusted(1, 2, -1, -2);
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
    const QPointF tick[] = {
        {m.x() - 3.2, m.y() + 0.2}, {m.x() - 0.8, m.y() + 2.8}, {m.x() + 3.4, m.y() - 2.6}};
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

PlumblineStyle::PlumblineStyle() : QProxyStyle(QStringLiteral("Fusion")) {}

void PlumblineStyle::polish(QWidget* widget) {
  QProxyStyle::polish(widget);
  if (qobject_cast<QDialog*>(widget) == nullptr || widget->focusWidget() != nullptr) return;
  if (QWidget* first = first_field(*widget)) first->setFocus(Qt::OtherFocusReason);
}

void PlumblineStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option,
                                   QPainter* painter, const QWidget* widget) const {
  const Colours& c = colours();
  switch (element) {
    case PE_PanelButtonCommand:
      // The one button of a page that starts something.
      if (widget != nullptr && widget->property("primary").toBool() &&
          option->state & State_Enabled) {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(shows_focus(*option) ? QPen(c.text, 2) : QPen(Qt::NoPen));
        QColor ground = c.accent;
        if (option->state & State_Sunken)
          ground = ground.darker(115);
        else if (option->state & State_MouseOver)
          ground = ground.lighter(108);
        painter->setBrush(ground);
        painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5),
                                 spacing::corner_radius, spacing::corner_radius);
        painter->restore();
        return;
      }
      [[fallthrough]];
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
      // Item views ask for it after a mere click, too.
      if (widget != nullptr && !widget->window()->testAttribute(Qt::WA_KeyboardFocusChange)) return;
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
        draw_chevron(*painter, option->rect,
                     option->state & State_Open ? Qt::DownArrow : Qt::RightArrow, c.secondary_text);
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
      if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option))
        draw_tab(*painter, *tab);
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
    case CE_PushButtonLabel:
      if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
          button != nullptr && widget != nullptr && widget->property("primary").toBool() &&
          option->state & State_Enabled) {
        QStyleOptionButton bright = *button;
        bright.palette.setColor(QPalette::ButtonText, c.text_on_accent);
        QProxyStyle::drawControl(element, &bright, painter, widget);
        return;
      }
      QProxyStyle::drawControl(element, option, painter, widget);
      return;
    case CE_HeaderSection:
    case CE_HeaderEmptyArea:
      painter->fillRect(option->rect, c.window);
      painter->setPen(c.line);
      painter->drawLine(option->rect.bottomLeft(), option->rect.bottomRight());
      return;
    case CE_HeaderLabel:
      if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) {
        QStyleOptionHeader quiet = *header;
        quiet.palette.setColor(QPalette::ButtonText, c.secondary_text);
        // The base style leaves the margin above and below as well, where a head has no room.
        quiet.rect.adjust(0, -control_size::header_margin, 0, control_size::header_margin);
        // A head on the right would lose its first letters, and look like another word.
        quiet.text =
            painter->fontMetrics().elidedText(quiet.text, Qt::ElideRight, quiet.rect.width());
        QProxyStyle::drawControl(element, &quiet, painter, widget);
      }
      return;
    case CE_ProgressBar:
      if (const auto* bar = qstyleoption_cast<const QStyleOptionProgressBar*>(option)) {
        painter->fillRect(bar->rect, c.groove);
        QRect done = bar->rect;
        const qint64 span = std::max(1, bar->maximum - bar->minimum);
        done.setWidth(static_cast<int>(done.width() * qint64{bar->progress - bar->minimum} / span));
        // Finished is no longer the thing to look at.
        painter->fillRect(done, bar->progress >= bar->maximum ? c.dissent : c.accent);
      }
      return;
    case CE_ShapedFrame: {
      // Where text is written, there is a control's outline.
      if (widget != nullptr && widget->inherits("QPlainTextEdit")) {
        draw_control_panel(*painter, option->rect, look_of(*option, true));
        return;
      }
      // What lies over a page is told from it by its outline.
      if (widget != nullptr && widget->property("popup").toBool()) {
        painter->fillRect(option->rect, c.base);
        painter->setPen(c.control_line);
        painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
        return;
      }
      // Regions are divided by lines, nothing has a frame of its own.
      const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
      if (frame != nullptr &&
          (frame->frameShape == QFrame::HLine || frame->frameShape == QFrame::VLine)) {
        QRect line = option->rect;
        if (frame->frameShape == QFrame::HLine)
          line = QRect(line.left(), line.center().y(), line.width(), 1);
        else
          line = QRect(line.center().x(), line.top(), 1, line.height());
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

}  // namespace plumbline

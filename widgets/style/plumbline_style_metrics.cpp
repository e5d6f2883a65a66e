// Sizes, places and habits of controls: the half of PlumblineStyle that paints nothing.
#include <QStyleOption>
#include <QStyleOptionComplex>

#include <algorithm>

#include "widgets/style/control_look.h"
#include "widgets/style/plumbline_style.h"
#include "widgets/style/spacing.h"

namespace plumbline {

using control_size::header_margin;

QRect PlumblineStyle::subControlRect(ComplexControl control, const QStyleOptionComplex* option,
                                     SubControl sub_control, const QWidget* widget) const {
  const QRect r = option->rect;
  if (control == CC_SpinBox) {
    constexpr int arrows = 18;
    switch (sub_control) {
      case SC_SpinBoxUp:
        return {r.right() - arrows + 1, r.top() + 2, arrows - 2, r.height() / 2 - 2};
      case SC_SpinBoxDown:
        return {r.right() - arrows + 1, r.center().y() + 1, arrows - 2, r.height() / 2 - 2};
      case SC_SpinBoxEditField: return r.adjusted(4, 2, -arrows, -2);
      case SC_SpinBoxFrame: return r;
      default: break;
    }
  }
  if (control == CC_ComboBox) {
    switch (sub_control) {
      case SC_ComboBoxEditField: return r.adjusted(8, 1, -control_size::drop_arrow_width + 2, -1);
      case SC_ComboBoxArrow:
        return {r.right() - control_size::drop_arrow_width, r.top(), control_size::drop_arrow_width,
                r.height()};
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
        size = std::max(24,
                        static_cast<int>(qint64{length} * bar->pageStep / (range + bar->pageStep)));
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
        const int x = sliderPositionFromValue(
            slider->minimum, slider->maximum, slider->sliderPosition,
            r.width() - control_size::slider_handle_width, slider->upsideDown);
        return {r.left() + x, middle - control_size::slider_handle_height / 2 + 1,
                control_size::slider_handle_width, control_size::slider_handle_height - 1};
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
    case PM_SliderLength: return control_size::slider_handle_width;
    case PM_SliderControlThickness: return control_size::slider_handle_height;
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
    case PM_HeaderMargin: return header_margin;
    case PM_FocusFrameHMargin:
      return widget != nullptr && widget->inherits("QTableView")
                 ? 7
                 : QProxyStyle::pixelMetric(metric, option, widget);
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
    // Where menus are gone through by keys, their letters are underlined.
    case SH_UnderlineShortcut:
      return widget != nullptr &&
             (widget->inherits("QMenu") || (widget->inherits("QMenuBar") && widget->hasFocus()));
    case SH_DialogButtonBox_ButtonsHaveIcons: return 0;
    default: return QProxyStyle::styleHint(hint, option, widget, data);
  }
}

QSize PlumblineStyle::sizeFromContents(ContentsType type, const QStyleOption* option,
                                       const QSize& size, const QWidget* widget) const {
  QSize result = QProxyStyle::sizeFromContents(type, option, size, widget);
  switch (type) {
    case CT_ComboBox:
      result = QSize(size.width() + control_size::drop_arrow_width + 12, spacing::control_height);
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

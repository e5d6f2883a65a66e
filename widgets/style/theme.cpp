#include "widgets/style/theme.h"

#include <QApplication>
#include <QPalette>
#include <QStyleHints>
#include <QToolTip>

#include "widgets/style/fonts.h"
#include "widgets/style/plumbline_style.h"

namespace plumbline {

namespace {

QPalette palette_of(const Colours& c) {
  QPalette p;
  p.setColor(QPalette::Window, c.window);
  p.setColor(QPalette::WindowText, c.text);
  p.setColor(QPalette::Base, c.base);
  p.setColor(QPalette::AlternateBase, c.alternate_base);
  p.setColor(QPalette::Text, c.text);
  p.setColor(QPalette::PlaceholderText, c.secondary_text);
  p.setColor(QPalette::Button, c.control);
  p.setColor(QPalette::ButtonText, c.text);
  p.setColor(QPalette::BrightText, c.text_on_accent);
  // What is selected looks alike in lists, tables, trees and menus.
  p.setColor(QPalette::Highlight, c.accent_tint);
  p.setColor(QPalette::HighlightedText, c.text_on_tint);
  p.setColor(QPalette::Link, c.accent);
  p.setColor(QPalette::LinkVisited, c.accent);
  p.setColor(QPalette::ToolTipBase, c.base);
  p.setColor(QPalette::ToolTipText, c.text);
  p.setColor(QPalette::Light, c.base);
  p.setColor(QPalette::Midlight, c.faint_line);
  p.setColor(QPalette::Mid, c.line);
  p.setColor(QPalette::Dark, c.control_line);
  p.setColor(QPalette::Shadow, c.control_line);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    p.setColor(QPalette::Disabled, role, c.disabled_text);
  return p;
}

}  // namespace

Theme system_theme() {
  return QGuiApplication::palette().color(QPalette::Window).lightness() < 128 ? Theme::dark
                                                                              : Theme::light;
}

void apply_theme(Theme theme) {
  detail::set_current_theme(theme);
  if (qobject_cast<PlumblineStyle*>(QApplication::style()) == nullptr)
    QApplication::setStyle(new PlumblineStyle);
  QApplication::setFont(ui_font());
  // Several classes have fonts of their own in a desktop's settings.
  for (const char* name : {"QMenu", "QMenuBar", "QStatusBar", "QToolTip", "QHeaderView"})
    QApplication::setFont(ui_font(), name);
  const QPalette palette = palette_of(colours(theme));
  QApplication::setPalette(palette);
  // Selected words in a field are told from those around them.
  QPalette typed = palette;
  typed.setColor(QPalette::Highlight, colours(theme).accent);
  typed.setColor(QPalette::HighlightedText, colours(theme).text_on_accent);
  for (const char* name : {"QLineEdit", "QPlainTextEdit", "QTextEdit"})
    QApplication::setPalette(typed, name);
  QToolTip::setPalette(palette);
  QToolTip::setFont(ui_font(TextSize::small));
}

}  // namespace plumbline

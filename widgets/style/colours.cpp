#include "widgets/style/colours.h"

#include <cmath>

namespace plumbline {

namespace {

Theme theme_in_use = Theme::light;

struct VerdictColours {
  QColor fill, text_light, text_dark;
};

const VerdictColours& verdict_colours(Verdict verdict) {
  static const VerdictColours table[verdict_kinds] = {
      {QColor(0x009E73), QColor(0x00734F), QColor(0x2FBF94)},
      {QColor(0xD55E00), QColor(0xA64900), QColor(0xF08A45)},
      {QColor(0x0072B2), QColor(0x005F96), QColor(0x5AAEE6)},
      {QColor(0xE69F00), QColor(0x8A5A00), QColor(0xF0B440)},
      {QColor(0x8B929A), QColor(0x555D66), QColor(0xA3ABB4)},
  };
  return table[static_cast<std::size_t>(verdict)];
}

/// Relative luminance of WCAG 2.
double luminance(const QColor& colour) {
  const auto linear = [](double part) {
    return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
         0.0722 * linear(colour.blueF());
}

}  // namespace

const Colours& colours(Theme theme) {
  static const Colours light = {
      .window = QColor(0xEEF0F2),
      .base = QColor(0xFFFFFF),
      .alternate_base = QColor(0xF6F7F9),
      .canvas = QColor(0xF8F9FA),
      .line = QColor(0xD2D6DB),
      .faint_line = QColor(0xE4E7EA),
      .control = QColor(0xFFFFFF),
      .control_line = QColor(0xB4BAC1),
      .groove = QColor(0xD9DDE1),
      .text = QColor(0x1E2227),
      .secondary_text = QColor(0x555D66),
      .disabled_text = QColor(0x8B929A),
      .accent = QColor(0x6246A8),
      .text_on_accent = QColor(0xFFFFFF),
      .accent_tint = QColor(0xE6E0F3),
      .text_on_tint = QColor(0x1E2227),
      .failure = QColor(0xA4262C),
      .failure_tint = QColor(0xFBEAEA),
      .dissent = QColor(0x6B737C),
      .hatching = QColor(0xE4E7EA),
      .plot_axis = QColor(0x6B737C),
      .plot_grid = QColor(0xE9ECEF),
      .baseline = QColor(0x737B84),
      .series = {QColor(0x7FA8C9), QColor(0x2E8BB8), QColor(0xB0568A), QColor(0x5FA3AD),
                 QColor(0xA8914F)},
      .attention = {QColor(0xCFE4E6), QColor(0x9CCAD0), QColor(0x5FA3AD), QColor(0x2E7480)},
      .feed_forward = QColor(0xD8C48A),
      .experts = {QColor(0xD9A0C0), QColor(0xA94F86)},
      .norm = QColor(0x8E98A3),
      .embedding = QColor(0x4C545D),
  };
  static const Colours dark = {
      .window = QColor(0x25282C),
      .base = QColor(0x1C1F22),
      .alternate_base = QColor(0x212428),
      .canvas = QColor(0x191B1E),
      .line = QColor(0x3A3F45),
      .faint_line = QColor(0x2E3237),
      .control = QColor(0x2D3136),
      .control_line = QColor(0x4C535B),
      .groove = QColor(0x3A3F45),
      .text = QColor(0xE2E5E8),
      .secondary_text = QColor(0xA3ABB4),
      .disabled_text = QColor(0x757D86),
      .accent = QColor(0xA78BEA),
      .text_on_accent = QColor(0x1A1526),
      .accent_tint = QColor(0x3B3355),
      .text_on_tint = QColor(0xF1EEFA),
      .failure = QColor(0xF1908D),
      .failure_tint = QColor(0x3A2425),
      .dissent = QColor(0x8C949D),
      .hatching = QColor(0x34393F),
      .plot_axis = QColor(0x8C949D),
      .plot_grid = QColor(0x2B2F34),
      .baseline = QColor(0x9AA2AB),
      .series = {QColor(0x92B7D3), QColor(0x5AAEE6), QColor(0xD07FB0), QColor(0x6CC0CB),
                 QColor(0xD8C48A)},
      .attention = {QColor(0x27484D), QColor(0x2F6770), QColor(0x3F8E99), QColor(0x6CC0CB)},
      .feed_forward = QColor(0xA8914F),
      .experts = {QColor(0x8A4A70), QColor(0xD07FB0)},
      .norm = QColor(0x6B747D),
      .embedding = QColor(0xC3CAD1),
  };
  return theme == Theme::dark ? dark : light;
}

const Colours& colours() { return colours(theme_in_use); }
Theme current_theme() { return theme_in_use; }
void detail::set_current_theme(Theme theme) { theme_in_use = theme; }

QColor legible_on(const QColor& ground) {
  const QColor ink = colours(Theme::light).text, paper = colours(Theme::light).base;
  const double light = luminance(ground) + 0.05;
  return light / (luminance(ink) + 0.05) >= (luminance(paper) + 0.05) / light ? ink : paper;
}

QColor detector_on_image(std::size_t model) {
  static const std::array<QColor, 5> table = {QColor(0x56B4E9), QColor(0xE79AC6), QColor(0xF0D860),
                                              QColor(0x7FD1AE), QColor(0xC9A6F5)};
  return table[model % table.size()];
}

QColor detector_on_base(std::size_t model) {
  static const std::array<QColor, 5> table = {QColor(0x2F93CC), QColor(0xC0619B), QColor(0xA08A1C),
                                              QColor(0x2E9C74), QColor(0x8A5FD0)};
  return theme_in_use == Theme::dark ? detector_on_image(model) : table[model % table.size()];
}

QColor truth_line() { return QColor(0xFFFFFF); }
QColor truth_casing() { return QColor(0, 0, 0, 150); }

QColor verdict_fill(Verdict verdict) { return verdict_colours(verdict).fill; }

QColor verdict_text(Verdict verdict) {
  const VerdictColours& c = verdict_colours(verdict);
  return theme_in_use == Theme::dark ? c.text_dark : c.text_light;
}

}  // namespace plumbline

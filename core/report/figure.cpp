#include "core/report/figure.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace plumbline {

namespace {

constexpr int most_decimals = 5;
constexpr std::string_view true_minus = "−", no_break_space = "\u00A0";

double shown_scale(ReportUnit unit) {
  return unit == ReportUnit::fraction || unit == ReportUnit::relative ? 100 : 1;
}

std::string_view unit_suffix(const ReportFigure& figure) {
  switch (figure.unit) {
    case ReportUnit::count:
    case ReportUnit::plain:
    case ReportUnit::bits_per_byte:
    case ReportUnit::perplexity: return "";
    case ReportUnit::fraction: return figure.difference ? " points" : " %";
    case ReportUnit::relative: return " %";
    case ReportUnit::milliseconds: return " ms";
    case ReportUnit::joules: return " J";
    case ReportUnit::times: return "×";
  }
  return "";
}

/// What is rounded to 0 has no sign.
std::string fixed_digits(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.starts_with('-') && text.find_first_of("123456789") == std::string::npos)
    text.erase(0, 1);
  return text;
}

std::string for_people(std::string text, bool sign) {
  const bool negative = text.starts_with('-');
  if (negative) text.erase(0, 1);
  const std::size_t point = std::min(text.find('.'), text.size());
  for (std::size_t i = point; i > 3; i -= 3) text.insert(i - 3, ",");
  if (negative) return std::string(true_minus) + text;
  const bool zero = text.find_first_of("123456789") == std::string::npos;
  return (sign && !zero ? "+" : "") + text;
}

std::string number_words(const ReportFigure& figure, double value, FigureStyle style) {
  std::string text = fixed_digits(value * shown_scale(figure.unit), figure_decimals(figure));
  return style == FigureStyle::people ? for_people(std::move(text), figure.difference) : text;
}

}  // namespace

std::string_view unit_name(ReportUnit unit) {
  switch (unit) {
    case ReportUnit::count: return "count";
    case ReportUnit::fraction: return "fraction";
    case ReportUnit::relative: return "relative change";
    case ReportUnit::plain: return "number";
    case ReportUnit::milliseconds: return "ms";
    case ReportUnit::joules: return "J";
    case ReportUnit::times: return "times";
    case ReportUnit::bits_per_byte: return "bits per byte";
    case ReportUnit::perplexity: return "perplexity";
  }
  return "";
}

int figure_decimals(const ReportFigure& figure) {
  if (figure.unit == ReportUnit::count) return 0;
  const double scale = shown_scale(figure.unit);
  // An interval of a ratio has the noise of one sitting alone; of another day the third digit
  // differs.
  const int most = figure.unit == ReportUnit::times ? 3 : most_decimals;
  if (figure.interval) {
    const double half = scale * (figure.interval->high - figure.interval->low) / 2;
    if (std::isfinite(half) && half > 0)
      return std::clamp(1 - static_cast<int>(std::floor(std::log10(half))), 0, most);
  }
  const double size = std::abs(figure.value.value_or(0)) * scale;
  if (!(size > 0) || !std::isfinite(size)) return scale > 1 ? 1 : 2;
  // A share without an interval is not known to more than hundredths of a percent.
  return std::clamp(2 - static_cast<int>(std::floor(std::log10(size))), 0, scale > 1 ? 2 : most);
}

std::string value_words(const ReportFigure& figure, FigureStyle style) {
  if (!figure.value || !std::isfinite(*figure.value))
    return style == FigureStyle::people ? "–" : "";
  std::string text = number_words(figure, *figure.value, style);
  if (style == FigureStyle::people) {
    std::string_view suffix = unit_suffix(figure);
    if (suffix.starts_with(' ')) {
      text += no_break_space;
      suffix.remove_prefix(1);
    }
    text += suffix;
  }
  return text;
}

std::string interval_words(const ReportFigure& figure, FigureStyle style) {
  if (!figure.interval || !std::isfinite(figure.interval->low) ||
      !std::isfinite(figure.interval->high))
    return "";
  const std::string low = number_words(figure, figure.interval->low, style);
  const std::string high = number_words(figure, figure.interval->high, style);
  if (style == FigureStyle::programs) return low + " " + high;
  const bool signs = figure.difference || figure.interval->low < 0;
  return low + (signs ? " to " : "–") + high;
}

bool is_finding(const ReportFigure& figure) {
  return figure.difference && figure.value && figure.interval &&
         (figure.interval->low > 0 || figure.interval->high < 0);
}

}  // namespace plumbline

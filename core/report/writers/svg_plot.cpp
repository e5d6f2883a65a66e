#include "core/report/writers/svg_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "core/types/visible_text.h"

namespace plumbline {

namespace {

constexpr double plot_left = 50, plot_top = 26, plot_right = svg_width - 14, plot_bottom = 262;
constexpr double legend_top = plot_bottom + 52, legend_line = 17, letter_width = 6.2;

/// About as wide as it is shown: bytes that go on with a character of UTF-8 take no room.
double words_width(std::string_view text) {
  const auto letters = std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return letter_width * static_cast<double>(letters);
}

struct PlotStyle {
  const char *name, *stroke, *dash;
  double width;
};

const PlotStyle& style_of(PlotLook look) {
  static constexpr PlotStyle styles[] = {
      {"chosen", "#6246A8", "", 2},   {"baseline", "#737B84", "5 4", 1.5},
      {"second", "#2E8BB8", "", 1.5}, {"third", "#B0568A", "", 1.5},
      {"fourth", "#A8914F", "", 1.5}, {"others", "#9AA2AB", "", 1.2}};
  return styles[static_cast<std::size_t>(look)];
}

struct Axis {
  double low = 0, high = 1, step = 0.2;
  int decimals = 0;
};

Axis axis_over(double low, double high, bool whole_ends) {
  Axis axis;
  if (!(low < high)) {
    const double pad = low == 0 ? 1 : std::abs(low) * 0.1;
    low -= pad;
    high += pad;
  }
  const double rough = (high - low) / 5, power = std::pow(10, std::floor(std::log10(rough)));
  const double share = rough / power;
  axis.step = power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
  axis.low = whole_ends ? std::floor(low / axis.step + 1e-9) * axis.step : low;
  axis.high = whole_ends ? std::ceil(high / axis.step - 1e-9) * axis.step : high;
  axis.decimals = std::max(0, -static_cast<int>(std::floor(std::log10(axis.step) + 1e-9)));
  return axis;
}

std::string tick_text(double value, const Axis& axis) {
  if (std::abs(value) < axis.step * 1e-6) value = 0;
  std::string text = fmt::format("{:.{}f}", value, axis.decimals);
  const bool negative = text.starts_with('-');
  if (negative) text.erase(0, 1);
  const std::size_t point = std::min(text.find('.'), text.size());
  for (std::size_t i = point; i > 3; i -= 3) text.insert(i - 3, ",");
  return (negative ? "−" : "") + text;
}

/// Draws one plot; knows where values lie.
class SvgPlot {
 public:
  explicit SvgPlot(const ReportPlot& plot) : plot_(plot) {
    double x_low = std::numeric_limits<double>::infinity(), x_high = -x_low, y_low = x_low,
           y_high = x_high;
    const auto take = [&](double x, double y) {
      if (!std::isfinite(x) || !std::isfinite(y)) return;
      x_low = std::min(x_low, x);
      x_high = std::max(x_high, x);
      y_low = std::min(y_low, y);
      y_high = std::max(y_high, y);
    };
    for (const PlotSeries& series : plot.series)
      for (const auto& [x, y] : series.points) take(x, y);
    for (const PlotMark& mark : plot.marks) {
      take(mark.x, mark.y);
      if (mark.interval) {
        take(mark.x, mark.interval->low);
        take(mark.x, mark.interval->high);
      }
    }
    if (!std::isfinite(x_low)) x_low = y_low = 0, x_high = y_high = 1;
    if (!plot.x_names.empty()) {
      x_ = {-0.5, static_cast<double>(plot.x_names.size()) - 0.5, 1, 0};
    } else
      x_ = plot.x_range ? axis_over(plot.x_range->low, plot.x_range->high, false)
                        : axis_over(x_low, x_high, true);
    y_ = plot.y_range ? axis_over(plot.y_range->low, plot.y_range->high, false)
                      : axis_over(y_low, y_high, true);
  }

  std::string draw() {
    out_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" "
        "font-family=\"Inter, Noto Sans, Helvetica, Arial, sans-serif\" font-size=\"11\">"
        "<title>{}</title>",
        svg_width, svg_height(plot_), markup_text(plot_.title));
    draw_axes();
    draw_bars();
    if (plot_.diagonal)
      line(place_x(std::max(x_.low, y_.low)), place_y(std::max(x_.low, y_.low)),
           place_x(std::min(x_.high, y_.high)), place_y(std::min(x_.high, y_.high)), "axis",
           "#6B737C", 0.8);
    for (const PlotSeries& series : plot_.series) draw_series(series);
    for (const PlotMark& mark : plot_.marks) draw_interval(mark);
    for (const PlotMark& mark : plot_.marks) draw_mark(mark);
    draw_labels();
    draw_legend();
    return out_ + "</svg>";
  }

 private:
  double place_x(double x) const {
    return plot_left + (x - x_.low) / (x_.high - x_.low) * (plot_right - plot_left);
  }
  double place_y(double y) const {
    return plot_bottom - (y - y_.low) / (y_.high - y_.low) * (plot_bottom - plot_top);
  }
  bool is_inside(double x, double y) const {
    return std::isfinite(x) && std::isfinite(y) && x >= x_.low - 1e-9 && x <= x_.high + 1e-9 &&
           y >= y_.low - 1e-9 && y <= y_.high + 1e-9;
  }

  void line(double x1, double y1, double x2, double y2, const char* name, const char* colour,
            double width) {
    out_ += fmt::format(
        "<path class=\"p-{}\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" fill=\"none\" stroke=\"{}\" "
        "stroke-width=\"{}\"/>",
        name, x1, y1, x2, y2, colour, width);
  }

  void words(double x, double y, const char* anchor, const char* name, const char* colour,
             std::string_view text, bool strong = false) {
    out_ += fmt::format(
        "<text class=\"t-{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\"{}>{}</text>",
        name, x, y, anchor, colour, strong ? " font-weight=\"600\"" : "", markup_text(text));
  }

  void draw_axes() {
    for (double y = std::ceil(y_.low / y_.step - 1e-9) * y_.step; y <= y_.high + y_.step * 1e-6;
         y += y_.step) {
      const double at = place_y(y);
      if (y > y_.low + y_.step * 1e-6) line(plot_left, at, plot_right, at, "grid", "#E9ECEF", 1);
      line(plot_left - 4, at, plot_left, at, "axis", "#6B737C", 1);
      words(plot_left - 7, at + 4, "end", "second", "#555D66", tick_text(y, y_));
    }
    for (double x = std::ceil(x_.low / x_.step - 1e-9) * x_.step; x <= x_.high + x_.step * 1e-6;
         x += x_.step) {
      const double at = place_x(x);
      line(at, plot_bottom, at, plot_bottom + 4, "axis", "#6B737C", 1);
      const auto place = static_cast<std::size_t>(std::max(std::lround(x), 0L));
      words(at, plot_bottom + 16, "middle", "second", "#555D66",
            plot_.x_names.empty() ? tick_text(x, x_) : plot_.x_names[place]);
    }
    line(plot_left, plot_top, plot_left, plot_bottom, "axis", "#6B737C", 1);
    line(plot_left, plot_bottom, plot_right, plot_bottom, "axis", "#6B737C", 1);
    words(4, 13, "start", "second", "#555D66", plot_.y_label);
    words((plot_left + plot_right) / 2, plot_bottom + 32, "middle", "second", "#555D66",
          plot_.x_label);
  }

  void draw_bars() {
    for (const PlotBar& bar : plot_.bars) {
      const double height = 40 * std::clamp(bar.height, 0.0, 1.0);
      out_ += fmt::format(
          "<rect class=\"p-bar\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
          "fill=\"#D9DDE1\"/>",
          place_x(bar.from) + 0.5, plot_bottom - height,
          std::max(place_x(bar.to) - place_x(bar.from) - 1, 0.5), height);
    }
  }

  void draw_series(const PlotSeries& series) {
    const PlotStyle& style = style_of(series.look);
    if (series.shape == PlotSeries::Shape::dots) {
      for (const auto& [x, y] : series.points)
        if (is_inside(x, y))
          out_ += fmt::format(
              "<circle class=\"f-{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"1.6\" fill=\"{}\"/>",
              style.name, place_x(x), place_y(y), style.stroke);
      return;
    }
    std::string path;
    bool drawing = false;
    double last_y = 0;
    for (const auto& [x, y] : series.points) {
      if (!is_inside(x, y)) {
        drawing = false;
        continue;
      }
      if (drawing && series.shape == PlotSeries::Shape::steps)
        path += fmt::format("L{:.1f} {:.1f}", place_x(x), last_y);
      last_y = place_y(y);
      path += fmt::format("{}{:.1f} {:.1f}", drawing ? "L" : "M", place_x(x), last_y);
      drawing = true;
    }
    if (path.empty()) return;
    out_ += fmt::format(
        "<path class=\"p-{}\" d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{} "
        "stroke-linejoin=\"round\"/>",
        style.name, path, style.stroke, series.shape == PlotSeries::Shape::path ? 1.1 : style.width,
        dash_of(series));
  }

  static std::string dash_of(const PlotSeries& series) {
    const char* dash = style_of(series.look).dash;
    if (*dash == '\0' && series.dashed) dash = "5 4";
    return *dash != '\0' ? fmt::format(" stroke-dasharray=\"{}\"", dash) : "";
  }

  void draw_interval(const PlotMark& mark) {
    if (!mark.interval || !is_inside(mark.x, mark.y)) return;
    const PlotStyle& style = style_of(mark.look);
    const double x = place_x(mark.x);
    const double low = place_y(std::clamp(mark.interval->low, y_.low, y_.high));
    const double high = place_y(std::clamp(mark.interval->high, y_.low, y_.high));
    line(x, low, x, high, style.name, style.stroke, 1.3);
    for (const double cap : {low, high})
      line(x - 4, cap, x + 4, cap, style.name, style.stroke, 1.3);
  }

  void draw_mark(const PlotMark& mark) {
    if (!is_inside(mark.x, mark.y)) return;
    const PlotStyle& style = style_of(mark.look);
    const double x = place_x(mark.x), y = place_y(mark.y);
    if (mark.look == PlotLook::baseline)
      out_ += fmt::format(
          "<circle class=\"r-baseline\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\" fill=\"#FFFFFF\" "
          "stroke=\"{}\" stroke-width=\"1.6\"/>",
          x, y, style.stroke);
    else
      out_ += fmt::format("<path class=\"f-{}\" d=\"M{:.1f} {:.1f}l5 5l-5 5l-5 -5z\" fill=\"{}\"/>",
                          style.name, x, y - 5, style.stroke);
  }

  struct Box {
    double left, top, right, bottom;
    bool meets(const Box& other) const {
      return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
    }
  };

  /// The chosen one's below at the right, others' above at the left, unless marks, their bars or
  /// labels that are there already lie below.
  void draw_label(const PlotMark& mark, std::vector<Box>& taken) {
    if (mark.label.empty() || !is_inside(mark.x, mark.y)) return;
    const double x = place_x(mark.x), y = place_y(mark.y), width = words_width(mark.label);
    const bool chosen = mark.look == PlotLook::chosen;
    struct Place {
      bool right, below;
    };
    constexpr Place of_chosen[] = {{true, true}, {true, false}, {false, true}, {false, false}},
                    of_others[] = {{false, false}, {false, true}, {true, false}, {true, true}};
    Box best{};
    std::size_t least = taken.size() + 1;
    bool to_right = true;
    for (const Place place : chosen ? of_chosen : of_others) {
      const double line =
          place.below ? std::min(y + 16, plot_bottom - 5) : std::max(y - 8, plot_top + 9);
      const double left = place.right ? x + 8 : x - 10 - width;
      const Box box{left, line - 10, left + width + 2, line + 3};
      if (box.left < plot_left || box.right > plot_right) continue;
      const auto met = static_cast<std::size_t>(
          std::ranges::count_if(taken, [&](const Box& other) { return other.meets(box); }));
      if (met >= least) continue;
      least = met;
      best = box;
      to_right = place.right;
    }
    if (least > taken.size()) return;  // as wide as the plot
    taken.push_back(best);
    // Readable where lines pass below it; not every renderer knows an outline behind letters.
    out_ += fmt::format(
        "<rect class=\"b-label\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"13\" "
        "fill=\"#FFFFFF\" fill-opacity=\"0.8\"/>",
        best.left, best.top, width + 2);
    words(to_right ? x + 9 : x - 9, best.top + 10, to_right ? "start" : "end",
          chosen ? "text label" : "second label", chosen ? "#1E2227" : "#555D66", mark.label,
          chosen);
  }

  void draw_labels() {
    constexpr double reach = 6;
    std::vector<Box> taken;
    for (const PlotMark& mark : plot_.marks) {
      if (!is_inside(mark.x, mark.y)) continue;
      const double x = place_x(mark.x), y = place_y(mark.y);
      taken.push_back({x - reach, y - reach, x + reach, y + reach});
      if (mark.interval)
        taken.push_back({x - 4, place_y(std::clamp(mark.interval->high, y_.low, y_.high)), x + 4,
                         place_y(std::clamp(mark.interval->low, y_.low, y_.high))});
    }
    for (const PlotMark& mark : plot_.marks) draw_label(mark, taken);
  }

  void draw_legend() {
    double x = plot_left, y = legend_top;
    for (const PlotSeries& series : plot_.series) {
      if (!series.named || series.points.empty()) continue;
      const PlotStyle& style = style_of(series.look);
      const double width = 34 + words_width(series.name);
      if (x > plot_left && x + width > plot_right) {
        x = plot_left;
        y += legend_line;
      }
      out_ += fmt::format(
          "<path class=\"p-{}\" d=\"M{:.1f} {:.1f}h20\" fill=\"none\" stroke=\"{}\" "
          "stroke-width=\"{}\"{}/>",
          style.name, x, y - 4, style.stroke, style.width, dash_of(series));
      words(x + 25, y, "start", "second", "#555D66", series.name);
      x += width + 8;
    }
  }

  const ReportPlot& plot_;
  Axis x_, y_;
  std::string out_;
};

}  // namespace

int svg_height(const ReportPlot& plot) {
  double x = plot_left;
  int lines = 0;
  for (const PlotSeries& series : plot.series) {
    if (!series.named || series.points.empty()) continue;
    const double width = 34 + words_width(series.name);
    if (lines == 0 || (x > plot_left && x + width > plot_right)) {
      x = plot_left;
      ++lines;
    }
    x += width + 8;
  }
  return static_cast<int>(plot_bottom + 40 + lines * legend_line);
}

std::string svg_of(const ReportPlot& plot) { return SvgPlot(plot).draw(); }

std::string markup_text(std::string_view raw) {
  std::string text;
  for (const char c : visible_text(raw, "\n\t")) switch (c) {
      case '&': text += "&amp;"; break;
      case '<': text += "&lt;"; break;
      case '>': text += "&gt;"; break;
      case '"': text += "&quot;"; break;
      case '\'': text += "&#39;"; break;
      default: text += c;
    }
  return text;
}

}  // namespace plumbline

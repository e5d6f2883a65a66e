#include "widgets/plot/plot_label.h"

#include <QTextLayout>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"

namespace plumbline {

namespace {

constexpr double line_height = 15, halo = 3;
constexpr std::size_t words_weight = 4;
constexpr double reach = 8;  // of a mark over the edge of the plot

QFont font_of(const PlotLabel::Line& line) {
  return ui_font(TextSize::caption, line.strong ? QFont::DemiBold : QFont::Normal);
}

double area(const QRectF& rect) { return rect.width() * rect.height(); }

/// The way from where a box is to where it is within `bounds`; its left and upper edge, where it is
/// the larger one.
QPointF way_into(const QRectF& bounds, const QRectF& box) {
  const auto along = [](double low, double high, double from, double to) {
    if (from < low || to - from > high - low) return low - from;
    return to > high ? high - to : 0.0;
  };
  return {along(bounds.left(), bounds.right(), box.left(), box.right()),
          along(bounds.top(), bounds.bottom(), box.top(), box.bottom())};
}

/// Where glyphs are put around a place so that together they are its halo: two rings, near enough
/// to each other for the thinnest stems.
std::vector<QPointF> make_halo_places() {
  std::vector<QPointF> places;
  for (const auto& [radius, count] : {std::pair(halo, 14), std::pair(halo / 2, 7)})
    for (int i = 0; i < count; ++i) {
      const double angle = 2 * std::numbers::pi * i / count;
      places.emplace_back(radius * std::cos(angle), radius * std::sin(angle));
    }
  return places;
}

}  // namespace

PlotLabel::PlotLabel(QCustomPlot* plot)
    : QCPAbstractItem(plot), position(createPosition(QStringLiteral("position"))), sides_{Side{}} {
  setClipToAxisRect(false);
}

PlotLabel::Shaped PlotLabel::shape(Line line) {
  const QFont font = font_of(line);
  const QFontMetricsF metrics(font);
  Shaped shaped{std::move(line), 0, metrics.ascent(), metrics.descent(), {}};
  QTextLayout layout(shaped.line.text, font);
  layout.beginLayout();
  const QTextLine row = layout.createLine();
  layout.endLayout();
  if (!row.isValid()) return shaped;
  shaped.width = row.naturalTextWidth();
  shaped.ascent = row.ascent();
  shaped.glyphs = layout.glyphRuns();
  return shaped;
}

void PlotLabel::set_lines(const std::vector<Line>& lines) {
  lines_.resize(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool same = lines_[i].line.text == lines[i].text &&
                      lines_[i].line.strong == lines[i].strong && !lines_[i].glyphs.isEmpty();
    if (same)
      lines_[i].line.colour = lines[i].colour;
    else
      lines_[i] = shape(lines[i]);
  }
}

void PlotLabel::set_sides(std::vector<Side> sides) {
  sides_ = std::move(sides);
  if (sides_.empty()) sides_.push_back({});
  side_ = std::min(side_, sides_.size() - 1);
}

QString PlotLabel::text() const {
  QStringList all;
  for (const Shaped& line : lines_) all << line.line.text;
  return all.join(u'\n');
}

QSizeF PlotLabel::size() const {
  double width = 0;
  for (const Shaped& line : lines_) width = std::max(width, line.width);
  return {width, line_height * static_cast<double>(lines_.size())};
}

QRectF PlotLabel::box(std::size_t index) const {
  const Side& side = sides_[index];
  const QPointF at = position->pixelPosition();
  const QSizeF all = size();
  double x = at.x() - all.width() / 2, y = at.y() - all.height() / 2;
  if (side.alignment & Qt::AlignRight) x = at.x() + side.distance;
  if (side.alignment & Qt::AlignLeft) x = at.x() - side.distance - all.width();
  if (side.alignment & Qt::AlignTop) y = at.y() - side.distance - all.height();
  if (side.alignment & Qt::AlignBottom) y = at.y() + side.distance;
  return {QPointF(x, y), all};
}

/// Glyphs from the cache, many times over: a stroked outline takes ten times as long, and labels
/// are painted at every step of a slider.
void PlotLabel::draw_glyphs(QCPPainter* painter, const Shaped& line, QPointF base) const {
  static const std::vector<QPointF> halo_places = make_halo_places();
  const QPointF origin = base - QPointF(0, line.ascent);
  painter->setPen(colours().base);
  for (const QPointF& place : halo_places)
    for (const QGlyphRun& run : line.glyphs) painter->drawGlyphRun(origin + place, run);
  painter->setPen(line.line.colour);
  for (const QGlyphRun& run : line.glyphs) painter->drawGlyphRun(origin, run);
}

void PlotLabel::draw(QCPPainter* painter) {
  const QRectF all = box();
  const bool left = sides_[side_].alignment & Qt::AlignLeft;
  const bool right = sides_[side_].alignment & Qt::AlignRight;
  const bool on_screen =
      painter->paintEngine() != nullptr && painter->paintEngine()->type() == QPaintEngine::Raster;
  double y = all.top();
  painter->setAntialiasing(true);
  for (const Shaped& line : lines_) {
    // Towards the point.
    const double x = left    ? all.right() - line.width
                     : right ? all.left()
                             : all.center().x() - line.width / 2;
    const QPointF base(x, y + (line_height + line.ascent - line.descent) / 2);
    y += line_height;
    if (on_screen) {
      draw_glyphs(painter, line, base);
      continue;
    }
    const QFont font = font_of(line.line);
    QPainterPath outline;
    outline.addText(base, font, line.line.text);
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(colours().base, 2 * halo, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->drawPath(outline);
    painter->setFont(font);
    painter->setPen(line.line.colour);
    painter->drawText(base, line.line.text);
  }
}

void place_labels(const std::vector<PlotLabel*>& labels, std::vector<QRectF>& taken,
                  const QRectF& bounds) {
  for (PlotLabel* label : labels) {
    std::size_t best = 0;
    QPointF best_shift;
    // Words of a point beyond the axes stay with it.
    const bool is_seen =
        bounds.adjusted(-reach, -reach, reach, reach).contains(label->position->pixelPosition());
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t side = 0; side < label->sides() && least > 0; ++side) {
      const QRectF box = label->box(side);
      const QPointF shift = is_seen ? way_into(bounds, box) : QPointF();
      // Away from its point is as bad as on something else, by what would have been cut off.
      double cost = area(box) - area(box & bounds);
      for (const QRectF& other : taken) cost += area(box.translated(shift) & other);
      if (cost + 1e-9 < least) {
        least = cost;
        best = side;
        best_shift = shift;
      }
    }
    label->choose(best, best_shift);
    // Words on a line are read, thanks to their halo; words on words are not.
    taken.insert(taken.end(), words_weight, label->box().adjusted(-2, 0, 2, 0));
  }
}

}  // namespace plumbline

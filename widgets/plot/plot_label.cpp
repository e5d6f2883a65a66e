#include "widgets/plot/plot_label.h"

#include <algorithm>
#include <limits>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"

namespace plumbline {

namespace {

constexpr double line_height = 15, halo = 3;

QFont font_of(const PlotLabel::Line& line) {
  return ui_font(TextSize::caption, line.strong ? QFont::DemiBold : QFont::Normal);
}

double area(const QRectF& rect) { return rect.width() * rect.height(); }

}  // namespace

PlotLabel::PlotLabel(QCustomPlot* plot)
    : QCPAbstractItem(plot), position(createPosition(QStringLiteral("position"))), sides_{Side{}} {
  setClipToAxisRect(false);
}

void PlotLabel::set_lines(std::vector<Line> lines) { lines_ = std::move(lines); }

void PlotLabel::set_sides(std::vector<Side> sides) {
  sides_ = std::move(sides);
  if (sides_.empty()) sides_.push_back({});
  side_ = std::min(side_, sides_.size() - 1);
}

QString PlotLabel::text() const {
  QStringList all;
  for (const Line& line : lines_) all << line.text;
  return all.join(u'\n');
}

QSizeF PlotLabel::size() const {
  double width = 0;
  for (const Line& line : lines_)
    width = std::max<double>(width, QFontMetricsF(font_of(line)).horizontalAdvance(line.text));
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

void PlotLabel::draw(QCPPainter* painter) {
  const QRectF all = box();
  const bool left = sides_[side_].alignment & Qt::AlignLeft;
  const bool right = sides_[side_].alignment & Qt::AlignRight;
  double y = all.top();
  for (const Line& line : lines_) {
    const QFont font = font_of(line);
    const QFontMetricsF metrics(font);
    const double width = metrics.horizontalAdvance(line.text);
    // Towards the point.
    const double x = left ? all.right() - width : right ? all.left() : all.center().x() - width / 2;
    const QPointF base(x, y + (line_height + metrics.ascent() - metrics.descent()) / 2);
    QPainterPath outline;
    outline.addText(base, font, line.text);
    painter->setAntialiasing(true);
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(colours().base, 2 * halo, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->drawPath(outline);
    painter->setFont(font);
    painter->setPen(line.colour);
    painter->drawText(base, line.text);
    y += line_height;
  }
}

void place_labels(const std::vector<PlotLabel*>& labels, std::vector<QRectF>& taken,
                  const QRectF& bounds) {
  for (PlotLabel* label : labels) {
    std::size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t side = 0; side < label->sides() && least > 0; ++side) {
      const QRectF box = label->box(side);
      double cost = 4 * (area(box) - area(box & bounds));
      for (const QRectF& other : taken) cost += area(box & other);
      if (cost + 1e-9 < least) {
        least = cost;
        best = side;
      }
    }
    label->choose(best);
    taken.push_back(label->box().adjusted(-2, 0, 2, 0));
  }
}

}  // namespace plumbline

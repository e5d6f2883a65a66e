#include "widgets/detection/detection_plots.h"

#include <QEvent>
#include <QFontMetrics>
#include <QToolTip>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

#include "core/review/box_table.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/plot/plot_label.h"
#include "widgets/plot/plot_style.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/text/tide_words.h"

namespace plumbline {

namespace {

constexpr double reach_px = 14, diamond_px = 11;
constexpr int words_away = 6, sample_px = 24;
constexpr QMargins plot_margins(48, 28, 18, 42);
constexpr std::size_t most_line_points = 2000;  // points of a line

/// Of all that is accepted the share that is right, and of all objects the share that is found.
QPointF precision_at(const PricePoint& point, double objects) {
  const double found = objects - static_cast<double>(point.undetected);
  const double accepted = found + static_cast<double>(point.false_detections);
  return {objects > 0 ? found / objects : 0, accepted > 0 ? found / accepted : 1};
}

double objects_of(const std::vector<PricePoint>& points) {
  return points.empty() ? 0 : static_cast<double>(points.front().undetected);
}

}  // namespace

DetectionPlot::DetectionPlot(DetectionAnalysis* analysis, const QString& title, const QString& fact,
                             const QString& x_axis, const QString& y_axis, QWidget* parent)
    : Ground(parent),
      analysis_(analysis),
      title_(new TitleBar(title, fact, this)),
      plot_(new QCustomPlot(this)),
      x_axis_(x_axis),
      y_axis_(y_axis) {
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(title_);
  rows->addWidget(plot_, 1);
  setAccessibleName(title);
  plot_->setAccessibleName(accessibleName());
  plot_->setMinimumSize(180, 110);
  plot_->axisRect()->setAutoMargins(QCP::msNone);
  plot_->axisRect()->setMargins(plot_margins);
  connect(analysis_, &DetectionAnalysis::changed, this, &DetectionPlot::redraw);
  connect(analysis_, &DetectionAnalysis::moved, this, &DetectionPlot::redraw);
}

QCPGraph* DetectionPlot::add_curve(const QColor& colour, double width, bool dashed) {
  QCPGraph* line = plot_->addGraph();
  QPen pen(colour, width);
  if (dashed) pen.setDashPattern({5, 4});
  line->setPen(pen);
  return line;
}

QCPGraph* DetectionPlot::add_diamond(QPointF at) {
  QCPGraph* mark = plot_->addGraph();
  mark->setLineStyle(QCPGraph::lsNone);
  mark->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDiamond, QPen(colours().accent, 1.6),
                                        QBrush(colours().accent), diamond_px));
  mark->addData(at.x(), at.y());
  return mark;
}

/// The layout gives the plot the whole width, but after a redraw.
int DetectionPlot::room() const { return width() - plot_margins.left() - plot_margins.right(); }

/// Lines that are longer than the axis are cut in the middle: a name's end has the figure.
void DetectionPlot::add_words(QPointF at, const QString& words, const QColor& colour,
                              Qt::Alignment side, int taken) {
  const QFontMetrics font(ui_font(TextSize::caption));
  std::vector<PlotLabel::Line> lines;
  for (const QString& line : words.split(u'\n'))
    lines.push_back(
        {font.elidedText(line, Qt::ElideMiddle, std::max(0, room() - words_away - taken)), colour,
         false});
  auto* label = new PlotLabel(plot_);
  label->position->setType(QCPItemPosition::ptPlotCoords);
  label->position->setCoords(at.x(), at.y());
  label->set_lines(lines);
  label->set_sides({{side, words_away}});
}

void DetectionPlot::redraw() {
  plot_->clearPlottables();
  plot_->clearItems();
  apply_plot_style(plot_);
  plot_->xAxis->setLabel(axis_name(x_axis_, room()));
  plot_->xAxis->ticker()->setTickCount(6);
  plot_->yAxis->ticker()->setTickCount(5);
  auto* y_name = new QCPItemText(plot_);
  y_name->position->setType(QCPItemPosition::ptAbsolute);
  y_name->position->setCoords(spacing::page_margin, 6);
  y_name->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
  y_name->setText(axis_name(y_axis_, width() - 2 * spacing::page_margin));
  y_name->setFont(ui_font(TextSize::caption));
  y_name->setColor(colours().secondary_text);
  y_name->setClipToAxisRect(false);
  if (analysis_->boxes() != nullptr) draw();
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void DetectionPlot::resizeEvent(QResizeEvent* event) {
  Ground::resizeEvent(event);
  redraw();
}

void DetectionPlot::changeEvent(QEvent* event) {
  Ground::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) redraw();
}

PrecisionPlot::PrecisionPlot(DetectionAnalysis* analysis, QWidget* parent)
    : DetectionPlot(analysis, tr("Precision and recall"),
                    tr("drag the diamond to move the threshold"),
                    tr("recall: share of all objects that is found"),
                    tr("precision: share of what is accepted that is right"), parent) {
  plot()->setObjectName(QStringLiteral("precision_plot"));
  explain(this, "boxes.precision");
  connect(plot(), &QCustomPlot::mousePress, this, [this](QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    held_ = true;
    drag(event->position(), false);
  });
  connect(plot(), &QCustomPlot::mouseMove, this, [this](QMouseEvent* event) {
    if (held_) drag(event->position(), false);
  });
  connect(plot(), &QCustomPlot::mouseRelease, this, [this](QMouseEvent* event) {
    if (!held_) return;
    held_ = false;
    drag(event->position(), true);
  });
}

QPointF PrecisionPlot::at_score(double score) const {
  const BoxFigures* figures = analysis()->figures();
  if (figures == nullptr || figures->prices.empty()) return {};
  // Points come by falling scores.
  const auto& points = figures->prices;
  const auto beyond = std::ranges::partition_point(points, [&](const PricePoint& point) {
    return static_cast<float>(point.score) >= static_cast<float>(score);
  });
  return precision_at(beyond == points.begin() ? points.front() : *(beyond - 1),
                      objects_of(points));
}

void PrecisionPlot::drag(QPointF pixel, bool settled) {
  const BoxFigures* figures = analysis()->figures();
  if (figures == nullptr) return;
  const double objects = objects_of(figures->prices);
  const PricePoint* nearest = nullptr;
  double least = 0;
  for (const PricePoint& point : analysis()->drawn_prices()) {
    if (!std::isfinite(point.score)) continue;
    const QPointF at = precision_at(point, objects);
    const double away = std::hypot(plot()->xAxis->coordToPixel(at.x()) - pixel.x(),
                                   plot()->yAxis->coordToPixel(at.y()) - pixel.y());
    if (nearest == nullptr || away < least) nearest = &point, least = away;
  }
  if (nearest != nullptr) analysis()->move_score(nearest->score, settled);
}

void PrecisionPlot::draw() {
  plot()->xAxis->setNumberPrecision(1);
  plot()->yAxis->setNumberPrecision(1);
  plot()->xAxis->setRange(0, 1);
  plot()->yAxis->setRange(0, 1.02);
  const BoxFigures* figures = analysis()->figures();
  if (figures == nullptr) return;
  const double objects = objects_of(figures->prices);
  QVector<double> x, y;
  for (const PricePoint& point : analysis()->drawn_prices()) {
    if (!std::isfinite(point.score)) continue;
    const QPointF at = precision_at(point, objects);
    x << at.x();
    y << at.y();
  }
  auto* curve = new QCPCurve(plot()->xAxis, plot()->yAxis);
  curve->setPen(QPen(colours().accent, 2));
  curve->setData(x, y);
  const double score = static_cast<double>(analysis()->boxes()->least);
  const QPointF here = at_score(score);
  add_diamond(here);
  const QString first = tr("≥ %1: %2 right,").arg(decimal(score, 2), percent(here.y()));
  const QString second = tr("%1 found").arg(percent(here.x()));
  const QString line = first + u' ' + second;
  const QFontMetrics font(ui_font(TextSize::caption));
  const bool late = here.x() > 0.55;
  if (font.horizontalAdvance(line) <= room() * (late ? here.x() : 1 - here.x()) - words_away)
    return add_words(here, line, colours().text,
                     late ? Qt::AlignLeft | Qt::AlignBottom : Qt::AlignRight | Qt::AlignTop);
  // Else on two lines below or above the mark, moved as far as keeps them between the axes.
  const double half = std::min(0.5, font.horizontalAdvance(first) / 2.0 / std::max(1, room()));
  add_words({std::clamp(here.x(), half, 1 - half), here.y()}, first + u'\n' + second,
            colours().text, Qt::AlignHCenter | (here.y() > 0.5 ? Qt::AlignBottom : Qt::AlignTop));
}

PricePlot::PricePlot(DetectionAnalysis* analysis, QWidget* parent)
    : DetectionPlot(analysis, tr("Undetected at a price"), tr("click a line to go there"),
                    tr("false detections"), tr("undetected objects"), parent) {
  plot()->setObjectName(QStringLiteral("price_plot"));
  explain(this, "boxes.price");
  connect(plot(), &QCustomPlot::mousePress, this, [this](QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) take_nearest(event->position());
  });
}

void PricePlot::take_nearest(QPointF pixel) {
  const PriceLine* line = nullptr;
  double least = reach_px, score = 1;
  for (const PriceLine& way : analysis()->lines())
    for (const PricePoint& point : way.points) {
      const double away = std::hypot(
          plot()->xAxis->coordToPixel(static_cast<double>(point.false_detections)) - pixel.x(),
          plot()->yAxis->coordToPixel(static_cast<double>(point.undetected)) - pixel.y());
      if (away < least) line = &way, least = away, score = point.score;
    }
  if (line != nullptr) analysis()->take(*line, score);
}

void PricePlot::draw() {
  const auto of_run = analysis()->boxes();
  const auto falses = static_cast<double>(of_run->false_detections);
  const auto objects = static_cast<double>(of_run->found + of_run->undetected);
  // Twice the price that is paid, so that the chosen point is in the middle.
  const double most = std::max(20.0, 2 * falses);
  plot()->xAxis->setRange(0, most);
  double lowest = objects;
  for (const PriceLine& way : analysis()->lines())
    lowest =
        std::min(lowest, static_cast<double>(DetectionAnalysis::at(way.points, most).undetected));
  lowest = std::min(lowest, static_cast<double>(of_run->undetected));
  plot()->yAxis->setRange(std::max(0.0, lowest - 0.06 * objects), objects * 1.02);
  // Names stand in the order of the lines at the right, the best one below.
  std::size_t colour = 0;
  std::vector<std::pair<double, const PriceLine*>> ends;
  for (const PriceLine& way : analysis()->lines())
    ends.emplace_back(static_cast<double>(DetectionAnalysis::at(way.points, falses).undetected),
                      &way);
  std::ranges::sort(ends);
  const double step = (plot()->yAxis->range().size()) / 15;
  double top = plot()->yAxis->range().upper - step / 2;
  std::ranges::reverse(ends);
  for (const auto& [undetected, way] : ends) {
    const bool is_single = way->kind == PriceLine::Kind::single;
    const QColor line_colour = is_single ? colours().baseline : series_colour(colour);
    QCPGraph* line = add_curve(line_colour, 1.5, is_single);
    // There are more ways than colours: those of a second round are dotted.
    if (!is_single && colour++ >= colours().series.size()) {
      QPen dotted = line->pen();
      dotted.setDashPattern({1, 2});
      line->setPen(dotted);
    }
    line->setLineStyle(QCPGraph::lsStepLeft);
    QVector<double> x, y;
    const auto shown = std::span(way->points)
                           .first(static_cast<std::size_t>(
                               &DetectionAnalysis::at(way->points, most) - way->points.data() + 1));
    for (const PricePoint& point : thinned_prices(shown, most_line_points)) {
      x << static_cast<double>(point.false_detections);
      y << static_cast<double>(point.undetected);
    }
    line->setData(x, y, true);
    // A sample of the line, and words that are read: most lines are too pale for words.
    const double sample_start =
        most * (1 - std::min(0.5, static_cast<double>(sample_px) / std::max(1, room())));
    auto* sample = new QCPItemLine(plot());
    sample->start->setCoords(sample_start, top);
    sample->end->setCoords(most, top);
    sample->setPen(line->pen());
    add_words({sample_start, top},
              tr("%1: %2").arg(way->name, with_thousands(static_cast<qint64>(undetected))),
              is_single ? colours().secondary_text : colours().text,
              Qt::AlignLeft | Qt::AlignVCenter, sample_px);
    top -= step;
  }
  add_diamond({falses, static_cast<double>(of_run->undetected)});
  set_fact(
      tr("%1 undetected at %2")
          .arg(with_thousands(of_run->undetected),
               counted(of_run->false_detections, tr("false detection"), tr("false detections"))));
}

TidePlot::TidePlot(DetectionAnalysis* analysis, QWidget* parent)
    : DetectionPlot(
          analysis, tide_title(TideBoxes::all), tr("what correcting a kind of error would gain"),
          tr("kind of error, and how many there are"), tr("AP50 gained (points)"), parent) {
  plot()->setObjectName(QStringLiteral("tide_plot"));
  explain(this, "boxes.tide");
  explain(plot(), "boxes.tide");
  plot()->setToolTip(tide_explanation(TideBoxes::all));
}

void TidePlot::draw() {
  const TideResult* tide = analysis()->tide();
  if (tide == nullptr) return;
  auto* bars = new QCPBars(plot()->xAxis, plot()->yAxis);
  bars->setWidth(0.6);
  bars->setPen(Qt::NoPen);
  bars->setBrush(colours().accent);
  QStringList names, counts;
  double most = 1;
  for (std::size_t i = 0; i < tide_errors; ++i) {
    bars->addData(static_cast<double>(i), tide->dap[i]);
    names << text_of(tide_names[i]) + u'\n' + with_thousands(tide->counts[i]);
    counts << text_of(tide_names[i]) + u' ' + with_thousands(tide->counts[i]);
    most = std::max(most, tide->dap[i]);
    add_words({static_cast<double>(i), tide->dap[i]}, decimal(tide->dap[i], 1), colours().text,
              Qt::AlignTop | Qt::AlignHCenter);
  }
  set_axis_words(plot()->xAxis, names, Narrow::shorten);
  plot()->setToolTip(tide_explanation(TideBoxes::all) + u'\n' + counts.join(QStringLiteral("   ")));
  plot()->xAxis->setLabel({});
  plot()->xAxis->setTickLength(0, 0);
  plot()->xAxis->setRange(-0.6, static_cast<double>(tide_errors) - 0.4);
  plot()->yAxis->setRange(0, most * 1.2);
}

FinderPlot::FinderPlot(DetectionAnalysis* analysis, QWidget* parent)
    : DetectionPlot(analysis, tr("Found by k voters"), tr("green: found by the fusion too"),
                    tr("voters that find the object"), tr("objects"), parent) {
  plot()->setObjectName(QStringLiteral("finder_plot"));
  explain(this, "boxes.finders");
}

void FinderPlot::draw() {
  const auto of_run = analysis()->boxes();
  const std::size_t columns = of_run->flat->voters + 1;
  std::vector<double> found(columns), missed(columns);
  const auto& verdicts = analysis()->review()->decisions().verdict;
  const auto& finders = *of_run->finders;
  for (std::size_t row = 0; row < verdicts.size(); ++row) {
    if (verdicts[row] != Verdict::kept && verdicts[row] != Verdict::undetected) continue;
    const std::size_t k = finders[row];
    (verdicts[row] == Verdict::kept ? found : missed)[k] += 1;
  }
  auto* below = new QCPBars(plot()->xAxis, plot()->yAxis);
  auto* above = new QCPBars(plot()->xAxis, plot()->yAxis);
  above->moveAbove(below);
  const QFontMetrics font(ui_font(TextSize::caption));
  QStringList names;
  double most = 1;
  for (std::size_t k = 0; k < columns; ++k) {
    const auto x = static_cast<double>(k);
    below->addData(x, found[k]);
    above->addData(x, missed[k]);
    names << QString::number(k);
    most = std::max(most, found[k] + missed[k]);
    // Columns that are narrower than their numbers are read off the axis.
    const QString count = with_thousands(static_cast<qint64>(found[k] + missed[k]));
    if (font.horizontalAdvance(count) < room() / (static_cast<double>(columns) + 0.2))
      add_words({x, found[k] + missed[k]}, count, colours().text, Qt::AlignTop | Qt::AlignHCenter);
  }
  for (QCPBars* bars : {below, above}) {
    bars->setWidth(0.6);
    bars->setPen(Qt::NoPen);
  }
  below->setBrush(verdict_fill(Verdict::kept));
  above->setBrush(verdict_fill(Verdict::undetected));
  set_axis_words(plot()->xAxis, names, Narrow::skip);
  plot()->xAxis->setTickLength(0, 0);
  plot()->xAxis->setRange(-0.6, static_cast<double>(columns) - 0.4);
  plot()->yAxis->setRange(0, most * 1.2);
}

}  // namespace plumbline

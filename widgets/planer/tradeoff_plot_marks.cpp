// What stands in the plot: baselines, fronts with what was found, the path of a search.
#include "widgets/planer/tradeoff_plot.h"

#include <algorithm>
#include <cmath>

#include "widgets/planer/planer_words.h"
#include "widgets/plot/plot_label.h"
#include "widgets/plot/qcustomplot.h"
#include "widgets/style/colours.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double square_size = 9, wedge_size = 11, ring_size = 9;
constexpr int dots_on_path = 14;

QPen dashed(const QColor& colour, double width) {
  QPen pen(colour, width);
  pen.setDashPattern({5, 4});
  return pen;
}

QCPScatterStyle mark(QCPScatterStyle::ScatterShape shape, const QColor& pen, double width,
                     const QColor& brush, double size) {
  return {shape, QPen(pen, width), QBrush(brush), size};
}

}  // namespace

PlotLabel* TradeoffPlot::add_label(double x, double y, QColor colour, const QString& text,
                                   bool strong) {
  auto* label = new PlotLabel(plot_);
  label->setLayer(QStringLiteral("words"));
  label->position->setType(QCPItemPosition::ptPlotCoords);
  label->position->setCoords(x, y);
  label->set_lines({{text, colour, strong}});
  labels_.push_back(label);
  return label;
}

void TradeoffPlot::add_baseline(const SearchCurve& curve, bool main) {
  const Colours& c = colours();
  const PlanerEntry& entry = curve.entries.front();
  const auto baseline = curve.baseline_cost();
  if (!baseline) return;
  const double x = x_of(curve, *baseline);
  auto* upright = new QCPItemLine(plot_);
  upright->setPen(dashed(c.baseline, main ? 1.2 : 1));
  for (QCPItemPosition* end : {upright->start, upright->end}) {
    end->setTypeX(QCPItemPosition::ptPlotCoords);
    end->setTypeY(QCPItemPosition::ptAxisRectRatio);
  }
  upright->start->setCoords(x, 0);
  upright->end->setCoords(x, 1);
  if (!entry.loss) {
    auto* label = add_label(x, plot_->yAxis->range().upper, c.text, {});
    label->set_lines({{tr("baseline %1").arg(curve.text(*baseline)), c.text, true},
                      {tr("loss not measured yet"), c.secondary_text}});
    label->set_sides({{Qt::AlignLeft | Qt::AlignBottom, 8}});
    return;
  }
  const double y = y_of(curve, entry.loss->nats);
  auto* level = new QCPItemLine(plot_);
  level->setPen(upright->pen());
  for (QCPItemPosition* end : {level->start, level->end}) {
    end->setTypeX(QCPItemPosition::ptAxisRectRatio);
    end->setTypeY(QCPItemPosition::ptPlotCoords);
  }
  level->start->setCoords(0, y);
  level->end->setCoords(1, y);
  auto* ring = plot_->addGraph();
  ring->setLineStyle(QCPGraph::lsNone);
  ring->setScatterStyle(mark(QCPScatterStyle::ssCircle, c.baseline, 1.6, c.base, ring_size));
  ring->addData(x, y);
  auto* error = new QCPErrorBars(plot_->xAxis, plot_->yAxis);
  error->setDataPlottable(ring);
  error->setPen(QPen(c.baseline, 1.3));
  error->setWhiskerWidth(8);
  error->setSymbolGap(ring_size);
  error->addData(curve.unit.half_width(*entry.loss));
  marks_.push_back({&entry, x, y, curve.unit.half_width(*entry.loss)});
  auto* label = add_label(x, y, c.text, {});
  label->set_lines({{main ? tr("baseline %1").arg(curve.text(*baseline))
                          : tr("baseline of %1").arg(text_of(curve.subject.search)),
                     c.text, true},
                    {curve.unit.text(*entry.loss), c.secondary_text}});
  label->set_sides({{Qt::AlignLeft | Qt::AlignTop, 8},
                    {Qt::AlignLeft | Qt::AlignBottom, 8},
                    {Qt::AlignRight | Qt::AlignTop, 8}});
}

void TradeoffPlot::add_curve(const SearchCurve& curve, const QColor& colour, bool main) {
  const Colours& c = colours();
  if (curve.front && !curve.front->points().empty()) {
    auto* front = plot_->addGraph();
    QVector<double> x, y;
    for (const FrontPoint& point : curve.front->points()) {
      x << x_of_estimate(curve, point.cost);
      y << y_of(curve, curve.expected_nats(point));
    }
    front->setData(x, y, true);
    lines_.emplace_back();
    for (int i = 0; i < x.size(); ++i) lines_.back().emplace_back(x[i], y[i]);
    front->setPen(QPen(colour, main ? 2 : 1.5));
    // At a place where the line is steep enough for words beside it.
    const QCPRange range = plot_->yAxis->range(), across = plot_->xAxis->range();
    const double height = range.lower + 0.52 * range.size();
    for (int i = 0; i < x.size(); ++i)
      if (y[i] <= height && across.contains(x[i])) {
        auto* label = add_label(x[i], y[i], colour, {});
        std::vector<PlotLabel::Line> words{
            {main ? tr("surrogate front") : text_of(curve.subject.search), colour}};
        if (main && curve.calibration.networks > 0)
          words.push_back(
              {tr("calibrated on %1 retrained").arg(curve.calibration.networks), c.secondary_text});
        label->set_lines(words);
        label->set_sides({{Qt::AlignRight | Qt::AlignVCenter, 12},
                          {Qt::AlignRight | Qt::AlignTop, 10},
                          {Qt::AlignLeft | Qt::AlignVCenter, 12}});
        break;
      }
  }
  auto* squares = plot_->addGraph();
  squares->setLineStyle(QCPGraph::lsNone);
  squares->setScatterStyle(
      mark(QCPScatterStyle::ssSquare, colour, 1, colour, main ? square_size : square_size - 2));
  auto* wedges = plot_->addGraph();
  wedges->setLineStyle(QCPGraph::lsNone);
  wedges->setScatterStyle(mark(QCPScatterStyle::ssTriangleInverted, colour, 1, colour,
                               main ? wedge_size : wedge_size - 2));
  auto* chance = plot_->addGraph();
  chance->setLineStyle(QCPGraph::lsNone);
  chance->setScatterStyle(mark(QCPScatterStyle::ssCircle, c.control_line, 1, c.control_line, 4));
  auto* free_ones = plot_->addGraph();
  free_ones->setLineStyle(QCPGraph::lsNone);
  free_ones->setScatterStyle(
      mark(QCPScatterStyle::ssDiamond, c.secondary_text, 1, c.secondary_text, 7));
  auto* chosen = plot_->addGraph();
  chosen->setLineStyle(QCPGraph::lsNone);
  chosen->setScatterStyle(
      {QCPScatterStyle::ssSquare, QPen(c.text, 1.2), Qt::NoBrush, square_size + 6});
  struct Points {
    QVector<double> x, y, loss_error, cost_error;
  } found, further;
  for (const PlanerEntry& entry : curve.entries) {
    if (entry.role == PlanerEntry::Role::baseline || !entry.shown_cost() || !entry.loss) continue;
    const double at = x_of(curve, entry), high = y_of(curve, entry.loss->nats);
    marks_.push_back({&entry, at, high, curve.unit.half_width(*entry.loss)});
    if (entry.role == PlanerEntry::Role::random) {
      chance->addData(at, high);
      continue;
    }
    if (entry.role == PlanerEntry::Role::free) {
      free_ones->addData(at, high);
      continue;
    }
    const bool longer = entry.role == PlanerEntry::Role::further;
    Points& points = longer ? further : found;
    points.x << at;
    points.y << high;
    points.loss_error << curve.unit.half_width(*entry.loss);
    // As the mark itself: a share of what the network took in its own sitting.
    const auto own = entry.measured();
    points.cost_error << (own && own->median > 0 ? at * own->spread / (2 * own->median) : 0.0);
    const auto& selected = review_->selected();
    if (main && std::ranges::count(selected, entry.key()) > 0) chosen->addData(at, high);
    auto* label = add_label(at, high, c.text, longer ? tr("further") : target_text(entry.target));
    label->set_sides({{Qt::AlignBottom | Qt::AlignHCenter, 9},
                      {Qt::AlignBottom | Qt::AlignHCenter, 16},
                      {Qt::AlignBottom | Qt::AlignHCenter, 24},
                      {Qt::AlignTop | Qt::AlignHCenter, 10},
                      {Qt::AlignRight | Qt::AlignVCenter, 10},
                      {Qt::AlignLeft | Qt::AlignVCenter, 10}});
  }
  squares->setData(found.x, found.y);
  wedges->setData(further.x, further.y);
  for (const bool longer : {false, true})
    for (const bool across : {false, true}) {
      const Points& points = longer ? further : found;
      auto* bars = new QCPErrorBars(plot_->xAxis, plot_->yAxis);
      bars->setDataPlottable(longer ? wedges : squares);
      bars->setErrorType(across ? QCPErrorBars::etKeyError : QCPErrorBars::etValueError);
      bars->setPen(QPen(colour, 1.3));
      bars->setWhiskerWidth(8);
      bars->setSymbolGap(0);
      bars->setData(across ? points.cost_error : points.loss_error);
    }
}

/// The running search, or the last one as the study keeps it.
void TradeoffPlot::add_path(const SearchCurve& curve) {
  const Colours& c = colours();
  struct Step {
    std::int64_t step;
    double cost, loss;
  };
  std::vector<Step> steps;
  const auto& progress = review_->progress();
  const bool live = progress && !progress->path.empty();
  if (live)
    for (const JobSearchPoint& point : progress->path)
      steps.push_back({point.step, point.cost, point.loss});
  else
    for (const SearchPoint& point : curve.path)
      steps.push_back({point.step, point.cost, point.loss});
  std::erase_if(steps, [](const Step& step) {
    return !std::isfinite(step.cost) || !std::isfinite(step.loss);
  });
  if (steps.empty()) return;
  const QColor ink = live ? c.text : c.secondary_text;
  auto* path = new QCPCurve(plot_->xAxis, plot_->yAxis);
  path->setPen(QPen(ink, 0.8));
  auto* dots = plot_->addGraph();
  dots->setLineStyle(QCPGraph::lsNone);
  dots->setScatterStyle(mark(QCPScatterStyle::ssDisc, ink, 0, ink, 4));
  QVector<double> order, x, y;
  // Dots by steps of equal number: how quickly it moves is seen.
  const auto last = steps.back().step, first = steps.front().step;
  double next = static_cast<double>(first);
  const double stride = static_cast<double>(last - first) / dots_on_path;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    order << static_cast<double>(i);
    x << x_of_estimate(curve, steps[i].cost);
    y << y_of(curve, steps[i].loss);
    if (i + 1 < steps.size() && static_cast<double>(steps[i].step) >= next) {
      dots->addData(x.back(), y.back());
      next += std::max(1.0, stride);
    }
  }
  path->setData(order, x, y, true);
  lines_.emplace_back();
  for (int i = 0; i < x.size(); ++i) lines_.back().emplace_back(x[i], y[i]);
  auto* head = plot_->addGraph();
  head->setLineStyle(QCPGraph::lsNone);
  head->setScatterStyle(mark(QCPScatterStyle::ssTriangle, ink, 1.4, c.base, 11));
  head->addData(x.back(), y.back());
  if (plot_->yAxis->range().contains(y.front()) && plot_->xAxis->range().contains(x.front())) {
    auto* label =
        add_label(x.front(), y.front(), c.secondary_text, tr("step %1").arg(with_thousands(first)));
    label->set_sides(
        {{Qt::AlignRight | Qt::AlignVCenter, 7}, {Qt::AlignLeft | Qt::AlignVCenter, 7}});
  }
  head_x_ = x.back();
  // Milliseconds of the table's sitting would contradict the axis.
  const auto share = curve.estimated_fraction(steps.back().cost);
  const QString cost =
      share && curve.is_estimated_apart() ? target_text(*share) : curve.text(steps.back().cost);
  head_label_ = add_label(
      x.back(), y.back(), c.text,
      tr("step %1: %2, %3").arg(with_thousands(last), cost, curve.unit.text(steps.back().loss)));
  head_label_->set_sides({{Qt::AlignRight | Qt::AlignBottom, 8},
                          {Qt::AlignRight | Qt::AlignTop, 8},
                          {Qt::AlignLeft | Qt::AlignTop, 8},
                          {Qt::AlignLeft | Qt::AlignBottom, 8}});
  // Before the others: it is what moves.
  std::rotate(labels_.begin(), labels_.end() - 1, labels_.end());
}

}  // namespace plumbline

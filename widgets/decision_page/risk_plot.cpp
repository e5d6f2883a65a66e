#include "widgets/decision_page/risk_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/decision_page/decision_words.h"
#include "widgets/plot/plot_label.h"
#include "widgets/plot/plot_style.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double legend_row = 15, legend_top = 6, legend_left = 14, sample_length = 18;
constexpr double least_shown_coverage = 0.4;

void fill_line(QCPGraph* line, const std::vector<RiskPoint>& points) {
  QVector<double> x, y;
  x.reserve(static_cast<qsizetype>(points.size()));
  y.reserve(static_cast<qsizetype>(points.size()));
  for (const RiskPoint& point : points) {
    x << 100 * point.coverage;
    y << 100 * point.risk;
  }
  line->setData(x, y, true);
}

/// A word of the legend at a fixed place.
void add_words(QCustomPlot* plot, QPointF at, const QString& words, const QColor& colour,
               bool strong, Qt::Alignment alignment) {
  auto* item = new QCPItemText(plot);
  item->position->setType(QCPItemPosition::ptAbsolute);
  item->position->setCoords(at);
  item->setPositionAlignment(alignment | Qt::AlignVCenter);
  item->setText(words);
  item->setFont(ui_font(TextSize::caption, strong ? QFont::DemiBold : QFont::Normal));
  item->setColor(colour);
}

}  // namespace

RiskPlot::RiskPlot(DecisionAnalysis* analysis, QWidget* parent)
    : DecisionPlot(analysis,
                   {tr("Risk–coverage"),
                    {},
                    tr("selective risk (%)"),
                    tr("coverage (%)"),
                    "risk_plot",
                    "decision.risk"},
                   parent) {
  connect(analysis, &DecisionAnalysis::figures_changed, this, [this, analysis] {
    if (analysis->review() != nullptr && !analysis->is_held()) rebuild();
  });
}

std::vector<RiskPlot::Series> RiskPlot::series() const {
  const Colours& c = colours();
  std::vector<Series> all;
  const RunReview& review = *analysis()->review();
  if (const auto& baseline = analysis()->baseline().figures)
    all.push_back({tr("mcp, %1").arg(text_of(review.run().info.voters.front().model)),
                   QStringLiteral("mcp"), c.baseline, false, true, true, &baseline->risk,
                   baseline->value("augrc")});
  // The first colour is too near to the others' to be told apart on a line.
  std::size_t next = 1;
  for (const DecisionAnalysis::Line& line : analysis()->lines())
    all.push_back({text_of(line.kind->name), text_of(line.policy), series_colour(next++), false,
                   false, true, &line.figures->risk, line.figures->value("augrc")});
  const auto& shown = analysis()->shown();
  all.push_back({text_of(review.policy().kind().name), text_of(to_string(review.policy())),
                 c.accent, true, false, shown.current, &analysis()->risk(),
                 shown.current ? shown.figures->value("augrc") : std::nullopt});
  return all;
}

std::optional<DecisionPlot::Ranges> RiskPlot::whole() const {
  const double coverage = analysis()->counts().coverage();
  double from = least_shown_coverage;
  if (coverage < from + 0.05) from = std::max(0.0, std::floor(10 * coverage - 1) / 10);
  double highest = 0;
  for (const Series& one : series())
    if (!hidden_.contains(one.name))
      for (const RiskPoint& point : *one.points)
        if (point.coverage >= from) highest = std::max(highest, point.risk);
  return Ranges{{100 * from, 100}, {0, std::max(0.5, 106 * highest)}};
}

void RiskPlot::draw() {
  const auto all = series();
  set_fact(counted(static_cast<qint64>(all.size()), tr("policy"), tr("policies")));
  plot()->yAxis->setNumberPrecision(plot()->yAxis->range().size() < 4 ? 1 : 0);
  for (const Series& one : all) {
    if (hidden_.contains(one.name) || one.main) continue;
    fill_line(add_line(one.colour, 1.5, one.dashed), *one.points);
  }
  draw_legend(all);
}

void RiskPlot::draw_legend(const std::vector<Series>& given) {
  const Colours& c = colours();
  // By AUGRC, the best one last as in a table of results; the baseline stands first.
  std::vector<Series> all = given;
  std::ranges::stable_sort(all, {}, [](const Series& one) {
    return one.dashed ? -std::numeric_limits<double>::infinity() : -one.augrc.value_or(0);
  });
  legend_.clear();
  const QRectF inside = plot()->axisRect()->rect();
  const QFontMetricsF metrics(ui_font(TextSize::caption, QFont::DemiBold));
  double widest = 0;
  for (const Series& one : all) widest = std::max(widest, metrics.horizontalAdvance(one.name));
  const double left = inside.left() + legend_left, names = left + sample_length + 6;
  const double figures = names + widest + 52;
  double y = inside.top() + legend_top;
  add_words(plot(), {figures, y}, tr("AUGRC"), c.secondary_text, false, Qt::AlignRight);
  for (const Series& one : all) {
    y += legend_row;
    const bool hidden = hidden_.contains(one.name);
    const QColor colour = hidden ? c.disabled_text : one.main ? c.text : c.secondary_text;
    if (!hidden) {
      auto* sample = new QCPItemLine(plot());
      for (QCPItemPosition* end : {sample->start, sample->end})
        end->setType(QCPItemPosition::ptAbsolute);
      sample->start->setCoords(left, y);
      sample->end->setCoords(left + sample_length, y);
      QPen pen(one.colour, one.main ? 2 : 1.5);
      if (one.dashed) pen.setDashPattern({5, 4});
      sample->setPen(pen);
    }
    add_words(plot(), {names, y}, one.name, colour, one.main, Qt::AlignLeft);
    add_words(plot(), {figures, y}, one.augrc ? decimal(*one.augrc, 4) : QString(no_value), colour,
              one.main, Qt::AlignRight);
    legend_.push_back({one.name, one.policy, one.augrc,
                       QRectF(left, y - legend_row / 2, figures - left, legend_row), hidden});
  }
}

void RiskPlot::make_marks() {
  const Colours& c = colours();
  plot()->setCurrentLayer(QStringLiteral("marks"));
  moving_ = add_line(c.accent, 2);
  drop_ = add_line(c.secondary_text, 1);
  plot()->setCurrentLayer(QStringLiteral("main"));
  QPen dotted(c.secondary_text, 1);
  dotted.setDashPattern({1.5, 2.5});
  drop_->setPen(dotted);
  diamond_ = add_mark(true, c.accent);
  here_ = add_label(true);
}

void RiskPlot::place_marks() {
  if (diamond_ == nullptr || analysis()->review() == nullptr) return;
  const VerdictCounts& counts = analysis()->counts();
  const double x = 100 * counts.coverage(), y = 100 * counts.selective_risk();
  const bool there = std::isfinite(x) && std::isfinite(y);
  const QString own = text_of(analysis()->review()->policy().kind().name);
  moving_->setVisible(!hidden_.contains(own));
  fill_line(moving_, analysis()->risk());
  diamond_->data()->clear();
  drop_->data()->clear();
  here_->setVisible(there);
  if (!there) return;
  diamond_->addData(x, y);
  const QCPRange range = plot()->yAxis->range();
  drop_->addData(x, range.lower);
  drop_->addData(x, range.upper);
  here_->position->setCoords(x, y);
  here_->set_lines(
      {{tr("%1 at %2").arg(percent(y / 100), percent(x / 100)), colours().text, true}});
  here_->set_sides({{Qt::AlignLeft | Qt::AlignTop, 5},
                    {Qt::AlignRight | Qt::AlignBottom, 5},
                    {Qt::AlignLeft | Qt::AlignBottom, 5}});
  std::vector<QRectF> taken;
  for (const Entry& entry : legend_) taken.push_back(entry.box);
  place_labels({here_}, taken, QRectF(plot()->axisRect()->rect()));
}

RiskPlot::Entry* RiskPlot::entry_at(QPointF at) {
  const auto found =
      std::ranges::find_if(legend_, [&](const Entry& entry) { return entry.box.contains(at); });
  return found == legend_.end() ? nullptr : &*found;
}

void RiskPlot::pressed(QPointF at) {
  const Entry* entry = entry_at(at);
  if (entry == nullptr) return;
  const QString name = entry->name;
  if (!hidden_.remove(name)) hidden_.insert(name);
  rebuild();
}

void RiskPlot::double_clicked(QPointF at) {
  const Entry* entry = entry_at(at);
  if (entry == nullptr) return fit();
  hidden_.remove(entry->name);
  Q_EMIT policy_chosen(QString(entry->policy));
}

QString RiskPlot::read_out(QPointF at, double x, double /*y*/) const {
  for (const Entry& entry : legend_)
    if (entry.box.contains(at))
      return tr("%1\nclick: hide or show; double click: take this policy").arg(entry.policy);
  QStringList words{tr("coverage %1").arg(percent(x / 100))};
  for (const Series& one : series()) {
    if (hidden_.contains(one.name) || one.points->empty()) continue;
    auto point = std::ranges::lower_bound(*one.points, x / 100, {}, &RiskPoint::coverage);
    if (point == one.points->end()) --point;
    words << tr("%1: risk %2, score ≥ %3")
                 .arg(one.name, percent(point->risk), decimal(point->score, 3));
  }
  return words.join(u'\n');
}

PlotTable RiskPlot::table() const {
  PlotTable table{
      {QStringLiteral("policy"), QStringLiteral("coverage"), QStringLiteral("selective_risk"),
       QStringLiteral("score"), QStringLiteral("augrc")},
      {}};
  for (const Series& one : series())
    for (const RiskPoint& point : *one.points)
      table.rows.push_back({one.policy, point.coverage, point.risk, point.score,
                            one.augrc ? QVariant(*one.augrc) : QVariant()});
  return table;
}

}  // namespace plumbline

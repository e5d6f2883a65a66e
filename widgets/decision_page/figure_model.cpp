#include "widgets/decision_page/figure_model.h"

#include <QFont>

#include <algorithm>
#include <cmath>

#include "core/metrics/drift.h"
#include "core/metrics/metric_table.h"
#include "widgets/decision/review_command.h"
#include "widgets/decision_page/decision_words.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

/// The four verdicts are counts; shares can be compared between splits.
bool is_share(const Metric& metric) {
  return metric.unit == MetricUnit::fraction || is_verdict_count(metric);
}

/// In the unit in which the table has it, without its sign.
QString plain_figure(const Metric& metric, double value, int more_digits = 0) {
  if (is_share(metric)) return decimal(100 * value, 1 + more_digits);
  switch (metric.unit) {
    case MetricUnit::count: return with_thousands(std::llround(value));
    case MetricUnit::milliseconds:
    case MetricUnit::times: return decimal(value, 2);
    default: return decimal(value, 4);
  }
}

QString unit_of_row(const Metric& metric) {
  if (is_share(metric)) return QStringLiteral("%");
  switch (metric.unit) {
    case MetricUnit::milliseconds: return QStringLiteral("ms per batch");
    case MetricUnit::times: return QStringLiteral("×");
    default: return {};
  }
}

/// As the table has it: shares instead of counts.
std::optional<double> table_value(const Metric& metric, const MetricData& data) {
  return comparable_value(metric, value_of(metric, data), data.counts);
}

/// What was computed already.
std::optional<double> table_value(const Metric& metric, const DecisionFigures& figures) {
  return comparable_value(metric, figures.value(&metric), figures.data.counts);
}

MetricData of_counts(const VerdictCounts& counts, const PolicyCost& cost) {
  MetricData data;
  data.counts = counts;
  data.latency_ms = cost.latency_ms;
  data.latency_ratio = cost.ratio;
  return data;
}

/// Of the columns that further outputs and costs add the one that runs of classes have.
bool is_harm(const Metric& metric) { return metric.column == "harm"; }

bool needs_no_ranks(const Metric& metric) {
  return metric.needs == MetricNeed::nothing || metric.needs == MetricNeed::cost;
}

const ResampledFigure* resampled_of(const std::vector<ResampledFigure>& all, const Metric* metric) {
  const auto found = std::ranges::find(all, metric, &ResampledFigure::metric);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

FigureModel::FigureModel(DecisionAnalysis* analysis, HarmAnalysis* harm, QObject* parent)
    : QAbstractTableModel(parent), analysis_(analysis), harm_(harm) {
  for (const Metric* metric : metric_table().all())
    // Energy has its axis in the plot of costs.
    if (!metric->note && (metric->needs != MetricNeed::column || is_harm(*metric)) &&
        metric->needs != MetricNeed::energy)
      rows_.push_back({metric, {}, {}, {}});
  connect(analysis_, &DecisionAnalysis::moved, this, &FigureModel::update_values);
  connect(analysis_, &DecisionAnalysis::figures_changed, this, &FigureModel::update_values);
  update_values();
}

int FigureModel::row_of(std::string_view metric) const {
  const auto found =
      std::ranges::find_if(rows_, [&](const Row& row) { return row.metric->key == metric; });
  return found == rows_.end() ? -1 : static_cast<int>(found - rows_.begin());
}

void FigureModel::update_split(Row& row, const DecisionAnalysis::Column& of, bool live,
                               Column value_column, Column half_column) const {
  const Metric& metric = *row.metric;
  Cell& value = row.cells[static_cast<std::size_t>(value_column)];
  Cell& half = row.cells[static_cast<std::size_t>(half_column)];
  value = {QString(no_value), true};
  half = {};
  const MetricData now = live ? of_counts(analysis_->counts(), analysis_->cost()) : MetricData();
  const bool at_once = live && needs_no_ranks(metric);
  const MetricData* data = at_once ? &now : of.figures ? &of.figures->data : nullptr;
  if (data == nullptr) return;
  // Harm follows the slider; its interval comes later, as all that is resampled.
  const bool harm_now = live && is_harm(metric);
  if (const auto figure = harm_now  ? harm_->harm()
                          : at_once ? table_value(metric, now)
                                    : table_value(metric, *of.figures))
    value = {plain_figure(metric, *figure), harm_now || at_once || of.current};
  else
    return;
  const auto interval = shown_interval(metric, *data, resampled_of(of.resampled, row.metric));
  if (!interval) return;
  // Wilson's is of the counts, and needs no resamples.
  const auto hits = share_hits(metric, *data);
  const bool is_counted = hits && hits->n > 0;
  half = {QStringLiteral("± ") + plain_figure(metric, (interval->high - interval->low) / 2),
          value.current && (is_counted || (of.current && of.resampled_current))};
}

void FigureModel::update_drift(Row& row) const {
  const auto &chosen = analysis_->validation(), &there = analysis_->shown();
  row.is_chance.reset();
  row.drift_hint.clear();
  Cell& cell = row.cells[drift];
  cell = {QString(no_value), true};
  if (!chosen.figures || !there.figures) return;
  const auto end = [&](const DecisionAnalysis::Column& of, bool resampled) {
    return FigureThere{&of.figures->data, of.figures->value(row.metric),
                       resampled ? resampled_of(of.resampled, row.metric) : nullptr};
  };
  const bool resampled = chosen.resampled_current && there.resampled_current;
  const auto drifted = fixed_drift(*row.metric, end(chosen, resampled), end(there, resampled));
  if (!drifted) return;
  const double difference = *drifted->shown - *drifted->chosen;
  const bool current = chosen.current && there.current && !analysis_->is_held();
  cell = {
      (difference >= 0 ? QStringLiteral("+") : QString()) + plain_figure(*row.metric, difference),
      current};
  const auto& chance = drifted->chance;
  if (!chance) return;
  row.is_chance = drifted->is_chance;
  row.drift_hint =
      (*row.is_chance ? tr("within what chance explains: 95 % interval %1 to %2")
                      : tr("more than chance explains: 95 % interval %1 to %2"))
          .arg(plain_figure(*row.metric, chance->low), plain_figure(*row.metric, chance->high));
}

void FigureModel::update_values() {
  const bool any = analysis_->review() != nullptr;
  const auto counts = any ? analysis_->baseline_counts() : std::nullopt;
  const auto ms = any ? analysis_->baseline_ms() : std::nullopt;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    Row& row = rows_[i];
    const auto before = row.cells;
    row.cells = {};
    row.cells[name] = {text_of(row.metric->title), true};
    if (any) {
      update_split(row, analysis_->validation(), false, validation, validation_half);
      update_split(row, analysis_->shown(), true, shown, shown_half);
      update_drift(row);
      row.cells[baseline] = {QString(no_value), true};
      std::optional<double> value;
      if (is_harm(*row.metric))
        value = harm_->baseline_harm();
      else if (!needs_no_ranks(*row.metric) && analysis_->baseline().figures)
        value = table_value(*row.metric, *analysis_->baseline().figures);
      else if (needs_no_ranks(*row.metric) && counts)
        value = table_value(*row.metric,
                            of_counts(*counts, {1, ms, ms ? std::optional(1.0) : std::nullopt}));
      if (value) row.cells[baseline].text = plain_figure(*row.metric, *value);
    }
    // Cells that stay as they are need no painting.
    int first = columns, last = -1;
    for (int column = 0; column < columns; ++column) {
      const auto place = static_cast<std::size_t>(column);
      if (before[place].text == row.cells[place].text &&
          before[place].current == row.cells[place].current)
        continue;
      first = std::min(first, column);
      last = column;
    }
    const int here = static_cast<int>(i);
    if (last >= 0) Q_EMIT dataChanged(index(here, first), index(here, last));
  }
  if (!analysis_->is_held()) Q_EMIT headerDataChanged(Qt::Horizontal, 0, columns - 1);
}

int FigureModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int FigureModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(columns);
}

std::string_view FigureModel::figure_of(const Row& row, Column column) {
  switch (column) {
    case validation_half:
    case shown_half: return "decision.half_width";
    case drift: return "decision.drift";
    case baseline: return "decision.baseline";
    default: return row.metric->key;
  }
}

/// What is not of the split that is shown is decided on its own, and harm in its costs.
QVariant FigureModel::source_of(const Row& row, Column column) const {
  const RunReview* review = analysis_->review();
  const OpenedRun* held = analysis_->validation_run();
  const bool elsewhere = column == validation || column == validation_half;
  const bool in_costs = is_harm(*row.metric);
  if (review == nullptr || (elsewhere && held == nullptr) || !(elsewhere || in_costs)) return {};
  FigureSource source = figure_source_of(*review);
  if (elsewhere) source.insert(QStringLiteral("DECIDE"), decide_elsewhere(*review, held->split));
  // The key of the value itself names the costs already.
  if (in_costs && column != name && column != validation && column != shown) {
    const QStringList costs = source.value(QStringLiteral("COSTS"));
    for (const QString& command : {QStringLiteral("DECIDE"), QStringLiteral("BASELINE")}) {
      const QStringList words = source.value(command);
      source.insert(command, costs.isEmpty() || words.isEmpty() ? QStringList() : words + costs);
    }
  }
  return QVariant::fromValue(source);
}

QVariant FigureModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const Row& row = rows_[static_cast<std::size_t>(index.row())];
  const auto column = static_cast<Column>(index.column());
  const Cell& cell = row.cells[static_cast<std::size_t>(column)];
  switch (role) {
    case Qt::DisplayRole:
      if (column == name && !unit_of_row(*row.metric).isEmpty())
        return QStringLiteral("%1 (%2)").arg(cell.text, unit_of_row(*row.metric));
      return cell.text;
    case Qt::TextAlignmentRole:
      return QVariant::fromValue(Qt::Alignment(
          (column == name || column == validation_half || column == shown_half ? Qt::AlignLeft
                                                                               : Qt::AlignRight) |
          Qt::AlignVCenter));
    case Qt::ForegroundRole:
      if (!cell.current) return colours().disabled_text;
      if (column == validation_half || column == shown_half || column == baseline)
        return colours().secondary_text;
      if (column == drift) {
        const bool beyond = row.is_chance && !*row.is_chance;
        return beyond ? colours().text : colours().secondary_text;
      }
      return colours().text;
    case Qt::FontRole:
      return column == shown ? ui_font(TextSize::normal, QFont::DemiBold) : ui_font();
    case figure_role: return text_of(figure_of(row, column));
    case figure_source_role: return source_of(row, column);
    case Qt::ToolTipRole:
      if (!cell.current) return tr("of the policy as it was; it is being recomputed");
      if (column == name) return text_of(row.metric->title);
      if (column == drift) return row.drift_hint;
      if ((column == validation_half || column == shown_half) && !cell.text.isEmpty())
        return row.metric->hits != nullptr || is_verdict_count(*row.metric)
                   ? tr("half of Wilson's 95 % interval")
                   : tr("half of the 95 % interval of 1,000 bootstrap resamples, seed 1");
      return {};
    default: return {};
  }
}

void FigureModel::set_brief(bool brief) {
  if (brief_ == brief) return;
  brief_ = brief;
  Q_EMIT headerDataChanged(Qt::Horizontal, 0, columns - 1);
}

QVariant FigureModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  const auto column = static_cast<Column>(section);
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(Qt::Alignment(
        (column == name || column == validation_half || column == shown_half ? Qt::AlignLeft
                                                                             : Qt::AlignRight) |
        Qt::AlignVCenter));
  if (role == Qt::ToolTipRole && column == drift)
    return tr(
        "the split shown minus the split of the choice, in the row's unit; bold: more than chance "
        "explains");
  if (role == Qt::ToolTipRole && column == baseline)
    return tr("the first voter's confidence alone, at the threshold that keeps as many");
  if (role != Qt::DisplayRole) return {};
  if (analysis_->review() == nullptr) return {};
  const OpenedRun& run = analysis_->review()->run();
  switch (column) {
    case name: return tr("figure");
    case validation: {
      const OpenedRun* held = analysis_->validation_run();
      return held == nullptr ? tr("validation")
             : brief_        ? text_of(held->split)
                             : tr("%1, %2").arg(text_of(held->split),
                                                with_thousands(static_cast<qint64>(held->samples())));
    }
    case shown:
      if (brief_) return text_of(run.split);
      return tr("%1, %2").arg(text_of(run.split),
                              with_thousands(static_cast<qint64>(run.samples())));
    case drift: return tr("drift");
    case baseline:
      if (brief_) return analysis_->baseline_name();
      return tr("%1, %2").arg(analysis_->baseline_name(), text_of(run.split));
    default: return {};
  }
}

}  // namespace plumbline

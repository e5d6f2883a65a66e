#include "core/metrics/drift.h"

#include <algorithm>
#include <cmath>

namespace plumbline {

namespace {

const ResampledFigure* resampled_figure(const std::vector<ResampledFigure>& all,
                                        const Metric* metric) {
  const auto found = std::ranges::find(all, metric, &ResampledFigure::metric);
  return found == all.end() ? nullptr : &*found;
}

/// What voters cost is measured, not made of samples; how many samples there are is no estimate.
bool may_drift(const Metric& metric) {
  return !metric.note && metric.better != Better::neither && metric.needs != MetricNeed::cost &&
         metric.needs != MetricNeed::energy;
}

}  // namespace

bool is_verdict_count(const Metric& metric) {
  return metric.unit == MetricUnit::count && metric.better != Better::neither;
}

std::optional<double> comparable_value(const Metric& metric, std::optional<double> value,
                                       const VerdictCounts& counts) {
  if (!value || !is_verdict_count(metric)) return value;
  const auto judged = static_cast<double>(counts.judged());
  return judged > 0 ? std::optional(*value / judged) : std::nullopt;
}

std::optional<Proportion> share_hits(const Metric& metric, const MetricData& data) {
  if (metric.hits != nullptr) return metric.hits(data);
  const auto value = is_verdict_count(metric) ? value_of(metric, data) : std::nullopt;
  if (!value) return std::nullopt;
  return Proportion{std::llround(*value), data.counts.judged()};
}

std::optional<Interval> shown_interval(const Metric& metric, const MetricData& data,
                                       const ResampledFigure* resampled) {
  if (metric.better == Better::neither) return std::nullopt;
  if (const auto hits = share_hits(metric, data); hits && hits->n > 0)
    return wilson_interval(hits->hits, hits->n);
  return resampled == nullptr ? std::nullopt : resampled->interval;
}

std::optional<Drift> fixed_drift(const Metric& metric, const FigureThere& before,
                                 const FigureThere& shown) {
  if (!may_drift(metric)) return std::nullopt;
  Drift drift;
  drift.metric = &metric;
  drift.chosen = comparable_value(metric, before.value, before.data->counts);
  drift.shown = comparable_value(metric, shown.value, shown.data->counts);
  if (!drift.chosen || !drift.shown) return std::nullopt;
  const auto first = share_hits(metric, *before.data);
  const auto second = share_hits(metric, *shown.data);
  if (first && second && first->n > 0 && second->n > 0)
    drift.chance = independent_difference_interval(first->hits, first->n, second->hits, second->n);
  else if (before.resampled != nullptr && shown.resampled != nullptr)
    drift.chance =
        drift_of(*before.data, {*before.resampled}, *shown.data, {*shown.resampled}).front().chance;
  if (drift.chance) drift.is_chance = drift.chance->low <= 0 && drift.chance->high >= 0;
  return drift;
}

std::vector<Drift> fixed_drifts(const MetricData& before,
                                const std::vector<ResampledFigure>& on_before,
                                const MetricData& shown,
                                const std::vector<ResampledFigure>& on_shown) {
  std::vector<Drift> drifts;
  for (const Metric* metric : metric_table().all())
    if (const auto drift = fixed_drift(
            *metric, {&before, value_of(*metric, before), resampled_figure(on_before, metric)},
            {&shown, value_of(*metric, shown), resampled_figure(on_shown, metric)}))
      drifts.push_back(*drift);
  return drifts;
}

}  // namespace plumbline

#pragma once
#include <optional>
#include <vector>

#include "core/metrics/bootstrap.h"
#include "core/metrics/metric_table.h"

namespace plumbline {

/// Whether it counts one of the four verdicts.
bool is_verdict_count(const Metric& metric);

/// A figure as it can be compared between splits: of a verdict's count the share of the judged
/// samples, else as it is. Nothing where it has no value, or no sample is judged.
std::optional<double> comparable_value(const Metric& metric, std::optional<double> value,
                                       const VerdictCounts& counts);

/// Hits of how many, where the figure is a share of samples whatever their scores: those of the
/// metric, or of a verdict's count.
std::optional<Proportion> share_hits(const Metric& metric, const MetricData& data);

/// The 95 % interval that stands beside a figure: Wilson's where it is a share of samples, of a
/// verdict's count that of its share; else that of its resamples, null where there are none.
/// Nothing of a number of samples, which is not an estimate.
std::optional<Interval> shown_interval(const Metric& metric, const MetricData& data,
                                       const ResampledFigure* resampled);

/// One figure of a policy on one split.
struct FigureThere {
  const MetricData* data = nullptr;
  std::optional<double> value;                 ///< of the metric, as value_of() gives it
  const ResampledFigure* resampled = nullptr;  ///< null: not resampled
};

/// What became of a figure of one policy that stays as it is between two splits: on `shown` less on
/// `before`, both as comparable_value(). Its interval is that of two independent proportions where
/// the figure is one, else that of the resamples of both. Nothing of a number of samples, of what
/// voters cost, and of what has no value on one of them.
std::optional<Drift> fixed_drift(const Metric& metric, const FigureThere& before,
                                 const FigureThere& shown);

/// Of every metric of the table that may drift; `on_before` and `on_shown` as bootstrap() gives
/// them.
std::vector<Drift> fixed_drifts(const MetricData& before,
                                const std::vector<ResampledFigure>& on_before,
                                const MetricData& shown,
                                const std::vector<ResampledFigure>& on_shown);

}  // namespace plumbline

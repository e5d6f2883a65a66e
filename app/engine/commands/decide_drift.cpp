#include "app/engine/commands/decide_drift.h"

#include "core/metrics/drift.h"
#include "core/study/decide_run.h"

namespace plumbline {

Result<void> add_intervals(const MetricData& data, const MetricData* baseline,
                           const MetricData* selected, DecideOutput& output) {
  auto intervals = bootstrap(data, baseline);
  TRY(intervals);
  output.intervals = std::move(*intervals);
  for (const ResampledFigure& figure : output.intervals)
    if (const auto interval = shown_interval(*figure.metric, data, &figure))
      output.half_widths.emplace_back(figure.metric, (interval->high - interval->low) / 2);
  if (selected == nullptr || output.selected_on == output.split) return {};
  const auto there = bootstrap(*selected, nullptr);
  TRY(there);
  output.drift = drift_of(*selected, *there, data, output.intervals);
  return {};
}

Result<void> add_drift(const Study& study, const RunInfo& run, const DecideOptions& options,
                       const ReviewKind& kind, const std::vector<std::size_t>& voters,
                       const std::optional<HarmUnit>& unit, const MetricData& data,
                       const MetricData* baseline, DecideOutput& output) {
  if (options.drift_from == output.split)
    return usage_error("that is the split that is shown", "--drift-from", "name another one");
  TRY(choose_split(study, run, options.drift_from, "--drift-from"));
  const auto source = kind.open(study, run, options.drift_from);
  TRY(source);
  if ((*source)->votes() == nullptr)
    return usage_error("only decisions on classes have a drift", "--drift-from", "leave it out");
  const auto before = figures_on(**source, output.policy, voters, unit);
  TRY(before);
  const auto there = bootstrap(*before, nullptr);
  TRY(there);
  // --intervals has resampled them already.
  const auto here = output.intervals.empty()
                        ? bootstrap(data, baseline)
                        : Result<std::vector<ResampledFigure>>(output.intervals);
  TRY(here);
  output.drift_from = options.drift_from;
  output.drift = fixed_drifts(*before, *there, data, *here);
  return {};
}

}  // namespace plumbline

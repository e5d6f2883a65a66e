#pragma once
#include <optional>
#include <vector>

#include "app/engine/commands/decide_selection.h"
#include "core/review/review_kind.h"

namespace plumbline {

/// Intervals of what is shown, paired with the baseline on the same samples, and the drift from
/// where it was chosen.
Result<void> add_intervals(const MetricData& data, const MetricData* baseline,
                           const MetricData* selected, DecideOutput& output);

/// What became of each figure between the split of --drift-from, where the same policy decides, and
/// the one that is shown. There parameters are chosen, so that nothing is under a condition.
/// `baseline`: as add_intervals has it. Errors (usage): no other split; no classes.
Result<void> add_drift(const Study& study, const RunInfo& run, const DecideOptions& options,
                       const ReviewKind& kind, const std::vector<std::size_t>& voters,
                       const std::optional<HarmUnit>& unit, const MetricData& data,
                       const MetricData* baseline, DecideOutput& output);

}  // namespace plumbline

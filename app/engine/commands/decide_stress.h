#pragma once
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/metrics/metric_table.h"
#include "core/stress/damage.h"
#include "core/stress/severity_curve.h"
#include "core/study/study.h"

namespace plumbline {

/// `--conditions all | LIST`: those of the run. Errors (usage): one that the run does not have.
Result<std::vector<View>> choose_conditions(const RunInfo& run, const std::string& wanted);

/// A list with an object a condition: family, condition, severity, complete, figures of the policy,
/// those of the baseline. The run as it is comes first, without a family.
nlohmann::ordered_json json_of(const std::vector<SeverityCurve>& curves);

/// A line a condition: accuracy, coverage, undetected, caught of the wrong ones, selective risk;
/// the baseline's beside.
void print_curves(const std::vector<SeverityCurve>& curves);

/// Voters as they were said to be damaged.
struct DamagedFigures {
  std::vector<std::string> damages;  ///< in words
  std::vector<std::int64_t> hit;     ///< samples, of each
  MetricData data, baseline;         ///< of the policy and of `mcp` at its default, without cost
};

/// The policy on a split of which voters are damaged. Errors (usage): a voter that the policy does
/// not have; those of parse_damage.
Result<DamagedFigures> damaged_figures(const Study& study, const RunInfo& run,
                                       const std::string& split, const BoundPolicy& policy,
                                       std::span<const std::size_t> voters,
                                       std::span<const std::string> damages);

}  // namespace plumbline

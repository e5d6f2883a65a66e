#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/engine/commands/decide_output.h"
#include "core/decision/bound_policy.h"
#include "core/metrics/metric_table.h"
#include "core/review/review_kind.h"
#include "core/selection/harm.h"
#include "core/study/study.h"

namespace plumbline {

/// What the command line says.
struct DecideOptions {
  std::string study, run, policy, decision, split, voters, select_on, rule, fit_on, certify, save;
  std::string condition, conditions, drift_from;
  std::string sample;            ///< by name or number; empty: none is asked for
  std::string cost = "latency";  ///< or "energy": what a rule's cost and the order of stages count
  std::string costs;             ///< a file or "plain"; empty: harm is not counted
  std::vector<std::string> changed_costs;        ///< "TRUE>DECIDED=COST", of --costs
  double reject_cost = HarmCosts::usual_reject;  ///< of one rejection
  bool says_reject_cost = false;                 ///< else `reject_cost` is the default
  bool front = false, subsets = false, confusion = false, reliability = false, stages = false;
  std::vector<std::string> damages;
  bool json = false, intervals = false, replace = false;
};

/// What the figures of a policy by some of the run's voters are made of, with the harm where there
/// is a unit of it. Requires predictions of classes; without costs in time and energy.
Result<MetricData> figures_on(const ReviewSource& source, const BoundPolicy& policy,
                              const std::vector<std::size_t>& voters,
                              const std::optional<HarmUnit>& unit);

/// Binds the policy: what is fitted is fitted on the split that is named, or the one that selects.
Result<BoundPolicy> bind_policy(const Study& study, const RunInfo& run, Policy policy,
                                const std::vector<std::size_t>& voters,
                                const DecideOptions& options);

/// Chooses the threshold on the split that selects, by rule or by certificate, and notes it.
/// Returns what the figures there are made of. `unit`: of harm, where it is counted.
Result<MetricData> select_setting(const Study& study, const RunInfo& run,
                                  const std::vector<std::size_t>& voters,
                                  const DecideOptions& options, const std::optional<HarmUnit>& unit,
                                  DecideOutput& output);

/// Where predictions are boxes: chooses the threshold by false detections an image on the split
/// that selects, and notes it. Returns what the figures there are made of.
Result<MetricData> select_box_setting(const Study& study, const RunInfo& run,
                                      const std::vector<std::size_t>& voters,
                                      const DecideOptions& options, DecideOutput& output);

/// The costs that --costs and --cost-of name, in the order of the run's classes, and that of a
/// rejection; nothing without --costs.
Result<std::optional<HarmCosts>> read_harm_costs(const Study& study, const RunInfo& run,
                                                 const DecideOptions& options);

/// The front of kept against undetected on a split, or against harm where there is a unit of it.
Result<std::vector<DecisionFrontPoint>> decision_front(const Study& study, const RunInfo& run,
                                                       const std::string& split,
                                                       const BoundPolicy& policy,
                                                       const std::vector<std::size_t>& voters,
                                                       const std::optional<HarmUnit>& unit);

}  // namespace plumbline

#include "app/engine/commands/decide_selection.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/decision/policy_cost.h"
#include "core/decision/policy_energy.h"
#include "core/decision/threshold_parameter.h"
#include "core/review/box_review.h"
#include "core/review/figures.h"
#include "core/selection/box_rule.h"
#include "core/selection/choose_setting.h"
#include "core/study/decide_run.h"
#include "core/study/run_dataset.h"
#include "core/study/run_energies.h"
#include "core/study/split_decider.h"

namespace plumbline {

namespace {

/// What a split has to do with a decision: its votes, and decisions asked for again and again.
/// Errors of reading are kept, since whoever counts cannot hand them on.
struct CountedSplit {
  SplitDecider decider;
  std::optional<Error> error = std::nullopt;

  CountVerdicts counter() {
    return [this](const BoundPolicy& policy) {
      auto decisions = decider.decide(policy);
      if (decisions) return decisions->counts;
      error = decisions.error();
      return VerdictCounts();
    };
  }

  DecideSetting deciding() {
    return [this](const BoundPolicy& policy) -> const Decisions& {
      auto decisions = decider.decide(policy);
      if (decisions)
        last = std::move(*decisions);
      else
        error = decisions.error();
      return last;
    };
  }
  Decisions last = {};
};

/// What one detector gives alone: its own boxes, once more suppressed.
constexpr std::string_view box_baseline = "nms";

/// By voter what a rule's cost and the order of stages count. Errors: energy was not measured.
Result<VoterTimes> counted_costs(const Study& study, const RunInfo& run, const std::string& split,
                                 const std::vector<std::size_t>& voters,
                                 const DecideOptions& options) {
  if (options.cost != "energy") return comparable_times(study, run, split, voters);
  auto energies = known_energies(study, run, voters);
  if (!energies.missing.empty())
    return bad_input(energies.missing, "--cost energy",
                     "measure with run --energy, or leave it out to count latency");
  return VoterTimes{.latency_ms = std::move(energies.joules)};
}

bool is_about_harm(std::string_view certify) {
  return certify.starts_with("harm=") || certify.find(",harm=") != certify.npos;
}

}  // namespace

/// Binds the policy: what is fitted is fitted on the split that is named, or the one that selects.
Result<MetricData> figures_on(const ReviewSource& source, const BoundPolicy& policy,
                              const std::vector<std::size_t>& voters,
                              const std::optional<HarmUnit>& unit) {
  const auto decided = source.decide(policy, voters);
  TRY(decided);
  MetricData data = (*decided)->figures;
  if (unit)
    data.columns.push_back(
        harm_column(*unit, source.votes()->table().labels, (*decided)->decisions));
  return data;
}

Result<BoundPolicy> bind_policy(const Study& study, const RunInfo& run, Policy policy,
                                const std::vector<std::size_t>& voters,
                                const DecideOptions& options) {
  const std::string& named = options.fit_on.empty() ? options.select_on : options.fit_on;
  const auto own = dataset_of_run(study, run);
  TRY(own);
  BindData data;
  data.classes = own->classes;
  if (named.empty()) return bind(std::move(policy), data);
  const auto split =
      choose_split(study, run, named, options.fit_on.empty() ? "--select-on" : "--fit-on");
  TRY(split);
  const auto decider = SplitDecider::open(study, run, *split, voters);
  TRY(decider);
  const auto costs = counted_costs(study, run, *split, voters, options);
  TRY(costs);
  const FitData fit = decider->fit_data();
  data.fit = &fit;
  data.latency_ms = costs->latency_ms;
  return bind(std::move(policy), data);
}

/// Chooses the threshold on the split that selects, by rule or by certificate, and notes it.
Result<MetricData> select_setting(const Study& study, const RunInfo& run,
                                  const std::vector<std::size_t>& voters,
                                  const DecideOptions& options, const std::optional<HarmUnit>& unit,
                                  DecideOutput& output) {
  const auto split = choose_split(study, run, options.select_on, "--select-on");
  TRY(split);
  auto decider = SplitDecider::open(study, run, *split, voters);
  TRY(decider);
  CountedSplit counted{std::move(*decider)};
  const VoteTable& votes = counted.decider.votes();
  const auto decided = counted.decider.decide(output.policy);
  TRY(decided);
  const auto times = comparable_times(study, run, *split, voters);
  TRY(times);
  const auto costs = counted_costs(study, run, *split, voters, options);
  TRY(costs);
  output.selected_on = *split;
  const bool certifies_harm = is_about_harm(options.certify);
  const auto harm_rule = parse_harm_rule(options.rule);
  TRY(harm_rule);
  const bool chooses_by_harm = harm_rule->has_value();
  if (!unit && (certifies_harm || chooses_by_harm))
    return usage_error("no costs are given in which to count harm", "--costs",
                       "name a cost matrix (export --what costs writes one)");
  if (certifies_harm) {
    const auto target = parse_harm_target(options.certify);
    TRY(target);
    auto certificate =
        certify_harm(*unit, output.policy, *target, *split, votes.labels, counted.deciding());
    TRY(certificate);
    if (certificate->policy) output.policy = *certificate->policy;
    output.harm_certificate = std::move(*certificate);
  } else if (!options.certify.empty()) {
    const auto target = parse_risk_target(options.certify);
    TRY(target);
    auto certificate = certify(output.policy, *target, *split, counted.counter());
    TRY(certificate);
    if (certificate->policy) output.policy = *certificate->policy;
    output.certificate = std::move(*certificate);
  }
  const bool is_promised = (output.certificate && output.certificate->policy) ||
                           (output.harm_certificate && output.harm_certificate->policy);
  if (chooses_by_harm && !is_promised) {
    const auto front = harm_front(*unit, output.policy, votes.labels, counted.deciding());
    const auto best = choose_by_harm(front, **harm_rule);
    if (!best)
      return front.empty()
                 ? bad_input("no setting has a verdict", "--rule")
                 : bad_input(fmt::format("no setting has a mean harm of at most {} on '{}'; the "
                                         "least is {:.4g}",
                                         *(*harm_rule)->most_harm, *split, front.front().harm),
                             "--rule");
    output.policy = at_point(output.policy, best->value, best->counted);
    output.rule = to_string(**harm_rule);
  } else if (!chooses_by_harm && (options.certify.empty() || !options.rule.empty())) {
    const auto rule = parse_selection_rule(options.rule.empty() ? "kept>=baseline" : options.rule);
    TRY(rule);
    // A promise that was given stands; a rule chooses where there is none.
    if (!is_promised) {
      auto chosen = choose_setting(output.policy, *rule, *split, votes, *decided, counted.counter(),
                                   cost_of(output.policy, votes, *costs).ratio);
      TRY(chosen);
      output.policy = std::move(*chosen);
      output.rule = to_string(*rule);
      // Kept with the decision: whoever reads it takes a cost for one of latency.
      if (rule->most_cost && options.cost == "energy") output.rule += " of energy";
    }
  }
  if (counted.error) return tl::unexpected(*counted.error);
  auto there = counted.decider.decide(output.policy);
  TRY(there);
  counted.decider.add_losses(output.policy, *there);
  MetricData data =
      metric_data(output.policy, *there, votes, cost_of(output.policy, votes, *times));
  KnownEnergies energies = known_energies(study, run, voters);
  set_energy(data, energy_of(output.policy, votes, energies.joules), std::move(energies.missing));
  if (unit) data.columns.push_back(harm_column(*unit, votes.labels, *there));
  return data;
}

Result<MetricData> select_box_setting(const Study& study, const RunInfo& run,
                                      const std::vector<std::size_t>& voters,
                                      const DecideOptions& options, DecideOutput& output) {
  if (options.cost != "latency")
    return usage_error("the price of boxes is false detections, not a cost", "--cost",
                       "leave it out");
  if (!options.certify.empty())
    return usage_error("a risk of boxes cannot be promised", "--certify",
                       "choose by --rule 'false<=X'");
  const auto rule = parse_box_rule(options.rule.empty() ? "false<=baseline" : options.rule);
  TRY(rule);
  const auto split = choose_split(study, run, options.select_on, "--select-on");
  TRY(split);
  const auto source = open_review(study, run, *split);
  TRY(source);
  const auto images = study.sample_count(run.dataset, *split);
  TRY(images);
  const auto decided = (*source)->decide(output.policy, voters);
  TRY(decided);
  auto allowed = allowed_false_detections(*rule, *images);
  if (!rule->false_per_image) {
    // What is false depends on the IoU from which an object is found: the same for both.
    auto alone =
        parse_policy(fmt::format("{}(overlap={})", box_baseline, (*decided)->boxes->overlap), 1);
    TRY(alone);
    const auto bound = bind(std::move(*alone));
    TRY(bound);
    const auto single = (*source)->decide(*bound, std::array{voters.front()});
    TRY(single);
    allowed = (*single)->boxes->false_detections;
  }
  const BoxSetting chosen = loosest_box_setting((*decided)->decisions, allowed);
  const auto threshold = threshold_parameter(output.policy);
  if (!threshold || chosen.score > threshold->maximum)
    return bad_input(fmt::format("every threshold gives more than {} false detections on {} images",
                                 allowed, *images),
                     *split, "allow more, or choose other voters");
  output.policy = with_threshold(output.policy, *threshold, chosen.score);
  output.selected_on = *split;
  output.rule = to_string(*rule);
  const auto there = (*source)->decide(output.policy, voters);
  TRY(there);
  return (*there)->figures;
}

namespace {

/// Of the data set's classes, in their order: of a file, or 1 for every error.
Result<CostMatrix> named_costs(const std::string& costs, const std::vector<std::string>& classes) {
  if (costs != "plain") {
    const auto matrix = load_cost_matrix(costs);
    TRY(matrix);
    return in_order_of(*matrix, classes, costs);
  }
  if (classes.empty() || classes.size() > most_cost_classes)
    return usage_error(fmt::format("costs are of 1 to {} classes, but the data set has {}",
                                   most_cost_classes, classes.size()),
                       "--costs");
  return plain_costs(classes);
}

}  // namespace

Result<std::optional<HarmCosts>> read_harm_costs(const Study& study, const RunInfo& run,
                                                 const DecideOptions& options) {
  if (options.costs.empty()) return std::optional<HarmCosts>();
  const auto own = dataset_of_run(study, run);
  TRY(own);
  auto named = named_costs(options.costs, own->classes);
  TRY(named);
  auto changed = with_changed_costs(std::move(*named), options.changed_costs, "--cost-of");
  TRY(changed);
  return std::optional(
      HarmCosts{std::make_shared<const CostMatrix>(std::move(*changed)), options.reject_cost});
}

Result<std::vector<DecisionFrontPoint>> decision_front(const Study& study, const RunInfo& run,
                                                       const std::string& split,
                                                       const BoundPolicy& policy,
                                                       const std::vector<std::size_t>& voters,
                                                       const std::optional<HarmUnit>& unit) {
  auto decider = SplitDecider::open(study, run, split, voters);
  TRY(decider);
  CountedSplit counted{std::move(*decider)};
  const VoteTable& votes = counted.decider.votes();
  std::vector<DecisionFrontPoint> front;
  if (unit) {
    for (const HarmPoint& point : harm_front(*unit, policy, votes.labels, counted.deciding()))
      front.push_back({to_string(at_point(policy, point.value, point.counted).policy), point.kept,
                       point.undetected, point.harm});
  } else {
    const auto decided = counted.decider.decide(policy);
    TRY(decided);
    for (const OperatingPoint& point : pareto_front(policy, votes, *decided, counted.counter()))
      front.push_back({to_string(at_point(policy, point.value, point.counted).policy), point.kept,
                       point.undetected, std::nullopt});
  }
  if (counted.error) return tl::unexpected(*counted.error);
  return front;
}

}  // namespace plumbline

#include "core/review/select_parameters.h"

#include <algorithm>

#include "core/decision/threshold_parameter.h"
#include "core/review/harm_of_run.h"

namespace plumbline {

namespace {

/// Whether parameters of a policy may be chosen on a split at all.
Result<void> check_selects(const OpenedRun& held, const BoundPolicy& policy) {
  if (held.votes == nullptr) return usage_error("parameters are selected for runs of classes only");
  const auto fitted = fitted_on(policy);
  if (std::ranges::find(fitted, held.split) != fitted.end())
    return usage_error(
        "the policy learned on '" + held.split + "', where its confidence is too high",
        held.info.name, "choose its parameters on a split that it has not seen");
  return {};
}

}  // namespace

Result<std::optional<SelectedParameters>> select_parameters(const OpenedRun& held,
                                                            std::span<const std::size_t> voters,
                                                            const BoundPolicy& policy,
                                                            SelectionRule rule) {
  TRY(check_selects(held, policy));
  const VoteTable votes = select_voters(held.votes->table(), voters);
  if (rule.kept_as_baseline) {
    rule.least_kept = static_cast<double>(baseline_kept(held.votes->table()));
    rule.kept_as_baseline = false;
  }
  const auto decided = held.source->decide(policy, voters);
  TRY(decided);
  const std::int64_t judged = (*decided)->decisions.counts.judged();
  std::optional<Error> broken;
  const CountVerdicts count = [&](const BoundPolicy& at) {
    const auto reviewed = held.source->decide(at, voters);
    if (reviewed) return (*reviewed)->decisions.counts;
    broken = reviewed.error();
    return VerdictCounts{};
  };
  RuleChoice choice(rule, judged);
  visit_operating_points(policy, votes, (*decided)->decisions, count,
                         [&](const OperatingPoint& point) { choice.add(point); });
  if (broken) return tl::unexpected(*broken);
  if (!choice.chosen()) return std::optional<SelectedParameters>();
  return SelectedParameters{at_point(policy, choice.chosen()->value, choice.chosen()->counted),
                            *choice.chosen(), judged};
}

Result<std::optional<SelectedParameters>> select_at_kept(const OpenedRun& run,
                                                         std::span<const std::size_t> voters,
                                                         const BoundPolicy& policy,
                                                         std::int64_t kept) {
  SelectionRule rule;
  rule.least_kept = static_cast<double>(kept);
  return select_parameters(run, voters, policy, rule);
}

Result<std::optional<SelectedParameters>> select_by_harm(const OpenedRun& held,
                                                         std::span<const std::size_t> voters,
                                                         const BoundPolicy& policy,
                                                         const HarmUnit& unit,
                                                         const HarmRule& rule) {
  TRY(check_selects(held, policy));
  const auto front = front_of_harm(held, voters, policy, unit);
  TRY(front);
  const auto chosen = choose_by_harm(front->points, rule);
  if (!chosen) return std::optional<SelectedParameters>();
  return SelectedParameters{at_point(policy, chosen->value, chosen->counted), *chosen,
                            front->judged, chosen->harm};
}

}  // namespace plumbline

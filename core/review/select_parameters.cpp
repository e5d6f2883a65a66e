#include "core/review/select_parameters.h"

#include <algorithm>

namespace plumbline {

Result<std::optional<SelectedParameters>> select_parameters(const OpenedRun& held,
                                                            std::span<const std::size_t> voters,
                                                            const BoundPolicy& policy,
                                                            SelectionRule rule) {
  if (held.votes == nullptr) return usage_error("parameters are selected for runs of classes only");
  const auto fitted = fitted_on(policy);
  if (std::ranges::find(fitted, held.split) != fitted.end())
    return usage_error(
        "the policy learned on '" + held.split + "', where its confidence says too much",
        held.info.name, "choose its parameters on a split that it has not seen");
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

}  // namespace plumbline

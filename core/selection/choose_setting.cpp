#include "core/selection/choose_setting.h"

#include <algorithm>

#include <fmt/format.h>

namespace plumbline {

Result<BoundPolicy> choose_setting(const BoundPolicy& policy, const SelectionRule& rule,
                                   const std::string& split, const VoteTable& votes,
                                   const Decisions& decided, const CountVerdicts& count,
                                   std::optional<double> cost) {
  SelectionRule resolved = rule;
  if (rule.kept_as_baseline)
    resolved.least_kept =
        std::max(rule.least_kept.value_or(0), static_cast<double>(baseline_kept(votes)));
  const std::int64_t judged = decided.counts.judged();
  RuleChoice choice(resolved, judged, cost);
  OperatingPoint most;
  std::optional<double> least_risk;
  visit_operating_points(policy, votes, decided, count, [&](const OperatingPoint& point) {
    choice.add(point);
    if (point.kept > most.kept) most = point;
    if (point.accepted() == 0) return;
    const double risk =
        static_cast<double>(point.undetected) / static_cast<double>(point.accepted());
    least_risk = std::min(least_risk.value_or(1), risk);
  });
  if (choice.chosen()) return at_point(policy, choice.chosen()->value, choice.chosen()->counted);
  return bad_input(
      fmt::format("no setting of '{}' satisfies {} on '{}'", policy.policy.kind().name,
                  to_string(resolved), split),
      "--rule",
      fmt::format("of {} samples at most {} can be kept, the least selective risk is {:.4f}{}",
                  judged, most.kept, least_risk.value_or(1),
                  resolved.most_cost
                      ? (cost ? fmt::format(", the cost {:.2f}", *cost) : ", the cost is not known")
                      : ""));
}

}  // namespace plumbline

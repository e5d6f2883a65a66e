#include "core/decision/policy_cost.h"

#include <algorithm>

namespace plumbline {

PolicyCost cost_of_shares(std::span<const double> shares, const VoterTimes& times) {
  PolicyCost cost;
  cost.asked = static_cast<std::size_t>(
      std::ranges::count_if(shares, [](double share) { return share != 0; }));
  cost.latency_ms = times.expected_ms(shares);
  if (cost.latency_ms && !times.latency_ms.empty() && times.latency_ms.front())
    cost.ratio = *cost.latency_ms / *times.latency_ms.front();
  return cost;
}

PolicyCost cost_of(const BoundPolicy& policy, std::span<const std::optional<double>> latency_ms) {
  return cost_of_shares(asked_shares(policy), {0, {latency_ms.begin(), latency_ms.end()}, {}});
}

PolicyCost cost_of(const BoundPolicy& policy, const VoteTable& votes, const VoterTimes& times) {
  return cost_of_shares(asked_shares(policy, votes), times);
}

}  // namespace plumbline

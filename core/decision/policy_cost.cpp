#include "core/decision/policy_cost.h"

namespace plumbline {

namespace {

PolicyCost cost_of_shares(const std::vector<double>& shares,
                          std::span<const std::optional<double>> latency_ms) {
  PolicyCost cost;
  std::optional<double> sum = 0;
  for (std::size_t v = 0; v < shares.size(); ++v) {
    if (shares[v] == 0) continue;
    ++cost.asked;
    if (const auto own = v < latency_ms.size() ? latency_ms[v] : std::nullopt; sum && own)
      *sum += shares[v] * *own;
    else
      sum = std::nullopt;
  }
  cost.latency_ms = sum;
  if (sum && !latency_ms.empty() && latency_ms.front()) cost.ratio = *sum / *latency_ms.front();
  return cost;
}

}  // namespace

PolicyCost cost_of(const BoundPolicy& policy, std::span<const std::optional<double>> latency_ms) {
  return cost_of_shares(asked_shares(policy), latency_ms);
}

PolicyCost cost_of(const BoundPolicy& policy, const VoteTable& votes,
                   std::span<const std::optional<double>> latency_ms) {
  return cost_of_shares(asked_shares(policy, votes), latency_ms);
}

}  // namespace plumbline

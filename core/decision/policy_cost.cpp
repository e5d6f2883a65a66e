#include "core/decision/policy_cost.h"

namespace plumbline {

PolicyCost cost_of(const BoundPolicy& policy, std::span<const std::optional<double>> latency_ms) {
  const std::vector<double> shares = asked_shares(policy);
  PolicyCost cost;
  std::optional<double> sum = 0;
  for (std::size_t v = 0; v < shares.size(); ++v) {
    if (shares[v] == 0) continue;
    ++cost.asked;
    if (sum && latency_ms[v])
      *sum += shares[v] * *latency_ms[v];
    else
      sum = std::nullopt;
  }
  cost.latency_ms = sum;
  if (sum && latency_ms.front()) cost.ratio = *sum / *latency_ms.front();
  return cost;
}

}  // namespace plumbline

#include "core/decision/policy_energy.h"

#include <vector>

namespace plumbline {

namespace {

PolicyEnergy energy_of_shares(const std::vector<double>& shares,
                              std::span<const std::optional<double>> joules) {
  double sum = 0;
  for (std::size_t v = 0; v < shares.size(); ++v) {
    if (shares[v] == 0) continue;
    if (v >= joules.size() || !joules[v]) return {};
    sum += shares[v] * *joules[v];
  }
  PolicyEnergy energy{sum, std::nullopt};
  if (!joules.empty() && joules.front() && *joules.front() > 0)
    energy.ratio = sum / *joules.front();
  return energy;
}

}  // namespace

PolicyEnergy energy_of(const BoundPolicy& policy, std::span<const std::optional<double>> joules) {
  return energy_of_shares(asked_shares(policy), joules);
}

PolicyEnergy energy_of(const BoundPolicy& policy, const VoteTable& votes,
                       std::span<const std::optional<double>> joules) {
  return energy_of_shares(asked_shares(policy, votes), joules);
}

}  // namespace plumbline

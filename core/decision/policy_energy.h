#pragma once
#include <optional>
#include <span>

#include "core/decision/bound_policy.h"

namespace plumbline {

/// What a policy draws for 1,000 samples, each voter for the share of samples for which it is
/// asked.
struct PolicyEnergy {
  std::optional<double> joules;  ///< nothing where one that is asked is not known
  std::optional<double> ratio;   ///< as a multiple of the first voter, the baseline
};

/// `joules`: by voter what it draws for 1,000 samples, all measured in one sitting; empty where
/// nothing was measured.
PolicyEnergy energy_of(const BoundPolicy& policy, std::span<const std::optional<double>> joules);

/// The same where who is asked depends on the samples: `votes` are those of the policy's voters.
PolicyEnergy energy_of(const BoundPolicy& policy, const VoteTable& votes,
                       std::span<const std::optional<double>> joules);

}  // namespace plumbline

#pragma once
#include <cstddef>
#include <optional>
#include <span>

#include "core/decision/bound_policy.h"
#include "core/decision/voter_times.h"

namespace plumbline {

/// What a policy costs with its voters one after another, each for the share of samples for which
/// it is asked (DOMAIN 1.6).
struct PolicyCost {
  std::size_t asked = 0;             ///< voters that are asked at all
  std::optional<double> latency_ms;  ///< of a batch; nothing where one that is asked is not known
  std::optional<double> ratio;       ///< as a multiple of the first voter, the baseline
};

/// `latency_ms`: by voter the time of one batch, where all are measured alike; empty where none
/// was.
PolicyCost cost_of(const BoundPolicy& policy, std::span<const std::optional<double>> latency_ms);

/// The same where who is asked depends on the samples: `votes` are those of the policy's voters. A
/// stage that a share of the batch reaches costs what that smaller batch takes, as far as other
/// sizes were measured.
PolicyCost cost_of(const BoundPolicy& policy, const VoteTable& votes, const VoterTimes& times);

/// Of voters that are asked for these shares of the samples, the baseline first among `times`.
PolicyCost cost_of_shares(std::span<const double> shares, const VoterTimes& times);

}  // namespace plumbline

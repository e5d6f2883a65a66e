#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/decision/bound_policy.h"

namespace plumbline {

/// How many voters of an order are asked about a sample before no other one can change the label or
/// the acceptance. Requires a policy that can be staged.
std::size_t voters_asked(const BoundPolicy& policy, const VoteTable& votes,
                         std::span<const std::size_t> order, std::size_t sample);

/// How a policy is asked voter by voter: whose `settled` says when enough are, and in which order.
/// Refers to the policy.
struct StageOrder {
  const BoundPolicy* policy = nullptr;
  std::vector<std::size_t> order;

  /// Whether the voters that were asked, in this order, settle label and acceptance.
  bool settled(std::span<const AskedVote> asked) const;
};

/// Nothing where a policy needs all of its voters at once. Of one that can be staged without having
/// an order its own: as its voters stand.
std::optional<StageOrder> stage_order(const BoundPolicy& policy);

/// One stage of a policy that asks its voters one after another.
struct Stage {
  std::size_t voter = 0;  ///< its place among the policy's voters
  double share = 0;       ///< of the judged samples that reach it, 0 to 1
};

/// The stages of a policy that has learned, or was given, an order of its voters, in that order;
/// `shares` are its asked_shares(). Empty for one that has no order.
std::vector<Stage> stages_of(const BoundPolicy& policy, std::span<const double> shares);

/// By voter the share of samples for which it is asked. Samples for which a voter has no output
/// are left out.
std::vector<double> staged_shares(const BoundPolicy& policy, const VoteTable& votes,
                                  std::span<const std::size_t> order);

/// The order with the least expected time (with the fewest voters, where times are not known).
/// Whether a verdict is settled depends on who was asked and not in which order, so that the best
/// order is a shortest path over the sets of voters: exact up to 8 of them; beyond, of each size
/// the 32 best sets are extended.
std::vector<std::size_t> cheapest_order(const BoundPolicy& policy, const VoteTable& votes,
                                        std::span<const std::optional<double>> latency_ms);

/// Whether votes among those with confidence ≥ `threshold` (all, without one), of which `least` for
/// one class accept, are settled as `PolicyKind::settled` has it: what counting policies share.
bool is_count_settled(std::span<const AskedVote> asked, std::size_t remaining,
                      std::optional<float> threshold, std::size_t least);

}  // namespace plumbline

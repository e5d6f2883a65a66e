#include <fmt/format.h>

#include "core/decision/bound_policy.h"
#include "core/decision/policies/counted_votes.h"
#include "core/decision/staging.h"

namespace plumbline {

namespace {

void count_unanimity(const BoundPolicy& /*policy*/, const PolicyBlock& block,
                     const PolicyOutput& out) {
  count_votes(block, std::nullopt, block.votes.voters.size(), out);
}

std::string explain_unanimity(const BoundPolicy& /*policy*/, const VoteTable& votes,
                              const DecidedSample& decided) {
  return fmt::format("{} of {} votes, needs all", votes_for_label(votes, decided),
                     votes.voters.size());
}

bool is_unanimous_settled(const BoundPolicy& policy, std::span<const AskedVote> asked,
                          std::size_t remaining) {
  return is_count_settled(asked, remaining, std::nullopt, policy.policy.voters());
}

}  // namespace

extern const PolicyKind unanimous_policy;
const PolicyKind unanimous_policy = {.name = "unanimous",
                                     .summary = "common class where all voters agree",
                                     .traits = {.can_be_staged = true},
                                     .score = count_unanimity,
                                     .explain = explain_unanimity,
                                     .settled = is_unanimous_settled};

}  // namespace plumbline

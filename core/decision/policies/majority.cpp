#include <fmt/format.h>

#include "core/decision/bound_policy.h"
#include "core/decision/policies/counted_votes.h"
#include "core/decision/staging.h"

namespace plumbline {

namespace {

std::size_t least_majority(const VoteTable& votes) { return votes.voters.size() / 2 + 1; }

void count_majority(const BoundPolicy& /*policy*/, const PolicyBlock& block,
                    const PolicyOutput& out) {
  count_votes(block, std::nullopt, least_majority(block.votes), out);
}

std::string explain_majority(const BoundPolicy& /*policy*/, const VoteTable& votes,
                             const DecidedSample& decided) {
  return fmt::format("{} of {} votes, needs {}", votes_for_label(votes, decided),
                     votes.voters.size(), least_majority(votes));
}

bool is_majority_settled(const BoundPolicy& policy, std::span<const AskedVote> asked,
                         std::size_t remaining) {
  return is_count_settled(asked, remaining, std::nullopt, policy.policy.voters() / 2 + 1);
}

}  // namespace

extern const PolicyKind majority_policy;
const PolicyKind majority_policy = {
    .name = "majority",
    .summary = "most voted class where more than half of the voters agree",
    .traits = {.can_be_staged = true},
    .score = count_majority,
    .explain = explain_majority,
    .settled = is_majority_settled};

}  // namespace plumbline

#include <fmt/format.h>

#include "core/decision/policies/counted_votes.h"
#include "core/decision/policies/parameters.h"
#include "core/decision/staging.h"

namespace plumbline {

namespace {

constexpr PolicyParameter polygraph_parameters[] = {
    {.name = "thr_conf",
     .meaning = "least confidence of a vote that counts",
     .use = ParameterUse::filters,
     .maximum = parameters::one,
     .default_value = parameters::seven_tenths},
    {.name = "thr_freq",
     .meaning = "least number of such votes for one class",
     .type = ParameterType::integer,
     .use = ParameterUse::accepts,
     .minimum = 1,
     .maximum = parameters::all,
     .default_value = parameters::more_than_half}};

void count_confident_votes(const BoundPolicy& policy, const PolicyBlock& block,
                           const PolicyOutput& out) {
  count_votes(block, static_cast<float>(policy.policy.number(0)),
              static_cast<std::size_t>(policy.policy.number(1)), out);
}

/// Every distinct confidence × every least number of votes.
void sweep_confident_votes(const VoteSweep& sweep, VoteSweep::Mask voters, VoteSweep::State& memory,
                           const PointVisitor& visitor) {
  sweep.visit(voters, memory, visitor);
}

std::string explain_confident_votes(const BoundPolicy& policy, const VoteTable& votes,
                                    const DecidedSample& decided) {
  const double confidence = policy.policy.number(0);
  return fmt::format("{} of {} votes ≥ {}, needs {}", votes_for_label(votes, decided, confidence),
                     votes.voters.size(), value_text(confidence, false),
                     value_text(policy.policy.number(1), true));
}

bool is_polygraph_settled(const BoundPolicy& policy, std::span<const AskedVote> asked,
                          std::size_t remaining) {
  return is_count_settled(asked, remaining, static_cast<float>(policy.policy.number(0)),
                          static_cast<std::size_t>(policy.policy.number(1)));
}

}  // namespace

extern const PolicyKind polygraph_policy;
const PolicyKind polygraph_policy = {
    .name = "polygraph",
    .summary = "most voted class among confident votes where there are enough of them",
    .parameters = polygraph_parameters,
    .traits = {.can_be_staged = true},
    .score = count_confident_votes,
    .explain = explain_confident_votes,
    .sweep = sweep_confident_votes,
    .settled = is_polygraph_settled};

}  // namespace plumbline

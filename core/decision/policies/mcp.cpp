#include <algorithm>

#include "core/decision/policies/distribution_rows.h"
#include "core/decision/policies/parameters.h"

namespace plumbline {

namespace {

void take_first_voter(const BoundPolicy& /*policy*/, const PolicyBlock& block,
                      const PolicyOutput& out) {
  const VoterVotes& first = block.votes.voters.front();
  const std::size_t n = block.end - block.begin;
  std::ranges::copy(first.predicted.subspan(block.begin, n), out.label.data() + block.begin);
  if (first.given.empty())
    std::ranges::copy(first.confidence.subspan(block.begin, n), out.score.data() + block.begin);
  else
    std::ranges::copy(first.given.subspan(block.begin, n), out.score.data() + block.begin);
  std::ranges::fill(out.tie.subspan(block.begin, n), std::uint8_t{0});
  const DistributionBlock& distributions = block.distributions;
  if (distributions.probabilities.empty()) return;
  const double* row = distributions.probabilities.front();
  for (std::size_t i = block.begin; i < block.end; ++i, row += distributions.classes)
    write_losses({row, distributions.classes}, block, i, out);
}

bool is_first_asked(const BoundPolicy& /*policy*/, std::span<const AskedVote> asked,
                    std::size_t /*remaining*/) {
  return std::ranges::any_of(asked, [](const AskedVote& vote) { return vote.voter == 0; });
}

}  // namespace

extern const PolicyKind mcp_policy;
const PolicyKind mcp_policy = {
    .name = "mcp",
    .summary = "the first voter's class where its confidence is at least t: the baseline",
    .parameters = parameters::confidence_threshold,
    .traits = {.can_be_staged = true,
               .score_is_probability = true,
               .asks_first_only = true,
               .has_distribution = true,
               .has_first_distribution = true},
    .score = take_first_voter,
    .least_score = parameters::least_confidence,
    .settled = is_first_asked};

}  // namespace plumbline

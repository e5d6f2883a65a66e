#include <algorithm>
#include <array>

#include "core/decision/policies/parameters.h"
#include "core/decision/vote_counting.h"
#include "kernels/vectorised.h"

namespace plumbline {

namespace {

/// Votes of one block; classes are as wide as confidences, so that the loop becomes vectors.
struct SurestVotes {
  std::array<std::int32_t, vote_block> label;
  std::array<float, vote_block> confidence;
};

/// Where a vote is surer than what there is, or as sure and of a lower class, it takes the place.
/// A confidence that is not a number counts as 0; a voter without an output has no vote.
PLUMBLINE_VECTORISED void take_surer_votes(const ClassIndex* predicted, const float* confidence,
                                           std::size_t n, SurestVotes& surest) {
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t vote = predicted[i];
    const float sure = confidence[i] > 0 ? confidence[i] : 0;
    const float counted = vote == no_class ? -1 : sure;
    const bool better = (counted > surest.confidence[i]) |
                        ((counted == surest.confidence[i]) & (vote < surest.label[i]));
    surest.label[i] = better ? vote : surest.label[i];
    surest.confidence[i] = better ? counted : surest.confidence[i];
  }
}

PLUMBLINE_VECTORISED void write_votes(const SurestVotes& surest, std::size_t n, ClassIndex* label,
                                      double* score) {
  for (std::size_t i = 0; i < n; ++i) {
    label[i] = static_cast<ClassIndex>(surest.label[i]);
    score[i] = static_cast<double>(surest.confidence[i] > 0 ? surest.confidence[i] : 0);
  }
}

/// A score that is not yet of a given confidence stands for none.
double given_before(double score, float rounded) {
  return score == static_cast<double>(rounded) ? 0 : score;
}

/// The class with the greatest probability of all voters is the one that the surest voter votes
/// for, so that votes are enough.
void take_surest_voter(const BoundPolicy& /*policy*/, const PolicyBlock& block,
                       const PolicyOutput& out) {
  SurestVotes surest;
  for (std::size_t first = block.begin; first < block.end; first += vote_block) {
    const std::size_t n = std::min(vote_block, block.end - first);
    surest.label.fill(no_class);
    surest.confidence.fill(-1);
    for (const VoterVotes& voter : block.votes.voters)
      take_surer_votes(voter.predicted.data() + first, voter.confidence.data() + first, n, surest);
    write_votes(surest, n, out.label.data() + first, out.score.data() + first);
    for (const VoterVotes& voter : block.votes.voters) {
      if (voter.given.empty()) continue;
      // Among voters that float32 cannot tell apart the greatest stands.
      for (std::size_t i = first; i < first + n; ++i)
        if (voter.predicted[i] == out.label[i] &&
            voter.confidence[i] == surest.confidence[i - first])
          out.score[i] = std::max(voter.given[i], given_before(out.score[i], voter.confidence[i]));
    }
  }
  std::ranges::fill(out.tie.subspan(block.begin, block.end - block.begin), std::uint8_t{0});
}

}  // namespace

extern const PolicyKind max_policy;
const PolicyKind max_policy = {
    .name = "max",
    .summary = "the most confident voter's class where its confidence is at least t",
    .parameters = parameters::confidence_threshold,
    .score = take_surest_voter,
    .least_score = parameters::least_confidence};

}  // namespace plumbline

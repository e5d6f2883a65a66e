#include "core/decision/policies/counted_votes.h"

#include <algorithm>

#include "core/decision/vote_counting.h"
#include "kernels/vectorised.h"

namespace plumbline {

namespace {

/// Label, score (votes + their mean confidence) and whether `least` votes accept.
PLUMBLINE_VECTORISED void store(const ClassIndex* label, const std::uint16_t* votes,
                                const std::uint16_t* tie, const double* confidence,
                                std::uint16_t least, std::size_t n, ClassIndex* out_label,
                                double* out_score, std::uint8_t* out_accept,
                                std::uint8_t* out_tie) {
  for (std::size_t i = 0; i < n; ++i) {
    const double count = votes[i], divisor = votes[i] > 0 ? count : 1;
    const double score = count + confidence[i] / divisor;
    out_score[i] = votes[i] > 0 ? score : 0;
  }
  for (std::size_t i = 0; i < n; ++i) {
    out_label[i] = label[i];
    out_accept[i] = votes[i] >= least ? 1 : 0;
    out_tie[i] = static_cast<std::uint8_t>(tie[i]);
  }
}

}  // namespace

void count_votes(const PolicyBlock& block, std::optional<float> threshold, std::size_t least,
                 const PolicyOutput& out) {
  const VoteTable& votes = block.votes;
  VoteCounter counter(votes.voters.size());
  VoteCount count;
  for (std::size_t first = block.begin; first < block.end; first += vote_block) {
    const std::size_t n = std::min(vote_block, block.end - first);
    counter.count(votes, threshold, first, n, count);
    if (threshold) counter.fill_without_threshold(votes, first, n, count);
    store(count.label.data(), count.votes.data(), count.tie.data(), count.confidence.data(),
          static_cast<std::uint16_t>(std::min<std::size_t>(least, 0xFFFF)), n,
          out.label.data() + first, out.score.data() + first, out.accept.data() + first,
          out.tie.data() + first);
  }
}

std::size_t votes_for_label(const VoteTable& votes, const DecidedSample& decided,
                            double threshold) {
  return static_cast<std::size_t>(std::ranges::count_if(votes.voters, [&](const VoterVotes& v) {
    return v.predicted[decided.sample] == decided.label &&
           v.confidence[decided.sample] >= static_cast<float>(threshold);
  }));
}

}  // namespace plumbline

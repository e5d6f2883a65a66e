#include "core/decision/policies_on_votes.h"

#include <algorithm>
#include <optional>

#include "core/decision/vote_counting.h"
#include "kernels/vectorised.h"

namespace plumbline {

namespace {

/// Label, score (votes + their mean confidence) and whether `least` votes accept.
PLUMBLINE_VECTORISED void store(const ClassIndex* label, const std::uint16_t* votes,
                                const std::uint16_t* tie, const double* confidence,
                                std::uint16_t least, std::size_t n, ClassIndex* out_label,
                                float* out_score, std::uint8_t* out_accept, std::uint8_t* out_tie) {
  for (std::size_t i = 0; i < n; ++i) {
    const double count = votes[i], divisor = votes[i] > 0 ? count : 1;
    const double score = count + confidence[i] / divisor;
    out_score[i] = static_cast<float>(votes[i] > 0 ? score : 0);
  }
  for (std::size_t i = 0; i < n; ++i) {
    out_label[i] = label[i];
    out_accept[i] = votes[i] >= least ? 1 : 0;
    out_tie[i] = static_cast<std::uint8_t>(tie[i]);
  }
}

/// A vote among those with confidence ≥ threshold, of all where none has or no threshold is given.
/// `least` votes accept.
void vote_with_least(const VoteTable& votes, std::optional<float> threshold, std::size_t least,
                     std::size_t begin, std::size_t end, const PolicyOutput& out) {
  VoteCounter counter(votes.voters.size());
  VoteCount count;
  for (std::size_t first = begin; first < end; first += vote_block) {
    const std::size_t n = std::min(vote_block, end - first);
    counter.count(votes, threshold, first, n, count);
    if (threshold) counter.fill_without_threshold(votes, first, n, count);
    store(count.label.data(), count.votes.data(), count.tie.data(), count.confidence.data(),
          static_cast<std::uint16_t>(std::min<std::size_t>(least, 0xFFFF)), n,
          out.label.data() + first, out.score.data() + first, out.accept.data() + first,
          out.tie.data() + first);
  }
}

PLUMBLINE_VECTORISED void accept_from(const float* confidence, float threshold, std::size_t n,
                                      std::uint8_t* accept) {
  for (std::size_t i = 0; i < n; ++i) accept[i] = confidence[i] >= threshold ? 1 : 0;
}

}  // namespace

void vote_mcp(const VoteTable& votes, std::span<const double> values, std::size_t begin,
              std::size_t end, const PolicyOutput& out) {
  const VoterVotes& baseline = votes.voters.front();
  const std::size_t n = end - begin;
  std::ranges::copy(baseline.predicted.subspan(begin, n), out.label.data() + begin);
  std::ranges::copy(baseline.confidence.subspan(begin, n), out.score.data() + begin);
  std::ranges::fill(out.tie.subspan(begin, n), std::uint8_t{0});
  accept_from(baseline.confidence.data() + begin, static_cast<float>(values[0]), n,
              out.accept.data() + begin);
}

void vote_majority(const VoteTable& votes, std::span<const double> /*values*/, std::size_t begin,
                   std::size_t end, const PolicyOutput& out) {
  vote_with_least(votes, std::nullopt, votes.voters.size() / 2 + 1, begin, end, out);
}

void vote_unanimous(const VoteTable& votes, std::span<const double> /*values*/, std::size_t begin,
                    std::size_t end, const PolicyOutput& out) {
  vote_with_least(votes, std::nullopt, votes.voters.size(), begin, end, out);
}

void vote_polygraph(const VoteTable& votes, std::span<const double> values, std::size_t begin,
                    std::size_t end, const PolicyOutput& out) {
  vote_with_least(votes, static_cast<float>(values[0]), static_cast<std::size_t>(values[1]), begin,
                  end, out);
}

}  // namespace plumbline

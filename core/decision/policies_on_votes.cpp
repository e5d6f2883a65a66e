#include "core/decision/policies_on_votes.h"

#include <algorithm>

#include "core/decision/vectorised.h"
#include "core/decision/vote_counting.h"

namespace plumbline {

namespace {

/// Where sample `begin` of the output's columns lies.
struct OutputBlock {
  ClassIndex* label;
  float* score;
  std::uint8_t* accept;
  std::uint8_t* tie;
};

OutputBlock block_at(const PolicyOutput& out, std::size_t begin) {
  return {out.label.data() + begin, out.score.data() + begin, out.accept.data() + begin,
          out.tie.data() + begin};
}

/// Label, score (votes + their mean confidence) and verdict where `least` votes accept.
PLUMBLINE_VECTORISED void store(const ClassIndex* label, const std::uint16_t* votes,
                                const std::uint16_t* tie, const double* confidence,
                                std::uint16_t least, std::size_t n, OutputBlock out) {
  for (std::size_t i = 0; i < n; ++i) {
    const double count = votes[i];
    out.label[i] = label[i];
    out.score[i] = static_cast<float>(votes[i] > 0 ? count + confidence[i] / count : 0.0);
    out.accept[i] = votes[i] >= least ? 1 : 0;
    out.tie[i] = tie[i] ? 1 : 0;
  }
}

void store(const VoteCount& count, std::size_t least, std::size_t n, const OutputBlock& out) {
  store(count.label.data(), count.votes.data(), count.tie.data(), count.confidence.data(),
        static_cast<std::uint16_t>(std::min<std::size_t>(least, 0xFFFF)), n, out);
}

template <class Body>
void for_each_block(std::size_t begin, std::size_t end, const Body& body) {
  for (; begin < end; begin += vote_block) body(begin, std::min(vote_block, end - begin));
}

void vote_with_least(const VoteTable& votes, std::size_t least, std::size_t begin, std::size_t end,
                     const PolicyOutput& out) {
  for_each_block(begin, end, [&](std::size_t first, std::size_t n) {
    VoteCount count;
    count_votes(votes, std::nullopt, first, n, count);
    store(count, least, n, block_at(out, first));
  });
}

PLUMBLINE_VECTORISED void accept_from(const float* confidence, float threshold, std::size_t n,
                                      std::uint8_t* accept) {
  for (std::size_t i = 0; i < n; ++i) accept[i] = confidence[i] >= threshold ? 1 : 0;
}

}  // namespace

void vote_mcp(const VoteTable& votes, std::span<const double> values, std::size_t begin,
              std::size_t end, const PolicyOutput& out) {
  const VoterVotes& baseline = votes.voters.front();
  const auto size = static_cast<std::ptrdiff_t>(end - begin), first = static_cast<std::ptrdiff_t>(begin);
  std::copy_n(baseline.predicted.begin() + first, size, out.label.begin() + first);
  std::copy_n(baseline.confidence.begin() + first, size, out.score.begin() + first);
  std::fill_n(out.tie.begin() + first, size, std::uint8_t{0});
  accept_from(baseline.confidence.data() + begin, static_cast<float>(values[0]), end - begin,
              out.accept.data() + begin);
}

void vote_majority(const VoteTable& votes, std::span<const double> /*values*/, std::size_t begin,
                   std::size_t end, const PolicyOutput& out) {
  vote_with_least(votes, votes.voters.size() / 2 + 1, begin, end, out);
}

void vote_unanimous(const VoteTable& votes, std::span<const double> /*values*/, std::size_t begin,
                    std::size_t end, const PolicyOutput& out) {
  vote_with_least(votes, votes.voters.size(), begin, end, out);
}

void vote_polygraph(const VoteTable& votes, std::span<const double> values, std::size_t begin,
                    std::size_t end, const PolicyOutput& out) {
  const auto threshold = static_cast<float>(values[0]);
  const auto least = static_cast<std::size_t>(values[1]);
  for_each_block(begin, end, [&](std::size_t first, std::size_t n) {
    VoteCount count;
    count_votes(votes, threshold, first, n, count);
    const OutputBlock block = block_at(out, first);
    store(count, least, n, block);
    if (std::none_of(count.votes.begin(), count.votes.begin() + static_cast<std::ptrdiff_t>(n),
                     [](std::uint16_t votes_for) { return votes_for == 0; }))
      return;
    // Where no voter is confident the label is the majority's of all; it is never accepted.
    VoteCount all;
    count_votes(votes, std::nullopt, first, n, all);
    for (std::size_t i = 0; i < n; ++i)
      if (count.votes[i] == 0) {
        block.label[i] = all.label[i];
        block.tie[i] = all.tie[i] ? 1 : 0;
      }
  });
}

}  // namespace plumbline

#include "core/decision/vote_counting.h"

#include <algorithm>

#include "core/decision/vectorised.h"

namespace plumbline {

namespace {

/// For each sample the vote of most voters (the first one's of a tie), how many, and whether several
/// classes have as many.
///
/// counts[v][i] is 1 plus the later voters that agree with voter v: the whole count of a class at
/// its first voter and less at the others. So half of all pairs are compared, the greatest of these
/// is the greatest count, and its second appearance is another class's.
PLUMBLINE_VECTORISED void count_equal_votes(const ClassIndex* const* votes, std::size_t voters,
                                            std::size_t n, std::uint16_t* counts,
                                            ClassIndex* label, std::uint16_t* most,
                                            std::uint16_t* tie) {
  for (std::size_t i = 0; i < n; ++i) {
    label[i] = no_class;
    most[i] = 0;
    tie[i] = 0;
  }
  for (std::size_t v = 0; v < voters; ++v) {
    const ClassIndex* vote = votes[v];
    std::uint16_t* count = counts + v * vote_block;
    for (std::size_t i = 0; i < n; ++i) count[i] = 1;
    std::size_t u = v + 1;
    for (; u + 4 <= voters; u += 4) {
      const ClassIndex *a = votes[u], *b = votes[u + 1], *c = votes[u + 2], *d = votes[u + 3];
      for (std::size_t i = 0; i < n; ++i)
        count[i] = static_cast<std::uint16_t>(count[i] + (a[i] == vote[i]) + (b[i] == vote[i]) +
                                              (c[i] == vote[i]) + (d[i] == vote[i]));
    }
    for (; u < voters; ++u) {
      const ClassIndex* a = votes[u];
      for (std::size_t i = 0; i < n; ++i)
        count[i] = static_cast<std::uint16_t>(count[i] + (a[i] == vote[i]));
    }
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint16_t agreeing = vote[i] == no_class ? std::uint16_t{0} : count[i];
      const bool better = agreeing > most[i];
      const std::uint16_t equal = agreeing == most[i] && agreeing != 0 ? 1 : tie[i];
      count[i] = agreeing;
      tie[i] = better ? std::uint16_t{0} : equal;
      label[i] = better ? vote[i] : label[i];
      most[i] = better ? agreeing : most[i];
    }
  }
}

PLUMBLINE_VECTORISED void keep_confident(const ClassIndex* predicted, const float* confidence,
                                         float threshold, std::size_t n, ClassIndex* kept) {
  for (std::size_t i = 0; i < n; ++i)
    kept[i] = confidence[i] >= threshold ? predicted[i] : no_class;
}

/// In two loops and with classes as wide as confidences: so they become vectors.
PLUMBLINE_VECTORISED void sum_confidences(const ClassIndex* const* votes,
                                          const float* const* confidence, std::size_t voters,
                                          const ClassIndex* label, std::size_t n, double* sum) {
  std::array<float, vote_block> added;
  for (std::size_t i = 0; i < n; ++i) sum[i] = 0;
  for (std::size_t v = 0; v < voters; ++v) {
    const ClassIndex* vote = votes[v];
    const float* sure = confidence[v];
    for (std::size_t i = 0; i < n; ++i) {
      const std::int32_t distance = std::int32_t{vote[i]} - std::int32_t{label[i]};
      const float positive = sure[i] > 0 ? sure[i] : 0;
      added[i] = distance == 0 ? positive : 0;
    }
    for (std::size_t i = 0; i < n; ++i) sum[i] += static_cast<double>(added[i]);
  }
}

}  // namespace

VoteCounter::VoteCounter(std::size_t voters)
    : voters_(voters),
      copies_(std::make_unique_for_overwrite<std::uint16_t[]>(voters * vote_block)),
      counts_(std::make_unique_for_overwrite<std::uint16_t[]>(voters * vote_block)),
      votes_(voters),
      confidence_(voters) {}

void VoteCounter::take_columns(const VoteTable& votes, std::optional<float> threshold,
                               std::size_t begin, std::size_t n) {
  for (std::size_t v = 0; v < voters_; ++v) {
    const ClassIndex* predicted = votes.voters[v].predicted.data() + begin;
    confidence_[v] = votes.voters[v].confidence.data() + begin;
    votes_[v] = predicted;
    if (!threshold) continue;
    keep_confident(predicted, confidence_[v], *threshold, n, copies_.get() + v * vote_block);
    votes_[v] = copies_.get() + v * vote_block;
  }
}

/// Of the classes with `most` votes the one with the greatest sum of confidences, then the lowest.
ClassIndex VoteCounter::break_tie(std::uint16_t most, std::size_t i) const {
  double best = -1;
  ClassIndex label = no_class;
  for (std::size_t v = 0; v < voters_; ++v) {
    if (counts_[v * vote_block + i] != most) continue;
    const ClassIndex vote = votes_[v][i];
    double sum = 0;
    for (std::size_t u = v; u < voters_; ++u)
      if (votes_[u][i] == vote && confidence_[u][i] > 0) sum += static_cast<double>(confidence_[u][i]);
    if (sum > best || (sum == best && vote < label)) {
      best = sum;
      label = vote;
    }
  }
  return label;
}

void VoteCounter::count(const VoteTable& votes, std::optional<float> threshold, std::size_t begin,
                        std::size_t n, VoteCount& out) {
  take_columns(votes, threshold, begin, n);
  count_equal_votes(votes_.data(), voters_, n, counts_.get(), out.label.data(), out.votes.data(),
                    out.tie.data());
  for (std::size_t i = 0; i < n; ++i)
    if (out.tie[i]) out.label[i] = break_tie(out.votes[i], i);
  sum_confidences(votes_.data(), confidence_.data(), voters_, out.label.data(), n,
                  out.confidence.data());
}

void VoteCounter::fill_without_threshold(const VoteTable& votes, std::size_t begin, std::size_t n,
                                         VoteCount& out) {
  if (std::find(out.votes.data(), out.votes.data() + n, 0) == out.votes.data() + n) return;
  take_columns(votes, std::nullopt, begin, n);
  alignas(64) std::array<ClassIndex, vote_block> label;
  alignas(64) std::array<std::uint16_t, vote_block> most, tie;
  count_equal_votes(votes_.data(), voters_, n, counts_.get(), label.data(), most.data(),
                    tie.data());
  for (std::size_t i = 0; i < n; ++i) {
    if (out.votes[i] != 0) continue;
    out.label[i] = tie[i] ? break_tie(most[i], i) : label[i];
    out.tie[i] = tie[i];
    out.confidence[i] = 0;
  }
}

}  // namespace plumbline

#include "core/decision/vote_counting.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "kernels/vectorised.h"

namespace plumbline {

namespace {

/// The vector that every processor has in registers, some of which go through the counting loop at
/// once. Signed, since older processors order signed lanes only.
using Lanes = std::int16_t __attribute__((vector_size(16)));
constexpr std::size_t lanes = sizeof(Lanes) / sizeof(std::int16_t), vectors = 2;
constexpr std::size_t step = vectors * lanes;

static_assert(vote_block % step == 0);

std::size_t in_whole_steps(std::size_t n) { return (n + step - 1) / step * step; }

/// For samples [begin, end) of the block the vote of most voters (the first one's of a tie), how
/// many, and whether several classes have as many; sample `begin` comes first. All is read and
/// written in whole steps.
///
/// counts[v][i] is 1 plus the later voters that agree with voter v: the whole count of a class at
/// its first voter and less at the others. So half of all pairs are compared, the greatest of these
/// is the greatest count, and its second appearance is another class's.
PLUMBLINE_VECTORISED void count_equal_votes(const ClassIndex* const* votes, std::size_t voters,
                                            std::size_t begin, std::size_t end,
                                            std::uint16_t* counts, ClassIndex* label,
                                            std::uint16_t* most, std::uint16_t* tie) {
  static_assert(static_cast<std::int16_t>(no_class) == -1);
  const Lanes none = {};
  const Lanes one = none + std::int16_t{1};
  const Lanes abstention = none + std::int16_t{-1};
  for (std::size_t i = begin; i < end; i += step) {
    Lanes best[vectors], leader[vectors], tied[vectors];
    for (std::size_t k = 0; k < vectors; ++k) {
      best[k] = tied[k] = none;
      leader[k] = abstention;
    }
    for (std::size_t v = 0; v < voters; ++v) {
      Lanes vote[vectors], count[vectors];
      for (std::size_t k = 0; k < vectors; ++k) {
        std::memcpy(&vote[k], votes[v] + i + k * lanes, sizeof(Lanes));
        count[k] = one;
      }
      for (std::size_t u = v + 1; u < voters; ++u) {
        for (std::size_t k = 0; k < vectors; ++k) {
          Lanes other;
          std::memcpy(&other, votes[u] + i + k * lanes, sizeof other);
          count[k] -= vote[k] == other;  // true is −1
        }
      }
      for (std::size_t k = 0; k < vectors; ++k) {
        count[k] &= vote[k] != abstention;
        const Lanes better = count[k] > best[k];
        const Lanes equal = (count[k] == best[k]) & (count[k] > none);
        tied[k] = (tied[k] | equal) & ~better;
        leader[k] = (vote[k] & better) | (leader[k] & ~better);
        best[k] = (count[k] & better) | (best[k] & ~better);
        std::memcpy(counts + v * vote_block + i + k * lanes, &count[k], sizeof(Lanes));
      }
    }
    for (std::size_t k = 0; k < vectors; ++k) {
      tied[k] &= one;
      std::memcpy(label + (i - begin) + k * lanes, &leader[k], sizeof(Lanes));
      std::memcpy(most + (i - begin) + k * lanes, &best[k], sizeof(Lanes));
      std::memcpy(tie + (i - begin) + k * lanes, &tied[k], sizeof(Lanes));
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
      const float confident = sure[i] > 0 ? sure[i] : 0;
      added[i] = distance == 0 ? confident : 0;
    }
    for (std::size_t i = 0; i < n; ++i) sum[i] += static_cast<double>(added[i]);
  }
}

/// Asks for the next block of a column while this one is counted: with two columns a voter there
/// are more of them than the processor follows by itself.
template <class T>
void prefetch_block(std::span<const T> column, std::size_t begin) {
  constexpr std::size_t line = 64 / sizeof(T);
  const std::size_t end = std::min(begin + vote_block, column.size());
  for (; begin < end; begin += line) __builtin_prefetch(&column[begin], 0, 2);
}

}  // namespace

VoteCounter::VoteCounter(std::size_t voters)
    : voters_(voters),
      copies_(std::make_unique_for_overwrite<std::uint16_t[]>(voters * vote_block)),
      counts_(std::make_unique_for_overwrite<std::uint16_t[]>(voters * vote_block)),
      votes_(voters),
      confidence_(voters) {
  for (std::size_t v = 0; v < voters; ++v) votes_[v] = copies_.get() + v * vote_block;
}

void VoteCounter::take_columns(const VoteTable& votes, std::optional<float> threshold,
                               std::size_t begin, std::size_t n) {
  for (std::size_t v = 0; v < voters_; ++v) {
    const ClassIndex* predicted = votes.voters[v].predicted.data() + begin;
    confidence_[v] = votes.voters[v].confidence.data() + begin;
    prefetch_block(votes.voters[v].predicted, begin + vote_block);
    prefetch_block(votes.voters[v].confidence, begin + vote_block);
    // Copied also where nothing is left out: columns often lie whole pages apart, where the cache
    // cannot hold many of them at once.
    ClassIndex* copy = copies_.get() + v * vote_block;
    if (threshold)
      keep_confident(predicted, confidence_[v], *threshold, n, copy);
    else
      std::copy_n(predicted, n, copy);
    std::fill(copy + n, copy + in_whole_steps(n), no_class);
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
      if (votes_[u][i] == vote && confidence_[u][i] > 0)
        sum += static_cast<double>(confidence_[u][i]);
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
  count_equal_votes(votes_.data(), voters_, 0, n, counts_.get(), out.label.data(), out.votes.data(),
                    out.tie.data());
  for (std::size_t i = 0; i < n; ++i)
    if (out.tie[i]) out.label[i] = break_tie(out.votes[i], i);
  sum_confidences(votes_.data(), confidence_.data(), voters_, out.label.data(), n,
                  out.confidence.data());
  for (std::size_t v = 0; v < voters_; ++v) {
    const auto given = votes.voters[v].given;
    if (given.empty()) continue;
    // What float32 lost of this voter's confidence.
    for (std::size_t i = 0; i < n; ++i)
      if (votes_[v][i] == out.label[i] && confidence_[v][i] > 0)
        out.confidence[i] += given[begin + i] - static_cast<double>(confidence_[v][i]);
  }
}

void VoteCounter::fill_without_threshold(const VoteTable& votes, std::size_t begin, std::size_t n,
                                         VoteCount& out) {
  const auto all_have_votes = [&out](std::size_t first, std::size_t last) {
    const std::uint16_t *from = out.votes.data() + first, *end = out.votes.data() + last;
    return std::find(from, end, 0) == end;
  };
  if (all_have_votes(0, n)) return;
  take_columns(votes, std::nullopt, begin, n);
  // Few are without: only the steps that have one are counted.
  for (std::size_t first = 0; first < n; first += step) {
    const std::size_t last = std::min(first + step, n);
    if (all_have_votes(first, last)) continue;
    alignas(16) std::array<ClassIndex, step> label;
    alignas(16) std::array<std::uint16_t, step> most, tie;
    count_equal_votes(votes_.data(), voters_, first, last, counts_.get(), label.data(), most.data(),
                      tie.data());
    for (std::size_t i = first; i < last; ++i) {
      if (out.votes[i] != 0) continue;
      out.label[i] = tie[i - first] ? break_tie(most[i - first], i) : label[i - first];
      out.tie[i] = tie[i - first];
      out.confidence[i] = 0;
    }
  }
}

}  // namespace plumbline

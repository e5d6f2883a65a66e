#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/decision/votes.h"

namespace plumbline {

/// Samples that are counted at once: their columns stay in the fastest cache.
inline constexpr std::size_t vote_block = 256;

/// The class with most votes, for a block of samples. Entry i is sample `begin + i`; entries from n
/// up mean nothing.
struct VoteCount {
  alignas(64) std::array<ClassIndex, vote_block> label;  ///< no_class where no vote counts
  alignas(64) std::array<std::uint16_t, vote_block> votes;
  alignas(64) std::array<std::uint16_t, vote_block> tie;  ///< 1 where several classes had as many
  /// Sum of the confidences of the label's counted votes (NaN and negative ones as 0). In double
  /// the sum of maxima of softmax is exact, so that the order of voters does not matter.
  alignas(64) std::array<double, vote_block> confidence;
};

/// Counts votes block by block with the memory that this needs. Up to 32,767 voters; a voter
/// without an output casts no vote. Ties are broken by the sum of confidences, then by the lower
/// class (DOMAIN 1.3).
class VoteCounter {
 public:
  explicit VoteCounter(std::size_t voters);

  /// Samples [begin, begin + n), n ≤ vote_block. With a threshold only votes with confidence ≥
  /// threshold (compared in float32) count.
  void count(const VoteTable& votes, std::optional<float> threshold, std::size_t begin,
             std::size_t n, VoteCount& out);

  /// For samples of the block where `out.votes` is 0: label and tie of all votes. Votes and
  /// confidence stay 0.
  void fill_without_threshold(const VoteTable& votes, std::size_t begin, std::size_t n,
                              VoteCount& out);

 private:
  void take_columns(const VoteTable& votes, std::optional<float> threshold, std::size_t begin,
                    std::size_t n);
  ClassIndex break_tie(std::uint16_t most, std::size_t i) const;

  std::size_t voters_;
  std::unique_ptr<std::uint16_t[]>
      copies_;  ///< voters × vote_block: votes that count, no_class else
  std::unique_ptr<std::uint16_t[]> counts_;  ///< voters × vote_block: this and later equal votes
  std::vector<const ClassIndex*> votes_;     ///< per voter, in copies_
  std::vector<const float*> confidence_;     ///< per voter, in the table
};

}  // namespace plumbline

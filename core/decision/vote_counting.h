#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/decision/votes.h"

namespace plumbline {

/// Samples that are counted at once: their columns stay in the fastest cache.
inline constexpr std::size_t vote_block = 512;

/// The class with most votes, for a block of samples. Entry i is sample `begin + i`.
struct VoteCount {
  std::array<ClassIndex, vote_block> label;   ///< no_class where no vote counts
  std::array<std::uint16_t, vote_block> votes;
  std::array<std::uint16_t, vote_block> tie;  ///< 1 where several classes had as many
  /// Sum of the confidences of the label's counted votes. In double the sum of up to 64 float32
  /// confidences is exact, so that the order of voters does not matter.
  std::array<double, vote_block> confidence;
};

/// Counts the votes of samples [begin, begin + n), n ≤ vote_block. With a threshold only those with
/// confidence ≥ threshold (compared in float32) count. Ties are broken by the sum of confidences,
/// then by the lower class (DOMAIN 1.3).
void count_votes(const VoteTable& votes, std::optional<float> threshold, std::size_t begin,
                 std::size_t n, VoteCount& out);

}  // namespace plumbline

#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/decision/votes.h"

namespace plumbline {

/// What two voters have in common, over the samples that have a true class and an output of both.
struct VoterPair {
  std::int64_t samples = 0;
  std::int64_t both_right = 0, only_first = 0, only_second = 0;  ///< who is right
  std::int64_t same_class = 0;                                   ///< right or wrong

  std::int64_t both_wrong() const { return samples - both_right - only_first - only_second; }
  /// Share of the samples for which they name different classes (L. I. Kuncheva, C. J. Whitaker,
  /// 2003, for classes instead of errors); nothing without samples.
  std::optional<double> disagreement() const;
  /// Pearson's correlation of "is wrong" of the two, −1 to 1; nothing where one of them is never or
  /// always wrong.
  std::optional<double> error_correlation() const;
};

/// Every pair of voters of a table.
class VoterPairs {
 public:
  VoterPairs() = default;
  /// All cores; 16 voters × 100,000 samples take some 50 ms.
  explicit VoterPairs(const VoteTable& votes);

  std::size_t voters() const { return voters_; }
  /// The pair as (first, second), in either order; of a voter with itself too.
  VoterPair at(std::size_t first, std::size_t second) const;

 private:
  std::size_t voters_ = 0;
  std::vector<VoterPair> pairs_;  ///< first ≤ second, row by row of the whole square
};

}  // namespace plumbline

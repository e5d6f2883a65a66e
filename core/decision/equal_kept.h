#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "core/decision/votes.h"

namespace plumbline {

/// One voter's confidence as a policy, at the threshold where it keeps as many as something else.
struct EqualKept {
  float threshold = std::numeric_limits<float>::infinity();  ///< accepted is what is not below
  std::int64_t kept = 0, undetected = 0;
};

/// Answers, for one voter, what its confidence alone would miss at an equal number of kept samples:
/// the comparison that any redundancy has to win. Sorts once (some 10 ms for 100,000 samples); each
/// question is a binary search.
class EqualKeptCurve {
 public:
  /// `votes` need not outlive the curve. Samples that are not judged are left out: no true class,
  /// or a voter of the table without an output.
  EqualKeptCurve(const VoteTable& votes, std::size_t voter);

  /// The highest threshold at which at least `kept` are kept, infinite for none; nothing where the
  /// voter is not right that often.
  std::optional<EqualKept> at(std::int64_t kept) const;

  /// None accepted, then every distinct confidence, falling.
  std::span<const EqualKept> points() const { return points_; }

 private:
  std::vector<EqualKept> points_;  ///< none, then at distinct confidences, falling
};

/// One question alone: sorts each time.
std::optional<EqualKept> mcp_at_equal_kept(const VoteTable& votes, std::size_t voter,
                                           std::int64_t kept);

}  // namespace plumbline

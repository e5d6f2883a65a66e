#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "core/decision/votes.h"

namespace plumbline {

/// One voter's confidence as a policy, at the threshold where it keeps as many as something else.
struct EqualKept {
  float threshold = 0;
  std::int64_t kept = 0, undetected = 0;
};

/// Answers, for one voter, what its confidence alone would miss at an equal number of kept samples:
/// the comparison that any redundancy has to win. Sorts once; each question is a binary search.
class EqualKeptCurve {
 public:
  /// `votes` need not outlive the curve. Unjudged samples (no_class) are left out.
  EqualKeptCurve(const VoteTable& votes, std::size_t voter);

  /// The highest threshold at which at least `kept` are kept; nothing where the voter is not right
  /// that often.
  std::optional<EqualKept> at(std::int64_t kept) const;

 private:
  std::vector<EqualKept> points_;  ///< at distinct confidences, falling
};

}  // namespace plumbline

#include "core/decision/equal_kept.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace plumbline {

EqualKeptCurve::EqualKeptCurve(const VoteTable& votes, std::size_t voter) {
  struct Vote {
    float confidence;
    bool right;
  };
  std::vector<Vote> sorted;
  const VoterVotes& column = votes.voters[voter];
  for (std::size_t i = 0; i < votes.samples(); ++i) {
    if (votes.labels[i] == no_class || !votes.has_all_outputs(i)) continue;
    // No threshold accepts a confidence that is not a number; sorting needs an order.
    if (!std::isnan(column.confidence[i]))
      sorted.push_back({column.confidence[i], column.predicted[i] == votes.labels[i]});
  }
  std::ranges::sort(sorted, std::greater(), &Vote::confidence);
  EqualKept sum;
  points_.push_back(sum);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    ++(sorted[i].right ? sum.kept : sum.undetected);
    // Equal confidences cannot be told apart by a threshold.
    if (i + 1 < sorted.size() && sorted[i + 1].confidence == sorted[i].confidence) continue;
    sum.threshold = sorted[i].confidence;
    points_.push_back(sum);
  }
}

std::optional<EqualKept> EqualKeptCurve::at(std::int64_t kept) const {
  const auto found = std::ranges::lower_bound(points_, kept, {}, &EqualKept::kept);
  if (found == points_.end()) return std::nullopt;
  return *found;
}

std::optional<EqualKept> mcp_at_equal_kept(const VoteTable& votes, std::size_t voter,
                                           std::int64_t kept) {
  return EqualKeptCurve(votes, voter).at(kept);
}

}  // namespace plumbline

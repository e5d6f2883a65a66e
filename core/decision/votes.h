#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "core/types/class_index.h"

namespace plumbline {

/// One voter's votes, one entry a sample. Owned by whoever made the table.
struct VoterVotes {
  std::span<const ClassIndex> predicted;  ///< argmax; no_class where it has no output
  std::span<const float> confidence;      ///< maximum of the softmax, 0 to 1
  std::span<const float> log_prob_label;  ///< natural logarithm of the true class's probability
};

/// The votes of a run on one split: voters in the run's order, the baseline first.
struct VoteTable {
  std::span<const ClassIndex> labels;  ///< true classes
  std::vector<VoterVotes> voters;

  std::size_t samples() const { return labels.size(); }
};

/// Log-probabilities of some voters for a block of consecutive samples.
struct DistributionBlock {
  std::size_t samples = 0, classes = 0;
  std::vector<const float*> log_probs;  ///< per voter: samples × classes, row-major; −inf is 0
};

}  // namespace plumbline

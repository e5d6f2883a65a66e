#pragma once
#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/types/class_index.h"

namespace plumbline {

class ClassPlaces;  // core/predictions/further_classes.h

/// One voter's votes, one entry a sample. Owned by whoever made the table.
struct VoterVotes {
  std::span<const ClassIndex> predicted;  ///< argmax; no_class where it has no output
  std::span<const float> confidence;      ///< maximum of the softmax, 0 to 1
  std::span<const float> log_prob_label;  ///< natural logarithm of the true class's probability
  /// The confidences in double where they were given so, since float32 would merge some; else
  /// empty. Scores are made of these, thresholds compare float32.
  std::span<const double> given = {};

  double confidence_of(std::size_t sample) const {
    return given.empty() ? static_cast<double>(confidence[sample]) : given[sample];
  }
};

/// The votes of a run on one split: voters in the run's order, the baseline first.
struct VoteTable {
  std::span<const ClassIndex> labels;  ///< true classes
  std::vector<VoterVotes> voters;
  /// Which class has which place, where some of the voters know classes that the data set has not;
  /// else null.
  std::shared_ptr<const ClassPlaces> places = nullptr;

  std::size_t samples() const { return labels.size(); }
  /// Whether every voter has an output for a sample.
  bool has_all_outputs(std::size_t sample) const {
    return std::ranges::none_of(
        voters, [sample](const VoterVotes& voter) { return voter.predicted[sample] == no_class; });
  }
};

/// What some voters say of all classes, for a block of consecutive samples.
struct DistributionBlock {
  std::size_t samples = 0, classes = 0;
  /// Per voter: samples × classes, row-major, each row summing to 1 as far as it is stored. The
  /// greatest of a row is the voter's confidence, to the bit, and stands at the class that it votes
  /// for, so that a policy on one voter's distribution and one on its votes give the same. All 0
  /// where a voter has no output.
  std::vector<const double*> probabilities;
  /// How much each voter counts, with the sum 1; empty where all count alike.
  std::span<const double> weights = {};
  /// Whether some voter's rows lack all but its likeliest classes, as runs of very many classes
  /// keep them.
  bool partial = false;
};

}  // namespace plumbline

#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/decision/verdicts.h"
#include "core/decision/votes.h"
#include "core/study/study.h"
#include "core/types/class_index.h"

namespace plumbline {

/// The arithmetic mean of some voters' distributions of one sample. `log_probs`: by voter of the
/// run, natural log-probabilities of all classes; `voters`: places in it. Empty where one of them
/// has none.
std::vector<double> mean_probabilities(std::span<const std::vector<float>> log_probs,
                                       std::span<const std::size_t> voters);

/// The most probable classes with their probabilities, falling; equal ones by class.
std::vector<std::pair<ClassIndex, double>> top_classes_of(std::span<const double> probabilities,
                                                          std::size_t count);

/// How many voters give a sample this label.
struct LabelVotes {
  std::int64_t agree = 0, dissent = 0, without_output = 0;
};
LabelVotes votes_on_label(const VoteTable& votes, std::size_t sample, ClassIndex label);

/// One sample as a policy decided it, and what that rests on: what the inspector shows.
struct SampleReview {
  struct Vote {
    ClassIndex label = no_class;  ///< no_class: no output
    double confidence = 0;
  };

  std::int64_t place = 0;  ///< in the split, from 0
  std::string name;
  ClassIndex truth = no_class, label = no_class;
  Verdict verdict = Verdict::unjudged;
  bool accepted = false;
  double score = 0;
  std::string why;                   ///< "3 of 4 votes ≥ 0.70, needs 3"
  std::vector<Vote> votes;           ///< of all of the run's voters
  LabelVotes counts;                 ///< likewise
  std::vector<double> distribution;  ///< mean of the policy's voters; empty where one has none
};

/// `votes`: of all voters of the run, which may be seen under a condition; `voters`: the policy's.
/// Errors: no such sample; those of reading.
Result<SampleReview> review_sample(const Study& study, const RunInfo& run, const std::string& split,
                                   const BoundPolicy& policy, const VoteTable& votes,
                                   std::span<const std::size_t> voters, const Decisions& decisions,
                                   std::int64_t place);

}  // namespace plumbline

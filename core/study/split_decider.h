#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/decision/verdicts.h"
#include "core/study/run_votes.h"
#include "core/study/study.h"

namespace plumbline {

/// Decides a split of a run again and again, as choosing a threshold does: distributions are read
/// once for each policy with other scores. The study must outlive it; one thread at a time.
class SplitDecider {
 public:
  /// `voters`: indices into run.voters. Errors: those of reading.
  static Result<SplitDecider> open(const Study& study, const RunInfo& run, const std::string& split,
                                   std::vector<std::size_t> voters);

  const std::string& split() const { return split_; }
  const VoteTable& votes() const { return table_; }

  Result<Decisions> decide(const BoundPolicy& policy);
  /// Of decisions that are shown and not only counted (run_votes.h).
  void add_losses(const BoundPolicy& policy, Decisions& decisions) const;

  /// Of another split or of this one: what policies are fitted with. Valid as long as this is.
  FitData fit_data() const;

 private:
  SplitDecider(const Study& study, RunInfo run, std::string split, std::vector<std::size_t> voters,
               RunVotes votes);

  const Study* study_;
  RunInfo run_;
  std::string split_;
  std::vector<std::size_t> voters_;
  RunVotes votes_;
  VoteTable table_;
  std::optional<BoundPolicy> reduced_for_;
  ReducedScores reduced_;
};

}  // namespace plumbline

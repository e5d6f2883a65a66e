#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/decision/verdicts.h"
#include "core/decision/votes.h"
#include "core/study/study.h"

namespace plumbline {

/// The votes of a run on one split, memory-mapped from the study's cache where the predictions are
/// complete and read from the prediction files where they are not (then samples that are still to
/// come are no_class). Valid as long as it lives; independent of the Study.
class RunVotes {
 public:
  RunVotes(RunVotes&&) noexcept;
  RunVotes& operator=(RunVotes&&) noexcept;
  ~RunVotes();

  const VoteTable& table() const;
  const std::vector<Voter>& voters() const;

 private:
  friend Result<RunVotes> load_votes(const Study&, const RunInfo&, const std::string&);
  struct State;
  explicit RunVotes(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Makes the cache if it is missing and the study is writable; else works without.
/// Errors: a prediction file that is missing, truncated or of another shape, named.
Result<RunVotes> load_votes(const Study& study, const RunInfo& run, const std::string& split);

/// The same table with only some voters, in that order. Shares the memory.
VoteTable select_voters(const VoteTable& table, std::span<const std::size_t> voters);

/// Log-probabilities of all classes of one voter for one sample; empty where not yet computed.
/// Classes beyond a stored top-k are −inf.
Result<std::vector<float>> log_probs(const Study& study, const RunInfo& run,
                                     const std::string& split, std::size_t voter,
                                     std::int64_t sample);

/// Calls `use` with the votes and distributions of some of a run's voters (indices into run.voters)
/// on a split, in ranges of samples that rise; `votes` are these voters' on the whole split. Ranges
/// that a voter still lacks are left out. The split may be any of the run's data set for which its
/// voters have predictions. Errors: a prediction file that is missing or of another shape, named.
Result<void> for_each_block(const Study& study, const RunInfo& run, const std::string& split,
                            const VoteTable& votes, std::span<const std::size_t> voters,
                            const std::function<void(const PolicyBlock&)>& use);

/// What a policy on distributions makes of some of a run's voters (indices into run.voters), whose
/// votes are `votes`; its losses too, where it has a distribution. Where predictions are still to
/// come there is no class. Of whole predictions that take a while it is kept in the study's cache
/// (reduction_cache.h). Errors: a prediction file that is missing or of another shape, named.
Result<ReducedScores> reduce(const Study& study, const RunInfo& run, const std::string& split,
                             const VoteTable& votes, std::span<const std::size_t> voters,
                             const BoundPolicy& policy);

/// Adds the losses of a policy on votes that has a distribution, the first voter's: `voters` and
/// `votes` are the policy's. Does nothing for others, or where they are there. What cannot be read
/// is why there are none, and no error: the decisions need it not.
void add_losses(const Study& study, const RunInfo& run, const std::string& split,
                const VoteTable& votes, std::span<const std::size_t> voters,
                const BoundPolicy& policy, Decisions& decisions);

}  // namespace plumbline

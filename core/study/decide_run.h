#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/decision/verdicts.h"
#include "core/decision/voter_times.h"
#include "core/study/run_votes.h"
#include "core/study/study.h"

namespace plumbline {

/// A policy's decisions on one split of a run, by some of its voters (indices into run.voters, the
/// policy's first is voters[0]): votes where the policy is on votes, stored distributions where it
/// is on those; with its losses. Requires as many voters as the policy has.
Result<Decisions> decide_run(const Study& study, const RunInfo& run, const std::string& split,
                             const RunVotes& votes, std::span<const std::size_t> voters,
                             const BoundPolicy& policy);

/// By voter (indices into run.voters) the median time of a batch in milliseconds, where it was
/// measured on the same device and batch as the first one's.
Result<std::vector<std::optional<double>>> comparable_latencies(
    const Study& study, const RunInfo& run, const std::string& split,
    std::span<const std::size_t> voters);

/// The same with what else is known of these voters on that device: what their predictions of other
/// splits, or under conditions, were measured with, at other batch sizes.
Result<VoterTimes> comparable_times(const Study& study, const RunInfo& run,
                                    const std::string& split, std::span<const std::size_t> voters);

/// The voters that are named (`A:identity,B:flip_x`), as indices into run.voters; the default ones
/// for an empty text, every one for `all` (where no model is called so). Errors (usage) name a
/// voter that the run does not have.
Result<std::vector<std::size_t>> choose_voters(const RunInfo& run, const std::string& named);

/// Some voters of a run in words: "2 of the run's 4 voters: A:identity, B:identity".
std::string voter_names(const RunInfo& run, std::span<const std::size_t> voters);

/// The split that is meant: the run's only one where none is named; else the one named, if it is
/// the run's or all voters of the run have all predictions of it, as another run of them leaves it:
/// the window shows, fits and chooses there too. Errors (usage) name the run's splits; `option`:
/// where they say it is wrong.
Result<std::string> choose_split(const Study& study, const RunInfo& run, const std::string& wanted,
                                 const std::string& option = "--split");

}  // namespace plumbline

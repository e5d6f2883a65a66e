#pragma once
#include <span>
#include <string>

#include "core/decision/verdicts.h"
#include "core/study/run_votes.h"
#include "core/study/study.h"

namespace plumbline {

/// A policy's decisions on one split of a run, by some of its voters (indices into run.voters, the
/// policy's first is voters[0]): votes where the policy is on votes, stored distributions where it
/// is on those. Requires policy.voters() == voters.size().
Result<Decisions> decide_run(const Study& study, const RunInfo& run, const std::string& split,
                             const RunVotes& votes, std::span<const std::size_t> voters,
                             const Policy& policy);

/// 0, 1, …: all of a run's voters.
std::vector<std::size_t> all_voters(const RunInfo& run);

/// The split that is meant: the one named, or the only one. Errors (usage) name the run's splits.
Result<std::string> choose_split(const RunInfo& run, const std::string& wanted);

}  // namespace plumbline

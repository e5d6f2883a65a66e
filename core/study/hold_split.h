#pragma once
#include <span>
#include <string>

#include "core/decision/held_split.h"
#include "core/study/run_votes.h"
#include "core/study/study.h"

namespace plumbline {

/// A split of a run in memory, with the votes that it refers to.
struct HeldRunSplit {
  RunVotes votes;   ///< of all the run's voters
  HeldSplit split;  ///< of those that were asked for, in that order
};

/// Some of a run's voters (indices into run.voters) on a split of classes. `distributions`: all of
/// them are read, 8 bytes for each sample, voter and class; without them policies on votes can be
/// asked. Errors: those of reading.
Result<HeldRunSplit> hold_split(const Study& study, const RunInfo& run, const std::string& split,
                                std::span<const std::size_t> voters, bool distributions);

}  // namespace plumbline

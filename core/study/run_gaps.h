#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/study/study.h"

namespace plumbline {

/// What a run lacks, so that nobody takes a part for the whole.
struct RunGaps {
  std::int64_t wanted = 0, there = 0;  ///< samples × voters
  std::vector<Voter> without_any;      ///< voters that have no prediction at all
  std::int64_t unread = 0;             ///< images that could not be used by all of their voters
  bool any() const { return there < wanted || unread > 0; }
};

/// Of all splits of a run that was cancelled, failed or is still computed.
Result<RunGaps> gaps_of(const Study& study, const RunInfo& run);

/// "the run 'r' is not complete: 12 of 60 predictions are there, none of b:identity; 3 images could
/// not be read (go on with run --resume)"; empty where nothing is missing.
std::string to_text(const RunGaps& gaps, const RunInfo& run);

/// A run, or imported predictions of that name as a run of their own: their data set, all splits
/// that they cover, one voter. Errors name the runs there are.
Result<RunInfo> find_run(const Study& study, const std::string& name);

/// Imported predictions as voters together, without a run: on the splits that all of them cover.
/// Errors: a voter that was not imported; no data set and split in common.
Result<RunInfo> run_of_imported(const Study& study, const std::vector<Voter>& voters);

}  // namespace plumbline

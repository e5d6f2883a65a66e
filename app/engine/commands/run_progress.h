#pragma once
#include <string>

#include "core/types/error.h"

namespace plumbline {

/// `run --progress`: how far the job of a run is that works on it, or did last, and what its voters
/// come to so far, as the Runs page shows it. `course`: also how each voter's share came to what it
/// is, at every number of samples of which the job's events say it. The study is only read. Errors
/// (bad input): no job of this run is kept.
Result<void> print_progress(const std::string& study, const std::string& run, bool json,
                            bool course);

}  // namespace plumbline

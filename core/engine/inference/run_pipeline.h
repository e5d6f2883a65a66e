#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"
#include "core/types/error.h"

namespace plumbline {

/// Computes what a run still lacks, one prediction file after the other, each committed before the
/// next begins: a job that is killed at any moment resumes at the first file that is missing, and
/// ends with the same bytes as one that was not.
///
/// With `request.ranks` this is rank 0: it computes its share, and merges what the others write.
Result<nlohmann::ordered_json> run_voters(const RunRequest& request);

/// Any other rank: computes its share of the run in `request.database`, writes files and a
/// manifest, and reports to rank 0. Says nothing but by its error.
Result<void> run_share(const RunRequest& request);

}  // namespace plumbline

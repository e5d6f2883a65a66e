#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"
#include "core/types/error.h"

namespace plumbline {

/// Computes what a run still lacks, one prediction file after the other, each committed before the
/// next begins: a job that is killed at any moment resumes at the first file that is missing, and
/// ends with the same bytes as one that was not.
Result<nlohmann::ordered_json> run_voters(const RunRequest& request);

}  // namespace plumbline

#pragma once
#include <filesystem>
#include <string>

#include "core/types/error.h"

namespace plumbline {

/// Error: a job that is queued or at work reads, measures or learns from the language model; the
/// job is named. What trains it, or searches from it, holds a lock besides (work_locks.h).
Result<void> check_no_job_uses_network(const std::filesystem::path& study,
                                       const std::string& network);

}  // namespace plumbline

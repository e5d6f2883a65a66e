#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/jobs/file_lock.h"
#include "core/types/error.h"

namespace plumbline {

/// The file by which whoever computes a work ("run r1", "search s3") keeps others away.
std::filesystem::path lock_file_of(const std::filesystem::path& study, const std::string& work);

/// Keeps whoever computes these works ("run r1", "search s3") away, as long as the locks live,
/// while a study changes below them. Errors: a job is at work on one of them, which is named.
Result<std::vector<FileLock>> lock_works(const std::filesystem::path& study,
                                         const std::vector<std::string>& works);

}  // namespace plumbline

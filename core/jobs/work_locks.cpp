#include "core/jobs/work_locks.h"

namespace plumbline {

std::filesystem::path lock_file_of(const std::filesystem::path& study, const std::string& work) {
  return study / "jobs" / (work + ".lock");
}

Result<std::vector<FileLock>> lock_works(const std::filesystem::path& study,
                                         const std::vector<std::string>& works) {
  std::error_code code;
  std::filesystem::create_directories(study / "jobs", code);
  std::vector<FileLock> locks;
  for (const std::string& work : works) {
    auto lock = FileLock::try_lock(lock_file_of(study, work));
    TRY(lock);
    if (!*lock)
      return bad_input("a job is working on it: " + work, study.string(),
                       "cancel the job, or wait for it");
    locks.push_back(std::move(**lock));
  }
  return locks;
}

}  // namespace plumbline

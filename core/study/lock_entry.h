#pragma once
#include <string>
#include <vector>

#include "core/jobs/file_lock.h"
#include "core/study/study.h"

namespace plumbline {

/// Keeps jobs away from an entry and from what depends on it, as long as the locks live, while it
/// is removed or renamed. `to`: the name that it is to have; empty where it is removed. Errors: a
/// job is at work on one of them, or, of a network, is queued to use it; no such entry.
Result<std::vector<FileLock>> lock_entry(const Study& study, StudyEntry entry,
                                         const std::string& name, const std::string& to = {});

}  // namespace plumbline

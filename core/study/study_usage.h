#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/study/study.h"

namespace plumbline {

/// What takes room in a study's folder.
struct UsageEntry {
  std::string what;  ///< "predictions", "models", "networks", "searches", "checkpoints", "jobs",
                     ///< "cache", "database", "unnamed predictions", "other"
  std::string name;  ///< of a model, search or network; empty where there is none
  std::int64_t files = 0;
  std::uint64_t bytes = 0;
};

/// What lies outside of it: the data sets' and models' files.
struct OutsideUsage {
  std::string owner, path;
  std::uint64_t bytes = 0;  ///< as they were imported
  bool there = false;
};

struct StudyUsage {
  std::vector<UsageEntry> entries;  ///< largest first
  std::uint64_t bytes = 0;          ///< of the whole folder
  std::vector<OutsideUsage> outside;
};

/// Every file in the folder counts once. A prediction file with rows of several models is divided
/// evenly among its rows. "unnamed predictions" are files that the study does not name: those of
/// ranks before `merge`, or what a killed job left.
Result<StudyUsage> study_usage(const Study& study);

}  // namespace plumbline

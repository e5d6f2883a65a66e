#pragma once
#include <string>
#include <vector>

#include "core/engine/inference/run_plan.h"
#include "core/study/study.h"

namespace plumbline {

/// What of a run's predictions must be computed again, although the study names it.
struct RunRepair {
  struct File {
    std::int64_t shard = 0;
    std::string name, why;  ///< "is lost", "was changed"
  };
  std::vector<File> damaged;           ///< files that are not what was committed
  std::vector<std::int64_t> readable;  ///< files with images that could not be read and now can
  std::vector<std::string> images;     ///< these images, by name
  bool empty() const { return damaged.empty() && readable.empty(); }
};

/// Looks at the files of a run's voters: whether they are there and unchanged, and whether images
/// that are missing in them can be read now. Reads no prediction file whose size and time are those
/// of its commit, and no image but those that failed. Errors: imported predictions that are lost or
/// changed, which nothing here can compute.
Result<RunRepair> find_repair(const Study& study, const RunPlan& plan);

/// Makes the study forget these files, and removes them: they are missing then.
Result<void> forget(Study& study, const RunPlan& plan, const RunRepair& repair);

/// How many samples of the run no voter has a prediction of because their images could not be read.
Result<std::int64_t> unread_samples(const Study& study, const RunInfo& run);

}  // namespace plumbline

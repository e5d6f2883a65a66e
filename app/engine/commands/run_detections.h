#pragma once
#include <string>
#include <vector>

#include "app/engine/commands/judged_detections.h"
#include "core/study/study.h"

namespace plumbline {

/// A run of detectors on one of its splits, for the commands that judge or export it.
struct RunDetections {
  RunInfo run;
  BoxDataset truth;
  std::vector<DetectionSet> voters;  ///< those that were asked for
  std::vector<std::size_t> chosen;   ///< the same as places in the run's list
};

/// Whose boxes are read where nobody names voters: those that decide by default (default_voters.h),
/// or, where nothing is decided, all.
enum class UnnamedVoters { deciding, all };

/// Whether the run's voters give boxes.
Result<bool> gives_boxes(const Study& study, const RunInfo& run);

/// `split`: empty where the run has one; `voters`: MODEL:VIEW,… of the run's, or empty for
/// `unnamed`. `ground_truth`: COCO's instances JSON whose numbers of images and classes are taken,
/// by the names of files and classes; may be empty. Errors: a run of another kind; an image or
/// class that the file lacks; those of reading.
Result<RunDetections> read_run_detections(const Study& study, const RunInfo& run,
                                          const std::string& split, const std::string& voters,
                                          UnnamedVoters unnamed, const std::string& ground_truth);

/// What `export` writes of a run of detectors.
struct DetectionExport {
  std::string what;         ///< detections, failures or ledger
  std::string format, out;  ///< csv, json or coco
  std::string fusion;       ///< empty: as judge_detections has it
  double score = 0.25;
};
Result<std::int64_t> export_detections(RunDetections detections, const DetectionExport& request);

}  // namespace plumbline

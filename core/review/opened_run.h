#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/decision/equal_kept.h"
#include "core/review/review_kind.h"
#include "core/study/run_votes.h"
#include "core/study/study.h"

namespace plumbline {

/// A run with its votes on one split, read once; independent of the Study that it was read from.
struct OpenedRun {
  std::filesystem::path folder;  ///< of the study
  DatasetInfo dataset;
  RunInfo info;
  std::string split;
  const ReviewKind* kind = nullptr;  ///< of its predictions
  std::shared_ptr<const ReviewSource> source;
  std::int64_t committed = 0;    ///< samples that every voter has
  std::size_t sample_count = 0;  ///< of the split

  // Of a run of classes; else null and empty.
  std::shared_ptr<const RunVotes> votes;
  std::shared_ptr<const EqualKeptCurve> baseline;  ///< of the first voter
  std::vector<double> accuracy;  ///< per voter, of the samples with label and output; else NaN

  std::size_t samples() const { return sample_count; }
  /// The class's name, or its number where the data set does not name it.
  std::string class_name(ClassIndex index) const;
};

/// Reads a run for the workbench. `split` empty: the run's first. `condition`: what its voters gave
/// under it; identity: as it is. Opens the study itself, so that
/// it may be called on any thread; makes the vote cache where the study is writable. `progress`:
/// what takes long now, there and in what is opened.
Result<OpenedRun> open_run(const std::filesystem::path& folder, const std::string& run,
                           std::string split = {}, const View& condition = {},
                           const std::shared_ptr<WorkProgress>& progress = nullptr);
/// The same of a study that is open, as a command line reads it; nothing is kept of it.
Result<OpenedRun> open_run(const Study& study, const std::string& run, std::string split = {},
                           const View& condition = {},
                           const std::shared_ptr<WorkProgress>& progress = nullptr);

}  // namespace plumbline

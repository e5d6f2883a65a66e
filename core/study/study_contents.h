#pragma once
#include <cstdint>
#include <vector>

#include "core/study/study.h"

namespace plumbline {

/// A run with what is computed of it and kept.
struct ComputedRun {
  RunInfo info;
  /// By split of the run: samples that every voter has, times voters; or why that cannot be read.
  std::vector<Result<std::int64_t>> predictions;

  /// Of all splits; the first error where there is one.
  Result<std::int64_t> all_predictions() const;
};

/// A search with the number of its targets for which it found a network that is in the study.
struct CountedSearch {
  SearchInfo info;
  std::int64_t found = 0;
};

/// What a study has by name, with the counts that stand beside the names: the window's tree and
/// `usage` show the same.
struct StudyContents {
  std::vector<DatasetInfo> datasets;
  std::vector<ModelInfo> models;
  std::vector<ComputedRun> runs;
  std::vector<StoredDecision> decisions;
  std::vector<NetworkInfo> networks;
  std::vector<CountedSearch> searches;
};

/// Reads names and counts, and no file of predictions. Errors: those of reading.
Result<StudyContents> study_contents(const Study& study);

}  // namespace plumbline

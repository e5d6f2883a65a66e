#pragma once
#include <string>
#include <vector>

#include "core/study/merge_predictions.h"
#include "core/study/study.h"

namespace plumbline {

/// What a merge of a study that came back has done.
struct MergedStudy {
  MergedPredictions predictions;
  std::vector<std::string> runs;            ///< that were added
  std::vector<std::string> other_runs;      ///< whose names the study has for others: left out
  std::vector<std::string> runs_left_out;   ///< of a split or model of which nothing came
  std::vector<std::string> files_left_out;  ///< of which only some rows are still anybody's
};

/// What a split is, wherever its files lie: samples with their labels, boxes and hashes, in their
/// order. Equal texts mean that predictions on one are predictions on the other.
Result<std::string> split_fingerprint(const Study& study, std::int64_t dataset,
                                      const std::string& split);

/// Takes over what was computed in a copy of the study: predictions that its database or the
/// manifests in its predictions/ name, its runs, their warnings and latencies. Files are copied,
/// held against their hashes, and named. Predictions that were imported are not computed, and stay
/// where they are. Everything is checked first: an error leaves the study as it was. Errors: a
/// split with other samples, a model with another content, what either of them lacks, all by name;
/// whatever check_offered finds.
Result<MergedStudy> merge_study(const Study& from, Study& to);

}  // namespace plumbline

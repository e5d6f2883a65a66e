#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/study/study_predictions.h"
#include "core/types/error.h"
#include "core/types/voter.h"

namespace plumbline {

struct StudyConnection;

/// A redundancy configuration.
struct RunInfo {
  std::int64_t id = 0;
  std::string name;
  std::int64_t dataset = 0;
  std::vector<std::string> splits;
  std::vector<Voter> voters;  ///< the first is the baseline
  std::string precision, decoder, device_kind;
  int batch = 0;
};

/// Which predictions a run's voter uses. `imported`: the model has no file.
PredictionKey prediction_key(const RunInfo& run, const std::string& split, const Voter& voter,
                             bool imported);

/// A run's warning: an image that could not be read.
struct StoredWarning {
  std::string code, where, message;
};

/// A study's runs and what they warned of.
class StudyRuns {
 public:
  explicit StudyRuns(std::shared_ptr<StudyConnection> connection) : state_(std::move(connection)) {}

  Result<std::vector<RunInfo>> runs() const;
  Result<RunInfo> run(std::string_view name) const;  ///< error names those there are
  Result<void> add_run(RunInfo run);
  /// The prediction set of each of a run's voters on one of its splits, in the run's order.
  Result<std::vector<PredictionSet>> prediction_sets(const RunInfo& run,
                                                     const std::string& split) const;
  /// Samples of the split that every voter of the run has.
  Result<std::int64_t> committed(const RunInfo& run, const std::string& split) const;

  Result<void> add_warnings(const std::string& run, std::span<const StoredWarning> warnings);
  Result<std::vector<StoredWarning>> warnings(const std::string& run) const;
  /// Those of one code about some places, which hold no longer.
  Result<void> remove_warnings(const std::string& run, const std::string& code,
                               std::span<const std::string> places);

 private:
  std::shared_ptr<StudyConnection> state_;
};

}  // namespace plumbline

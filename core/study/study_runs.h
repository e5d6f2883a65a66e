#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/predictions/run_notes.h"
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
  std::vector<View> conditions = {};  ///< under which it is computed besides, in their order
  /// Under which its predictions are meant; identity: none. Never of the study: `under` sets it.
  View condition = {};
};

/// The same run, seen under a condition (DOMAIN 1.7): whoever reads its predictions then gets those
/// that its voters gave under it. Identity is the run as it is.
inline RunInfo under(RunInfo run, const View& condition) {
  run.condition = condition;
  return run;
}

/// Which predictions a run's voter uses. `imported`: the model has no file.
PredictionKey prediction_key(const RunInfo& run, const std::string& split, const Voter& voter,
                             bool imported);

/// A study's runs and what they warned of.
class StudyRuns {
 public:
  explicit StudyRuns(std::shared_ptr<StudyConnection> connection) : state_(std::move(connection)) {}

  Result<std::vector<RunInfo>> runs() const;
  Result<RunInfo> run(std::string_view name) const;  ///< error names those there are
  Result<void> add_run(RunInfo run);
  /// Adds conditions to a run that it does not have yet, behind those that it has.
  Result<void> add_conditions(const std::string& run, std::span<const View> conditions);
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

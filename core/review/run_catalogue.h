#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/study/study.h"

namespace plumbline {

/// What a study holds, as far as it matters for planning a run. A value: read once, asked often.
struct RunCatalogue {
  std::vector<DatasetInfo> datasets;
  std::vector<ModelInfo> models;
  std::vector<PredictionSet> sets;
  std::vector<RunInfo> runs;
};
Result<RunCatalogue> read_catalogue(const Study& study);

/// Where a run would be computed.
struct RunTarget {
  std::int64_t dataset = 0;
  std::string split;
  std::int64_t samples = 0;
  std::string precision = "fp32";
  std::string device_kind = "cpu";
  View condition = {};  ///< under which it is computed; identity: none
};

/// A voter's time per image in milliseconds. `about`: it was not measured in this precision with
/// this view, but the same model was.
struct TimeEstimate {
  double ms = 0;
  bool about = false;
};

/// From what was measured on this kind of device: the same model and view in the same precision
/// (any split), else another view of the model, else another precision. Nothing where the model has
/// never run there.
std::optional<TimeEstimate> time_per_image(const RunCatalogue& catalogue, const RunTarget& target,
                                           const std::string& model, const View& view);

/// Samples of the target's split for which the voter's predictions are there already, under the
/// target's condition.
std::int64_t samples_there(const RunCatalogue& catalogue, const RunTarget& target,
                           const std::string& model, const View& view);

/// Whether the model is one whose outputs were computed elsewhere.
bool is_imported(const ModelInfo& model);

}  // namespace plumbline

#pragma once
#include <optional>
#include <vector>

#include <c10/core/Device.h>

#include "core/engine/engine.h"
#include "core/engine/inference/device.h"
#include "core/engine/inference/image_decoder.h"
#include "core/engine/inference/shard_computer.h"
#include "core/study/study.h"

namespace plumbline {

/// A request held against the study: everything that a run needs, checked.
struct RunPlan {
  RunInfo run;
  bool exists = false;  ///< the study has it already
  DatasetInfo dataset;
  std::vector<ModelInfo> models;     ///< of the voters, each once
  std::vector<VoterSetup> voters;    ///< in the run's order; point into `models`
  std::vector<bool> imported;        ///< per voter: its predictions were computed elsewhere
  std::shared_ptr<OutputHead> head;  ///< of the kind of output that all models have
  c10::Device device = c10::kCPU;
  Precision precision = Precision::fp32;
  std::optional<ImageDecoder> decoder;  ///< of a new run, where its images are files
  std::string why_decoder;  ///< why it is that one; empty where the run's images are records
  std::vector<StoredWarning> warnings;
  std::vector<View> added;  ///< conditions that a run which exists does not have yet

  /// The run under each of its conditions, as it is first.
  std::vector<RunInfo> conditioned_runs() const;
};

/// Errors: what is asked for is not there (what there is is named); classes that do not fit; models
/// of several kinds of output, or of one that cannot be run yet; a name
/// that exists with other settings, or that is not complete without `resume` (usage).
Result<RunPlan> plan_run(const Study& study, const RunRequest& request);

/// What decodes the run's images, by the name that it has. Errors: those of decoder_named.
Result<ImageDecoder> decoder_of(const RunPlan& plan);

/// "images are decoded by libjpeg-turbo 2.1.5 on the host, because …"; empty where nobody decodes.
std::string decoding_note(const RunPlan& plan);

/// Why the host decodes, although a GPU's decoder would be taken where it is of use; empty: it is.
/// The processors are too few to keep up with it, some of the split's first files are JPEG by their
/// names, and every canvas is filled where they have been decoded. By 16 processors a run on an
/// H200 is faster than by its decoder (3,897 images/s beside 3,072, tests/bench/results).
Result<std::string> why_host_decodes(const Study& study, const RunPlan& plan,
                                     std::size_t processors);

/// What one split lacks under the run's condition: voters per range of samples, ranges in order,
/// each within one block. `run`: of plan.conditioned_runs().
Result<std::vector<ShardRange>> missing_shards(const Study& study, const RunPlan& plan,
                                               const RunInfo& run, const std::string& split);

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/data/image_list.h"
#include "core/engine/planer_requests.h"
#include "core/jobs/job.h"
#include "core/study/deployed_decision.h"
#include "core/study/model_card.h"
#include "core/types/error.h"
#include "core/types/voter.h"

/// The engine's module: the part of the headless program that needs LibTorch. It is a library of
/// its own (libplumbline_engine.so), loaded when a command first needs it, so that commands that
/// only read a study start at once, and so that LibTorch can be found elsewhere. This header has no
/// LibTorch in it.
namespace plumbline {

struct RankEnvironment;
class RankStore;

/// What `run` is asked for. Empty or zero where the user left it open.
struct RunRequest {
  std::filesystem::path study;
  std::string name, dataset;
  std::vector<std::string> splits;
  std::vector<Voter> voters;
  std::string precision = "fp32";  ///< fp32, tf32, bf16, fp16
  std::string device = "auto";     ///< auto, cpu, cuda:N
  int batch = 0;                   ///< 0: chosen for the device
  bool resume = false;
  JobOptions job;
  std::vector<View> conditions = {};  ///< under which the voters are computed besides
  /// Afterwards each voter's energy is measured and kept with the run; of a complete one only that.
  bool energy = false;
  bool trust = false;  ///< the native code of packages among its models may be run
  std::shared_ptr<RankStore> ranks = {};  ///< where several processes compute the run; else null
  std::filesystem::path database = {};    ///< of a rank but 0: the snapshot that rank 0 handed out
  std::string decoder = "auto";           ///< of JPEG files: auto, host, device
};

/// Whether a run's decoder is a GPU's, by the name that is kept with it.
inline bool is_device_decoder(std::string_view name) { return name.starts_with("nvJPEG "); }

/// What `train` is asked for.
struct TrainRequest {
  std::filesystem::path study;
  std::string name, architecture, dataset;
  std::vector<std::string> splits;
  std::string validation;  ///< a split; empty: none
  View view;               ///< in front of the network
  std::int64_t epochs = 30;
  std::uint64_t seed = 1;
  // Else the architecture's.
  std::optional<std::int64_t> batch;
  std::optional<double> learning_rate, weight_decay;
  double momentum = 0.9;
  std::string schedule = "auto";   ///< cosine, one-cycle, step; auto: the architecture's
  std::string augment = "auto";    ///< none, crop, crop-flip; auto: as fits the images
  std::string precision = "fp32";  ///< fp32, tf32, bf16
  std::string store = "fp32";      ///< fp32, fp16
  std::string device = "auto";
  bool resume = false;
  JobOptions job;
};

/// What `explain` is asked for.
struct ExplainRequest {
  std::filesystem::path study;
  std::string run, sample, voter;  ///< the sample's name, or its place in the split
  std::string split;               ///< where the run has several; empty: the first that has it
  std::string of_class;            ///< a class of the model; empty: the one that it votes for
  std::string device = "auto";
  int patch = 0;  ///< the side of what is covered, in pixels; 0: an eighth of the shorter side
  std::filesystem::path output;  ///< .npy for the values, else a PNG
  bool trust = false;            ///< as in RunRequest
};

/// What a saved decision says of one image.
struct AppliedImage {
  std::string image;  ///< as it was named
  std::string label;  ///< a class's name; empty where there is an error
  bool accepted = false;
  std::optional<double> score;  ///< nothing where it depends on voters that were not asked
  int voters_run = 0;
  std::string error;  ///< why there is no verdict; empty: there is one
};

/// What `apply` is asked for.
struct ApplyRequest {
  DeployedDecision decision;
  std::vector<NamedImage> images;
  bool staged = false;
  std::string device = "auto";    ///< auto: the kind that the decision was made on
  int batch = 0;                  ///< 0: the run's
  std::filesystem::path scratch;  ///< a folder for what lies there for a moment
  std::function<Result<void>(const AppliedImage&)> take;  ///< in the order of the images
  JobOptions job;
  /// Of a study, in place of `images`, with who reads them; their labels are not looked at.
  std::vector<SampleInfo> samples = {};
  std::shared_ptr<const SampleReader> reader = {};
};

struct EngineModule {
  /// Devices, versions, which kernels are present.
  nlohmann::ordered_json (*doctor)();

  /// Whether the file's content is of a kind that is read; a pickle is refused with the way to
  /// export it, and so is a package of native code without `trust`.
  Result<void> (*check_format)(const std::filesystem::path& file, bool trust);

  /// Whether the file is a .pt2 package, by its content.
  bool (*is_package)(const std::filesystem::path& file);

  /// Loads a model file and runs it on a few images, in batches of several sizes and orders: the
  /// first thing in which it does not fit its card, or in which its answer for one image changes,
  /// is the error. On the CPU in float32, but a package as it was compiled.
  Result<void> (*check_model)(const std::filesystem::path& file, const ModelCard& card, bool trust);

  /// Meets the other ranks; to be called before the process is confined, while it has one thread.
  Result<std::shared_ptr<RankStore>> (*meet)(const RankEnvironment& ranks);
  /// Ends this process's part of what the ranks do together: with an error that the others hear of,
  /// or null where all is done. To be called once, last.
  void (*leave)(RankStore& store, const Error* error);
  /// Waits for the database that rank 0 hands out to the other ranks of a run; nothing: the run is
  /// complete. Before the process is confined, too.
  Result<std::optional<std::filesystem::path>> (*await_database)(
      RankStore& store, const std::filesystem::path& study);

  /// Computes one rank's share of a run, of any rank but 0.
  Result<void> (*run_share)(const RunRequest& request);
  /// Computes what is missing of a run; returns the summary of `run --json`.
  Result<nlohmann::ordered_json> (*run)(const RunRequest& request);

  /// Which parts of an image a voter's class rests on; returns the summary of `explain --json`.
  Result<nlohmann::ordered_json> (*explain)(const ExplainRequest& request);

  /// Trains a network, or goes on where its training was stopped; returns the summary of
  /// `train --json`.
  Result<nlohmann::ordered_json> (*train)(const TrainRequest& request);

  /// Asks a saved decision about new images; returns the summary of `apply --json`.
  Result<nlohmann::ordered_json> (*apply)(const ApplyRequest& request);

  // The commands `planer …`; each returns the summary that --json prints.
  Result<nlohmann::ordered_json> (*planer_import)(const PlanerImportRequest& request);
  Result<nlohmann::ordered_json> (*planer_profile)(const PlanerProfileRequest& request);
  Result<nlohmann::ordered_json> (*planer_train)(const PlanerTrainRequest& request);
  Result<nlohmann::ordered_json> (*planer_search)(const PlanerSearchRequest& request);
  Result<nlohmann::ordered_json> (*planer_evaluate)(const PlanerEvaluateRequest& request);
  Result<nlohmann::ordered_json> (*planer_export)(const PlanerExportRequest& request);
};

}  // namespace plumbline

extern "C" {
/// The module's only symbol.
const plumbline::EngineModule* plumbline_engine_module();
}

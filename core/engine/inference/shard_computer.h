#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/inference/device.h"
#include "core/engine/inference/heads/output_head.h"
#include "core/engine/inference/image_decoder.h"
#include "core/engine/inference/network.h"
#include "core/engine/inference/range_loaders.h"
#include "core/engine/inference/stage_seconds.h"
#include "core/study/study.h"

namespace plumbline {

/// One voter of a run; without a model where there is nothing of it to compute.
struct VoterSetup {
  Voter voter;
  const ModelInfo* model = nullptr;
};

/// What a run's voters are computed with.
struct ComputerSettings {
  RunInfo run;  ///< its voters in order; `batch` is where the computer begins
  c10::Device device = c10::kCPU;
  Precision precision = Precision::fp32;
  ImageDecoder decoder = {};
  /// A short batch is computed as a full one (filled_batch): where many are short, and of sizes
  /// that come once, on a GPU.
  bool fills_batches = false;
};

/// Who has decoded how many images.
struct DecodingCounts {
  std::int64_t by_device = 0, by_host = 0;
  std::size_t threads = 0;  ///< of the host, which read all of them
};

class KeptImages;

/// Makes a model's network on the computer's device.
using NetworkLoader = std::function<Result<std::unique_ptr<Network>>(
    const ModelInfo& model, const ComputerSettings& settings)>;
/// Loads the file and holds it against its hash and its card: a file that has changed since its
/// import is an error, so that nothing of the old is mixed with the new.
Result<std::unique_ptr<Network>> load_checked_network(const ModelInfo& model,
                                                      const ComputerSettings& settings);

/// Called before each model is loaded and warmed up ("loading models", "warming up"), and once when
/// all are; true: stop. What takes a minute is seen from its first second.
using SetupProgress =
    std::function<bool(std::string_view phase, std::int64_t done, std::int64_t total)>;

/// Called after each batch with its samples × voters; with a negative number where they are
/// computed once more.
using BatchProgress = std::function<void(std::int64_t predictions)>;

/// Computes prediction shards on one device: decoding ahead, one synthesis of all views a batch,
/// one forward pass a voter; what becomes of the outputs is the head's, on the device until the
/// shard is done.
class ShardComputer {
 public:
  /// Loads each model once and runs it once, so that the first batch is like the others. `voters`
  /// are the run's; `head` has their models. A model that cannot be loaded or run takes its own
  /// voters only (`failed`). Errors: no model can, or `progress` asked to stop (cancelled).
  static Result<ShardComputer> make(std::vector<VoterSetup> voters,
                                    std::shared_ptr<OutputHead> head, ComputerSettings settings,
                                    const NetworkLoader& load = load_checked_network,
                                    const SetupProgress& progress = {});
  ShardComputer(ShardComputer&&) noexcept;
  ~ShardComputer();

  struct Queued;
  struct Output {
    std::unique_ptr<ShardOutput> predictions;  ///< finished; rows in the order of `voters`
    std::vector<std::size_t> voters;  ///< of the range, without those of models that failed
    std::vector<LoadFailure> failures;
    std::vector<Unread> unread;           ///< the same by place in the range and by row
    std::shared_ptr<Queued> queued = {};  ///< null once the predictions are finished
  };
  /// `samples` are the range's; `condition` is done to each of their images before anything else. A
  /// model that throws takes its own voters only, and is not asked again. Errors (device): out of
  /// memory with a batch of one; no model is left.
  Result<Output> compute(const ShardRange& range, const SampleReader& reader,
                         const std::vector<SampleInfo>& samples, const BatchProgress& progress,
                         const View& condition = {});
  /// The same in two steps, between which a GPU is given the next range: queue() returns when all
  /// is asked of the device, and settle(), for ranges in the order in which they were queued, waits
  /// for it and finishes the predictions. Errors of settle() (device): as LibTorch says them.
  /// `kept`, where it has the range's images, is where they come from; else it takes them if it
  /// can, for ranges of some of these samples under the same condition.
  Result<Output> queue(const ShardRange& range, const SampleReader& reader,
                       const std::vector<SampleInfo>& samples, const BatchProgress& progress,
                       const View& condition = {}, KeptImages* kept = nullptr);
  Result<void> settle(Output& output, const std::vector<SampleInfo>& samples);
  /// Whether queue() returns before all is computed.
  bool runs_ahead() const;

  /// What the call of compute() after the next one will be asked for: its first images are loaded
  /// while that computes. `reader` must stay until then, or until the computer goes.
  void load_ahead(const ShardRange& range, const SampleReader& reader,
                  std::shared_ptr<const std::vector<SampleInfo>> samples, const View& condition);

  /// Of all that was computed.
  DecodingCounts decoded() const;
  StageSeconds stages() const;
  /// The batch in use: halved when the device's memory did not suffice.
  int batch() const;
  /// Times of a voter's full batches so far, in milliseconds: its view's share and its network.
  const std::vector<double>& batch_times(std::size_t voter) const;
  /// The same of `repeats` batches of another size, of black images, each waited for; what the
  /// first ones set up is left out. Empty: the voter's model is not there, or fails at that size.
  std::vector<double> time_batches(std::size_t voter, int size, int repeats);
  /// What a voter takes for a sample, in seconds, as the warm-up found it; not less than it is.
  double first_guess(std::size_t voter) const;
  /// Models that could not be loaded or run, and why.
  const std::map<std::string, Error>& failed() const;
  /// Models that run slower than they could, and why.
  std::map<std::string, std::string> remarks() const;

 private:
  struct State;
  explicit ShardComputer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace plumbline

#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/inference/batch_loader.h"
#include "core/engine/inference/device.h"
#include "core/engine/inference/heads/output_head.h"
#include "core/engine/inference/network.h"
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
};

/// Makes a model's network on the computer's device.
using NetworkLoader = std::function<Result<std::unique_ptr<Network>>(
    const ModelInfo& model, const ComputerSettings& settings)>;
/// Loads the file and holds it against its card, since it may have changed since its import.
Result<std::unique_ptr<Network>> load_checked_network(const ModelInfo& model,
                                                      const ComputerSettings& settings);

/// Called after each batch with its samples × voters; with a negative number where they are
/// computed once more.
using BatchProgress = std::function<void(std::int64_t predictions)>;

/// Computes prediction shards on one device: decoding ahead, one synthesis of all views a batch,
/// one forward pass a voter; what becomes of the outputs is the head's, on the device until the
/// shard is done.
class ShardComputer {
 public:
  /// Loads each model once and runs it once, so that the first batch is like the others. `voters`
  /// are the run's; `head` has their models.
  static Result<ShardComputer> make(std::vector<VoterSetup> voters,
                                    std::shared_ptr<OutputHead> head, ComputerSettings settings,
                                    const NetworkLoader& load = load_checked_network);
  ShardComputer(ShardComputer&&) noexcept;
  ~ShardComputer();

  struct Output {
    std::unique_ptr<ShardOutput> predictions;  ///< finished; rows in the range's order of voters
    std::vector<LoadFailure> failures;
  };
  /// `samples` are the range's. Errors (device): out of memory with a batch of one, or whatever the
  /// device or a model reports.
  Result<Output> compute(const ShardRange& range, const SampleReader& reader,
                         const std::vector<SampleInfo>& samples, const BatchProgress& progress);

  /// The batch in use: halved when the device's memory did not suffice.
  int batch() const;
  /// Times of a voter's full batches so far, in milliseconds: its view's share and its network.
  const std::vector<double>& batch_times(std::size_t voter) const;

 private:
  struct State;
  explicit ShardComputer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace plumbline

#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/inference/batch_loader.h"
#include "core/engine/inference/device.h"
#include "core/engine/inference/network.h"
#include "core/study/prediction_file.h"
#include "core/study/study.h"

namespace plumbline {

/// What one voter needs to be computed.
struct VoterSetup {
  Voter voter;
  const ModelInfo* model = nullptr;
  std::vector<ClassIndex> to_dataset;  ///< the data set's class of each of the model's outputs
};

/// One range of samples and those of the voters that still lack it.
struct ShardTask {
  std::int64_t first = 0;
  std::vector<std::size_t> voters;
};

/// Called after each batch with its samples × voters; returns false to give up the shard.
using BatchProgress = std::function<bool(std::int64_t predictions)>;

/// Computes prediction shards on one device: decoding ahead, one synthesis of all views a batch,
/// one forward pass a voter; results stay on the device until the shard is done.
class ShardComputer {
 public:
  /// Loads each model once and runs it once, so that the first batch is like the others.
  static Result<ShardComputer> make(std::vector<VoterSetup> voters, int classes, int batch,
                                    c10::Device device, Precision precision);
  ShardComputer(ShardComputer&&) noexcept;
  ~ShardComputer();

  struct Output {
    ShardContent content;  ///< rows in the task's order; log_prob_label is filled in
    std::vector<LoadFailure> failures;
  };
  /// `samples` are the shard's. Nothing if `progress` gave up. Errors (device): out of memory with
  /// a batch of one, or whatever the device or a model reports.
  Result<std::optional<Output>> compute(const ShardTask& task, const SampleReader& reader,
                                        const std::vector<SampleInfo>& samples,
                                        const BatchProgress& progress);

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

#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/inference/repeated_work.h"
#include "core/engine/planer/adamw.h"
#include "core/engine/planer/language_model.h"
#include "core/engine/planer/teacher.h"
#include "core/engine/planer/token_lanes.h"
#include "core/engine/training/checkpoint.h"

namespace plumbline {

struct WeightTrainerSettings {
  std::int64_t steps = 0;    ///< of the whole course
  std::int64_t warm_up = 0;  ///< steps in which the learning rate rises
  std::int64_t memory = 0;   ///< tokens
  std::uint64_t seed = 1;    ///< of dropout
  double learning_rate = 0;  ///< the largest; falls by half a cosine
  double last_rate = 0.02;   ///< at the end, a fraction of it
  double balance = 0.01;     ///< weight of the experts' load balance (Switch's α)
  AdamwSettings adamw{.largest_norm = 0.5};
};

/// Trains the weights of a language model along the lanes of a text, segment by segment with
/// memory. Randomness is made of (seed, step), so that parameters, moments, memory and the step are
/// the whole state: after `restore` of what `state` held the same losses follow to the bit on the
/// same device with the same number of threads.
///
/// On a GPU, steps of one architecture are captured in a CUDA graph once its memory is full:
/// launching them one by one takes longer than computing them. Not where there is dropout.
class WeightTrainer {
 public:
  WeightTrainer(LanguageModel& model, TokenLanes lanes, const WeightTrainerSettings& settings,
                std::optional<Teacher> teacher = std::nullopt);

  /// One segment: forward, backward, update.
  void step(const Mixture& mixture);
  std::int64_t done() const { return done_; }
  std::int64_t steps() const { return settings_.steps; }
  double learning_rate() const;

  /// Means since the last reading; waits for the device. Not finite where training has failed.
  struct Reading {
    double loss = 0;      ///< nats per token, of the text alone
    double gradient = 0;  ///< norm
    double balance = 0;   ///< per experts' slot it is 1 where all experts are used alike
  };
  Reading read();

  /// All learning rates from now on are so many times the schedule's.
  void slow_down(double factor) { slower_ *= factor; }

  NamedTensors state() const;
  SafetensorsMetadata place() const;
  /// `others`: tensors that were saved beside the trainer's.
  Result<void> restore(const SafetensorsFile& file, const std::string& where,
                       const NamedTensors& others = {});

  /// State kept on the device, and back again.
  struct Snapshot {
    NamedTensors tensors;
    Memory memory;
    std::int64_t done = 0, counted = 0;
  };
  Snapshot snapshot() const;
  void go_back(const Snapshot& snapshot);

 private:
  /// What is done on the device: reads input_, target_, rate_ and memory_, returns the new memory.
  Memory compute(const Mixture& mixture);
  /// The loss to go down, and that of the text alone.
  std::pair<at::Tensor, at::Tensor> taught_loss(const at::Tensor& hidden, Memory& renewed);
  bool can_be_captured(const Mixture& mixture) const;
  /// False where it cannot be captured after all; then nothing was done.
  bool run_captured(const Mixture& mixture);

  LanguageModel& model_;
  TokenLanes lanes_;
  WeightTrainerSettings settings_;
  Adamw adamw_;
  std::optional<Teacher> teacher_;
  Memory memory_;              ///< the model's slots, then the teacher's
  at::Tensor input_, target_;  ///< int64 [batch, length]
  at::Tensor rate_;            ///< float32
  std::optional<RepeatedWork> graph_;
  Architecture captured_;  ///< the graph's architecture
  Memory graph_memory_;    ///< which the graph reads and renews
  Architecture last_;      ///< of the last step
  int repeated_ = 0;       ///< steps of that architecture in a row
  bool capturable_ = true;
  at::Tensor sums_;  ///< float64 [3] on the device: loss, gradient's norm, balance
  std::int64_t done_ = 0, counted_ = 0;
  double slower_ = 1;
};

}  // namespace plumbline

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
#include "core/engine/sums/rank_sum.h"
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
///
/// By several ranks each has its share of the lanes, and with them their memory; losses are means
/// over all tokens, gradients and their norm those of all, so that all have the same weights. The
/// course is that of one process up to rounding, but for two things: the load balance of experts is
/// the mean of what it is in each rank's share, and dropout is drawn by rank. All call the same
/// functions, and read the same.
class WeightTrainer {
 public:
  WeightTrainer(LanguageModel& model, TokenLanes lanes, const WeightTrainerSettings& settings,
                std::optional<Teacher> teacher = std::nullopt, RankSum* ranks = nullptr);

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

  /// With ranks, all call it, and all have the memory of all.
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
  NamedTensors state_with(const Memory& memory) const;
  /// What is done on the device: reads input_, target_, rate_ and memory_, returns the new memory.
  Memory compute(const Mixture& mixture);
  /// The loss to go down, and that of the text alone.
  std::pair<at::Tensor, at::Tensor> taught_loss(const at::Tensor& hidden, Memory& renewed);
  bool can_be_captured(const Mixture& mixture) const;
  /// False where it cannot be captured after all; then nothing was done.
  bool run_captured(const Mixture& mixture);

  LanguageModel& model_;
  RankSum* ranks_;          ///< null: one process
  std::int64_t all_lanes_;  ///< of all ranks
  BatchShare share_;        ///< of them
  TokenLanes lanes_;        ///< the share
  WeightTrainerSettings settings_;
  Adamw adamw_;
  std::optional<Teacher> teacher_;
  Memory memory_;              ///< of the share: the model's slots, then the teacher's
  at::Tensor input_, target_;  ///< int64 [share, length]
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

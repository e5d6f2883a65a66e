#pragma once
#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/planer/language_model.h"
#include "core/engine/planer/token_lanes.h"
#include "core/engine/planer/weight_trainer.h"
#include "core/planer/front/cost_table.h"
#include "core/planer/front/surrogate.h"

namespace plumbline {

struct ArchitectureSearchSettings {
  std::int64_t steps = 0;  ///< of weights and architecture together
  std::int64_t every = 5;  ///< one of so many is the architecture's: 80 % and 20 % of the text
  double target = 0;       ///< of the estimate, in the unit of the table of costs
  double beta = 0.5;       ///< weight of cost / target, while above the target
  double first_temperature = 2.0, last_temperature = 0.2;
  std::int64_t memory = 0;
  std::uint64_t seed = 1;
};

/// The search of PLANER (DOMAIN 2, phase 1) on a super-network whose options are warm: every slot's
/// output is Σ_i P_i · option_i(x), P = GumbelSoftmax(α, τ), τ falling; the loss is the
/// cross-entropy plus β · cost / target while the estimate Σ P_i · C_i is above the target. Costs
/// are latencies or energies, both of which add up over a step. Steps of α alternate with steps of
/// the weights, which follow one option a slot drawn from the same distribution, so that each
/// option keeps making sense by itself; they read different parts of the text.
///
/// α begins where the loss increments have it: α_i = −increment_i / s, s their spread, so that an
/// option which costs much begins unlikely. Deterministic as WeightTrainer is.
class ArchitectureSearch {
 public:
  ArchitectureSearch(LanguageModel& model, CostTable costs, const LossIncrements& increments,
                     TokenLanes lanes, const ArchitectureSearchSettings& settings);

  /// The step's number decides whose it is.
  bool is_architecture_step(std::int64_t step) const;
  void step_architecture(std::int64_t step);
  /// One option a slot, drawn for a step of the weights.
  Mixture draw(std::int64_t step);

  /// softmax(α), [slots][options of the table]; waits for the device.
  std::vector<std::vector<float>> probabilities() const;
  double temperature(std::int64_t step) const;
  /// Σ softmax(α)_i · C_i and what is not in slots, in the table's unit.
  double expected_cost() const;

  struct Reading {
    double loss = 0;       ///< mean cross-entropy of the mixtures since the last reading, nats
    double cost_loss = 0;  ///< mean β · cost / target, 0 where it was off
    double entropy = 0;    ///< of a slot's probabilities, mean, nats
  };
  Reading read();

  /// The likeliest architecture of at most this cost: greatest Σ log softmax(α). `near`: as in
  /// core/planer/front/likeliest.h.
  Result<Architecture> likeliest_within(double limit, double near = 1) const;

  NamedTensors state() const;
  /// Before the state's tensors are loaded: gives the memory the file's length …
  Result<void> restore_memory(const SafetensorsFile& file, const std::string& where);
  /// … and after.
  void restored();

 private:
  at::Tensor noise(std::int64_t step) const;  ///< Gumbel's, on the CPU

  LanguageModel& model_;
  CostTable costs_;
  TokenLanes lanes_;
  ArchitectureSearchSettings settings_;
  at::Tensor alpha_;       ///< float32 [slots, options]; −∞ where an option cannot be
  at::Tensor alpha_host_;  ///< as it was after the last step of α
  at::Tensor first_, second_, count_;
  at::Tensor option_costs_;  ///< [options], in the table's unit
  at::Tensor sums_;          ///< float64 [3] on the device: losses and their number
  Reading last_;
  Memory memory_;
};

}  // namespace plumbline

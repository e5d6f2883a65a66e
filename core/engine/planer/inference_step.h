#pragma once
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/planer/language_model.h"

namespace plumbline {

/// One step of a network at inference: `batch` segments of `length` tokens go in, log-probabilities
/// come out. Keys and values of `memory` tokens are kept in rings, and distances are projected
/// once, alike for every network. All shapes stand, and what turns the rings is on the device, so
/// that it can be captured in a CUDA graph.
class InferenceStep {
 public:
  /// The model lives as long as this.
  InferenceStep(LanguageModel& model, const Architecture& architecture, std::int64_t batch,
                std::int64_t length, std::int64_t memory);

  /// tokens: int64 [batch, length]. Each part alone, for a profile:
  at::Tensor embed(const at::Tensor& tokens) const;
  at::Tensor slots(at::Tensor x);
  /// → float32 [batch · length, vocabulary]
  at::Tensor log_probabilities(const at::Tensor& hidden) const;

  /// All of it.
  at::Tensor forward(const at::Tensor& tokens);

  /// Begins with what a segment-wise pass remembers: memories of full length.
  void remember(const Memory& memory);

 private:
  LanguageModel& model_;
  std::vector<std::unique_ptr<SlotFamily::Step>> steps_;  ///< null for skip
  at::Tensor seen_;  ///< SlotFamily::StepShape::seen; undefined without memory
  std::int64_t length_;
};

}  // namespace plumbline

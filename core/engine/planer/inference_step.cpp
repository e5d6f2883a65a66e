#include "core/engine/planer/inference_step.h"

#include <ATen/ATen.h>

namespace plumbline {

InferenceStep::InferenceStep(LanguageModel& model, const Architecture& architecture,
                             std::int64_t batch, std::int64_t length, std::int64_t memory)
    : model_(model), length_(length) {
  const SegmentContext context = model.context(length, memory, memory, false);
  if (memory > 0)
    seen_ = at::zeros({1}, at::TensorOptions(model.parameters().device()).dtype(at::kLong));
  const SlotFamily::StepShape shape{batch, length, memory, context.window, context.distances,
                                    seen_};
  for (std::size_t i = 0; i < architecture.size(); ++i) {
    SlotFamily* family = model.family(i, architecture[i]);
    steps_.push_back(family == nullptr ? nullptr : family->make_step(architecture[i], shape));
  }
}

at::Tensor InferenceStep::embed(const at::Tensor& tokens) const {
  const at::Tensor x = model_.embedding()(tokens);
  return model_.position_table().defined() ? x + model_.position_table().narrow(0, 0, length_) : x;
}

at::Tensor InferenceStep::slots(at::Tensor x) {
  for (const auto& step : steps_)
    if (step) x = step->forward(x);
  if (seen_.defined()) seen_.add_(length_);
  return x;
}

at::Tensor InferenceStep::log_probabilities(const at::Tensor& hidden) const {
  return model_.softmax().log_probabilities(model_.finished(hidden).flatten(0, 1));
}

at::Tensor InferenceStep::forward(const at::Tensor& tokens) {
  return log_probabilities(slots(embed(tokens)));
}

void InferenceStep::remember(const Memory& memory) {
  if (seen_.defined()) seen_.zero_();
  for (std::size_t i = 0; i < steps_.size(); ++i)
    if (steps_[i] && memory[i].defined()) steps_[i]->remember(memory[i]);
}

}  // namespace plumbline

#include "core/engine/planer/loss_evaluation.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace plumbline {

namespace {

constexpr std::int64_t block_tokens = 4096;

/// Mean of the blocks' means and its standard error. `losses`: [lanes, tokens], in the text's
/// order.
MeasuredLoss summarised(const at::Tensor& losses) {
  const std::int64_t lanes = losses.size(0), tokens = losses.size(1);
  const std::int64_t block = std::min(block_tokens, tokens), blocks = tokens / block;
  const at::Tensor means =
      losses.narrow(1, 0, blocks * block).to(at::kDouble).reshape({lanes * blocks, block}).mean(1);
  MeasuredLoss loss;
  loss.nats = losses.to(at::kDouble).mean().item<double>();
  loss.tokens = lanes * tokens;
  if (means.size(0) > 1)
    loss.error = means.std(0).item<double>() / std::sqrt(static_cast<double>(means.size(0)));
  return loss;
}

}  // namespace

MeasuredLoss evaluate_loss(LanguageModel& model, const Architecture& architecture,
                           const TokenLanes& lanes, std::int64_t memory, std::int64_t most,
                           const std::function<bool(std::int64_t, std::int64_t)>& stop) {
  const at::NoGradGuard no_grad;
  const std::int64_t segments = most > 0 ? std::min(most, lanes.segments()) : lanes.segments();
  const Mixture mixture{architecture, {}};
  Memory before(architecture.size());
  std::vector<at::Tensor> losses;
  for (std::int64_t i = 0; i < segments; ++i) {
    const auto [input, target] = lanes.segment(i);
    auto output = model.forward(input, before, memory, mixture, false);
    before = std::move(output.memory);
    losses.push_back(model.losses(output.hidden, target).view(input.sizes()));
    if (stop && stop(i + 1, segments)) break;
  }
  return summarised(at::cat(losses, 1).to(at::kCPU));
}

}  // namespace plumbline

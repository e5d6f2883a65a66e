#include "core/engine/planer/loss_evaluation.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace plumbline {

namespace {

constexpr std::int64_t block_tokens = 4096;

/// Mean and its standard error, from the means of blocks. `losses`: [lanes, tokens], in the text's
/// order; of the last lane the first `in_last` count.
MeasuredLoss summarised(const at::Tensor& losses, std::int64_t in_last) {
  const std::int64_t lanes = losses.size(0), tokens = losses.size(1);
  const at::Tensor all =
      losses.to(at::kDouble).flatten().narrow(0, 0, (lanes - 1) * tokens + in_last);
  const std::int64_t block = std::min({block_tokens, tokens, all.size(0)});
  const std::int64_t blocks = all.size(0) / block;
  const at::Tensor means = all.narrow(0, 0, blocks * block).view({blocks, block}).mean(1);
  MeasuredLoss loss;
  loss.nats = all.mean().item<double>();
  loss.tokens = all.size(0);
  if (blocks > 1) loss.error = means.std(0).item<double>() / std::sqrt(static_cast<double>(blocks));
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
  const at::Tensor all = at::cat(losses, 1).to(at::kCPU);
  const std::int64_t last_lane = lanes.segments() * lanes.length() - lanes.missing();
  return summarised(all, std::min(all.size(1), last_lane));
}

}  // namespace plumbline

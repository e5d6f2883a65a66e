#pragma once
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/engine/planer/language_model.h"
#include "core/engine/planer/token_lanes.h"
#include "core/planer/front/latency_table.h"
#include "tests/support/small_backbone.h"

namespace plumbline::test {

/// The largest difference of two elements.
inline double farthest(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

/// Random values instead of those that a network begins with, so that nothing is 0 by chance.
inline void randomize(LanguageModel& model, std::uint64_t seed, double width = 0.3) {
  const at::NoGradGuard no_grad;
  at::manual_seed(seed);
  for (auto& parameter : model.parameters().all()) {
    parameter.master.normal_(0.0, width);
    if (parameter.role == ParameterRole::scale) parameter.master.add_(1.0);
  }
  model.parameters().refresh();
}

inline at::Tensor random_tokens(std::int64_t vocabulary, const std::vector<std::int64_t>& shape,
                                std::uint64_t seed) {
  at::manual_seed(seed);
  return at::randint(vocabulary, shape, at::kLong);
}

/// Latencies by option as a device might have them, in ms.
inline LatencyTable small_table(const BackboneConfig& config) {
  LatencyTable table;
  table.key = {"test", 1, config.evaluation.length, config.evaluation.memory, "fp32"};
  table.config = config;
  table.options.resize(slot_options().size());
  for (const OptionIndex option : usable_options(config)) {
    const SlotOption& kind = slot_option(option);
    double ms = 0;
    if (kind.kind == OptionKind::attention) ms = 1.0 + 0.25 * kind.heads;
    if (kind.kind == OptionKind::feed_forward) ms = 0.01 * kind.width;
    if (kind.kind == OptionKind::experts) ms = 0.0125 * kind.width * kind.top_k;
    table.options[option] = MeasuredLatency{ms, 0.0, 1};
  }
  table.embedding = {0.1, 0, 1};
  table.softmax = {0.1, 0, 1};
  return table;
}

}  // namespace plumbline::test

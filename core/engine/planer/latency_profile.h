#pragma once
#include <functional>
#include <string>
#include <vector>

#include <c10/core/Device.h>

#include "core/engine/inference/device.h"
#include "core/engine/planer/language_model.h"
#include "core/planer/backbone_config.h"
#include "core/planer/front/latency_table.h"

namespace plumbline {

/// What a step's latency depends on, with the device to measure it on.
struct StepSettings {
  c10::Device device{c10::kCPU};
  Precision precision = Precision::fp32;
  std::int64_t batch = 0, length = 0, memory = 0;
  StepKey key() const;
};

/// Whether the option can be measured there: experts on a GPU need a half precision and widths that
/// 8 divides, since only then nothing waits for the host (kernels/routed_experts.h).
bool is_measurable(const BackboneConfig& config, OptionIndex option, const StepSettings& settings);

/// Measures every usable option of a backbone, embedding, softmax and the baseline: each option as
/// a chain of several with weights of their own, so that a cache holds no more of them than in a
/// whole network. All are timed in turn, round by round. `stop` as in measure_interleaved.
LatencyTable measure_latency_table(const BackboneConfig& config, const StepSettings& settings,
                                   const std::function<void(int done, int total)>& progress,
                                   const std::function<bool()>& stop);

/// Networks that are measured beside each other.
struct MeasuredNetwork {
  LanguageModel* model = nullptr;
  Architecture architecture;
};
std::vector<MeasuredLatency> measure_networks(const std::vector<MeasuredNetwork>& networks,
                                              const StepSettings& settings,
                                              const std::function<bool()>& stop);

}  // namespace plumbline

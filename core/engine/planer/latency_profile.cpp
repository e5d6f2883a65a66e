#include "core/engine/planer/latency_profile.h"

#include <c10/core/InferenceMode.h>

#include "core/engine/inference/repeated_work.h"
#include "core/engine/planer/profile_works.h"
#include "core/types/utc_time.h"

namespace plumbline {

namespace {

MeasuredLatency divided(MeasuredLatency latency, double by) {
  latency.median_ms /= by;
  latency.spread_ms /= by;
  return latency;
}

}  // namespace

StepKey StepSettings::key() const {
  return {device_name(device), batch, length, memory, std::string(to_string(precision))};
}

bool is_measurable(const BackboneConfig& config, OptionIndex option, const StepSettings& settings) {
  if (slot_option(option).kind != OptionKind::experts || !settings.device.is_cuda()) return true;
  const bool half = settings.precision == Precision::bf16 || settings.precision == Precision::fp16;
  return half && config.d_model % 8 == 0 && inner_width(config, slot_option(option)) % 8 == 0;
}

LatencyTable measure_latency_table(const BackboneConfig& config, const StepSettings& settings,
                                   const std::function<void(int, int)>& progress,
                                   const std::function<bool()>& stop) {
  const c10::InferenceMode inference;
  const FastestAlgorithms fastest;
  LatencyTable table;
  table.key = settings.key();
  table.config = config;
  table.cuda_graph = settings.device.is_cuda();
  table.options.resize(slot_options().size());
  table.options[skip_option] = MeasuredLatency{};
  ProfileWorks profiled(config, settings, progress);
  const auto measured =
      measure_interleaved(settings.device, profiled.works(), {.seconds = 20}, stop);
  const auto of = [&](std::size_t work) {
    return divided(measured[work], static_cast<double>(profiled.parts(work)));
  };
  for (std::size_t i = 0; i < profiled.options().size(); ++i)
    table.options[profiled.options()[i]] = of(i);
  table.norm = of(profiled.norm());
  table.embedding = of(profiled.embedding());
  table.softmax = of(profiled.softmax());
  table.baseline = of(profiled.baseline());
  table.measured_at = now_in_utc();
  return table;
}

std::vector<MeasuredLatency> measure_networks(const std::vector<MeasuredNetwork>& networks,
                                              const StepSettings& settings,
                                              const std::function<bool()>& stop) {
  const c10::InferenceMode inference;
  const FastestAlgorithms fastest;
  NetworkWorks made = works_of(networks, settings);
  return measure_interleaved(settings.device, made.works, {.fewest = 30, .seconds = 10}, stop);
}

}  // namespace plumbline

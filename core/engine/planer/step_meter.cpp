#include "core/engine/planer/step_meter.h"

#include <utility>

#include "core/engine/inference/device_energy.h"

namespace plumbline {

Result<StepMeter> open_step_meter(c10::Device device, Job& job) {
  job.progress("measuring energy at rest", 0, 1, "steps");
  auto counter = open_energy_counter(device);
  TRY(counter);
  EnergyMeter meter{std::move(*counter), real_time_windows([&job] { return job.should_stop(); })};
  TRY(wake_device(device));
  const auto idle = measure_idle_draw(meter.counter, meter.windows);
  TRY(idle);
  return StepMeter{std::move(meter), idle->median};
}

}  // namespace plumbline

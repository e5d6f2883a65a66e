#pragma once
#include <functional>

#include <c10/core/Device.h>

#include "core/engine/inference/energy_measurement.h"
#include "core/jobs/job.h"

namespace plumbline {

/// What steps' energies are measured with: the device's own counter, and what it draws at rest by
/// that counter.
struct StepMeter {
  EnergyMeter meter;
  double idle_watts = 0;
};

/// Opens the device's counter and measures its draw at rest, which takes some ten seconds. Errors
/// (device): why the device does not tell, in one sentence; a stop of the job (cancelled).
Result<StepMeter> open_step_meter(c10::Device device, Job& job);

/// As open_step_meter; a test has a device whose draw it knows.
using StepMeterOpener = std::function<Result<StepMeter>(c10::Device device, Job& job)>;

}  // namespace plumbline

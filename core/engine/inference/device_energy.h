#pragma once
#include <c10/core/Device.h>

#include "core/engine/inference/energy_counter.h"

namespace plumbline {

/// The counter of the device's energy: a GPU's board by NVML, a CPU's packages by RAPL. Errors
/// (device) say in one sentence why there is none; nothing is guessed in its place.
Result<EnergyCounter> open_energy_counter(c10::Device device);

/// Begins with the device: a GPU at rest draws more once somebody has. Errors (device): what it
/// throws.
Result<void> wake_device(c10::Device device);

}  // namespace plumbline

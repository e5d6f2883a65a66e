#pragma once
#include <functional>
#include <memory>
#include <string>

#include "core/engine/inference/energy_counter.h"

namespace plumbline {

/// The functions of NVIDIA's management library that are asked, each returning NVML's code, 0 for
/// success. A handle is whatever the library takes for a device.
struct NvmlFunctions {
  using Handle = void*;
  std::function<int()> init, shutdown;
  std::function<std::string(int)> error_text;
  std::function<int(const std::string& bus, Handle& device)> device_at;
  std::function<int(Handle device, std::string& uuid)> uuid;
  /// Whether the device is divided into instances (MIG). May be empty, in an old library.
  std::function<int(Handle device, bool& divided)> divided;
  std::function<int(Handle device, unsigned long long& millijoules)> total_energy;
};

/// libnvidia-ml.so.1 of the driver, opened now: nothing is linked with it. Stays open as long as a
/// copy of the functions is there. Errors (device): there is none, or it lacks a function.
Result<NvmlFunctions> load_nvml();

/// Where a GPU is on the bus, as NVML writes it, and its id as CUDA and NVML both do, which is held
/// against the one found there: "00000000:1B:00.0", "GPU-8f2c…".
struct GpuPlace {
  std::string bus, uuid;
};

/// The GPU's own counter of its board's energy, since the driver was loaded. It moves some ten
/// times a second. Errors (device): the GPU has none; it is divided (MIG), so that the counter is
/// that of everybody's parts; NVML knows it not, or by another id. A GPU that is lost while it is
/// measured is an error of the read.
Result<EnergyCounter> open_nvml_counter(const NvmlFunctions& nvml, const GpuPlace& place);

}  // namespace plumbline

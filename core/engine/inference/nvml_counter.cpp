#include "core/engine/inference/nvml_counter.h"

#include <dlfcn.h>

#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace plumbline {

namespace {

// Of NVML's interface, which does not change: the library is older or newer than any header.
constexpr int nvml_success = 0, nvml_not_supported = 3, nvml_function_not_found = 13;
constexpr unsigned nvml_mig_enabled = 1;
constexpr std::size_t nvml_uuid_bytes = 96;

Error nvml_error(const NvmlFunctions& nvml, int code, const std::string& bus) {
  if (code == nvml_not_supported)
    return {ErrorKind::device, "the GPU has no energy counter", bus, {}};
  return {ErrorKind::device,
          fmt::format("the GPU's energy counter cannot be read: {}", nvml.error_text(code)),
          bus,
          {}};
}

/// NVML that has begun; ended when the last counter is gone.
struct NvmlSession {
  explicit NvmlSession(NvmlFunctions functions) : nvml(std::move(functions)) {}
  ~NvmlSession() { nvml.shutdown(); }
  NvmlSession(const NvmlSession&) = delete;
  NvmlSession& operator=(const NvmlSession&) = delete;
  NvmlFunctions nvml;
};

}  // namespace

Result<NvmlFunctions> load_nvml() {
  constexpr const char* name = "libnvidia-ml.so.1";
  const std::shared_ptr<void> library(::dlopen(name, RTLD_NOW | RTLD_LOCAL), [](void* handle) {
    if (handle != nullptr) ::dlclose(handle);
  });
  if (!library)
    return fail(ErrorKind::device, "the driver's library that counts energy (NVML) was not found",
                name);
  std::string missing;
  const auto find = [&](const char* symbol, auto type) {
    const auto found = reinterpret_cast<decltype(type)>(::dlsym(library.get(), symbol));
    if (!found) missing = symbol;
    return found;
  };
  using Plain = int (*)();
  using Text = const char* (*)(int);
  using At = int (*)(const char*, void**);
  using Uuid = int (*)(void*, char*, unsigned);
  using Mig = int (*)(void*, unsigned*, unsigned*);
  using Energy = int (*)(void*, unsigned long long*);
  // Drivers since 2021 have it; before, no GPU was divided.
  const Mig mig = find("nvmlDeviceGetMigMode", Mig());
  missing.clear();
  const Plain init = find("nvmlInit_v2", Plain()), shutdown = find("nvmlShutdown", Plain());
  const Text text = find("nvmlErrorString", Text());
  const At at = find("nvmlDeviceGetHandleByPciBusId_v2", At());
  const Uuid uuid = find("nvmlDeviceGetUUID", Uuid());
  const Energy energy = find("nvmlDeviceGetTotalEnergyConsumption", Energy());
  if (!missing.empty())
    return fail(ErrorKind::device, fmt::format("the driver's NVML has no {}", missing), name,
                "a newer driver has it");
  NvmlFunctions nvml;
  nvml.init = [library, init] { return init(); };
  nvml.shutdown = [library, shutdown] { return shutdown(); };
  nvml.error_text = [library, text](int code) {
    const char* words = text(code);
    return words != nullptr ? std::string(words) : fmt::format("error {}", code);
  };
  nvml.device_at = [library, at](const std::string& bus, void*& device) {
    return at(bus.c_str(), &device);
  };
  nvml.uuid = [library, uuid](void* device, std::string& id) {
    std::array<char, nvml_uuid_bytes> bytes{};
    const int code = uuid(device, bytes.data(), static_cast<unsigned>(bytes.size()));
    bytes.back() = '\0';
    id = bytes.data();
    return code;
  };
  if (mig)
    nvml.divided = [library, mig](void* device, bool& divided) {
      unsigned now = 0, after_reset = 0;
      const int code = mig(device, &now, &after_reset);
      divided = now == nvml_mig_enabled;
      return code;
    };
  nvml.total_energy = [library, energy](void* device, unsigned long long& millijoules) {
    return energy(device, &millijoules);
  };
  return nvml;
}

Result<EnergyCounter> open_nvml_counter(const NvmlFunctions& nvml, const GpuPlace& place) {
  if (const int code = nvml.init(); code != nvml_success)
    return tl::unexpected(nvml_error(nvml, code, place.bus));
  const auto session = std::make_shared<NvmlSession>(nvml);
  void* device = nullptr;
  if (const int code = nvml.device_at(place.bus, device); code != nvml_success)
    return tl::unexpected(nvml_error(nvml, code, place.bus));
  std::string uuid;
  if (const int code = nvml.uuid(device, uuid); code != nvml_success)
    return tl::unexpected(nvml_error(nvml, code, place.bus));
  if (nvml.divided) {
    bool divided = false;
    const int code = nvml.divided(device, divided);
    // A GPU that cannot be divided says so by not supporting the question.
    if (code != nvml_success && code != nvml_not_supported && code != nvml_function_not_found)
      return tl::unexpected(nvml_error(nvml, code, place.bus));
    if (code == nvml_success && divided)
      return fail(ErrorKind::device,
                  "the GPU is partitioned (MIG), and its counter covers all partitions together",
                  place.bus);
  }
  if (uuid != place.uuid)
    return fail(ErrorKind::device,
                fmt::format("NVML and CUDA name different GPUs here: {} and {}", uuid, place.uuid),
                place.bus);
  unsigned long long begin = 0;
  if (const int code = nvml.total_energy(device, begin); code != nvml_success)
    return tl::unexpected(nvml_error(nvml, code, place.bus));
  return EnergyCounter{
      "NVML", [session, device, bus = place.bus, begin, last = begin]() mutable -> Result<double> {
        unsigned long long now = 0;
        if (const int code = session->nvml.total_energy(device, now); code != nvml_success)
          return tl::unexpected(nvml_error(session->nvml, code, bus));
        if (now < last)
          return fail(ErrorKind::device,
                      "the GPU's energy counter went backwards: the driver was reloaded", bus);
        last = now;
        return static_cast<double>(now - begin) / 1000;
      }};
}

}  // namespace plumbline

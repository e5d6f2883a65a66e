#include "core/engine/inference/device_energy.h"

#include <exception>
#include <string>

#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAContext.h>

#include "core/engine/inference/nvml_counter.h"
#endif

#include "core/engine/error_cause.h"

namespace plumbline {

namespace {

#ifdef PLUMBLINE_CUDA
/// "GPU-" and the sixteen bytes in hexadecimal, with hyphens as in every UUID.
std::string gpu_uuid(const cudaUUID_t& uuid) {
  std::string text = "GPU-";
  for (std::size_t i = 0; i < sizeof uuid.bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", static_cast<unsigned char>(uuid.bytes[i]));
  }
  return text;
}
#endif

}  // namespace

Result<EnergyCounter> open_energy_counter([[maybe_unused]] c10::Device device) {
#ifdef PLUMBLINE_CUDA
  if (device.is_cuda()) {
    const auto nvml = load_nvml();
    TRY(nvml);
    const auto* properties = at::cuda::getDeviceProperties(device.index());
    return open_nvml_counter(*nvml, {fmt::format("{:08X}:{:02X}:{:02X}.0", properties->pciDomainID,
                                                 properties->pciBusID, properties->pciDeviceID),
                                     gpu_uuid(properties->uuid)});
  }
#endif
  return open_rapl_counter();
}

Result<void> wake_device(c10::Device device) try {
  static_cast<void>(at::zeros({1}, at::TensorOptions(device)));
  return {};
} catch (const std::exception& exception) {
  return fail(ErrorKind::device, error_cause(exception), device.str());
}

}  // namespace plumbline

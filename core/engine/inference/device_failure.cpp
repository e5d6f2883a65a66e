#include "core/engine/inference/device_failure.h"

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <string_view>

#include <c10/util/Exception.h>
#include <fmt/format.h>
#ifdef PLUMBLINE_CUDA
#include <cuda_runtime_api.h>
#endif

#include "core/engine/error_cause.h"

namespace plumbline {

namespace {

/// CUDA's numbers for errors that stay until the process ends, by its runtime's header: no device,
/// memory or NVLink that failed (100, 214, 220, 226), kernels that went astray or were cut off
/// (700, 702, 710, 714 to 719, 721), a device that others hold or that does not answer (46, 802,
/// 999).
constexpr std::array staying_errors = {46,  100, 214, 220, 226, 700, 702, 710, 714,
                                       715, 716, 717, 718, 719, 721, 802, 999};

bool is_staying_error(int code) {
  return std::ranges::find(staying_errors, code) != staying_errors.end();
}

/// What allocators say of a GPU and of a CPU.
constexpr std::string_view words_of_memory[] = {"out of memory", "can't allocate memory"};

}  // namespace

bool is_out_of_memory(const std::exception& thrown) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&thrown) != nullptr ||
      dynamic_cast<const std::bad_alloc*>(&thrown) != nullptr)
    return true;
  const std::string cause = error_cause(thrown);
  return std::ranges::any_of(
      words_of_memory, [&](std::string_view words) { return cause.find(words) != cause.npos; });
}

std::optional<Error> lost_device(c10::Device device, const std::exception& thrown) {
  const auto* accelerator = dynamic_cast<const c10::AcceleratorError*>(&thrown);
  bool is_lost = accelerator != nullptr && is_staying_error(accelerator->get_error_code());
#ifdef PLUMBLINE_CUDA
  if (!is_lost && device.is_cuda()) is_lost = is_staying_error(cudaDeviceSynchronize());
#endif
  if (!is_lost) return std::nullopt;
  return Error{ErrorKind::device,
               fmt::format("the device is lost to this process: {}", error_cause(thrown)),
               device.str(),
               "the finished files are kept: go on with --resume, on this device once it answers "
               "again (plumbline-engine doctor), or on another one"};
}

}  // namespace plumbline

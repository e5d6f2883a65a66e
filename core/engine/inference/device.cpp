#include "core/engine/inference/device.h"

#include <fstream>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAFunctions.h>
#endif

#include "core/types/number.h"
#include "core/types/precision_names.h"
#include "core/types/threads.h"

namespace plumbline {

namespace {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name"))
      return std::string(trimmed(std::string_view(line).substr(line.find(':') + 1)));
  return "processor";
}

}  // namespace

int gpu_count() {
#ifdef PLUMBLINE_CUDA
  return at::cuda::is_available() ? static_cast<int>(c10::cuda::device_count()) : 0;
#else
  return 0;
#endif
}

std::string_view to_string(Precision precision) {
  return precision_names[static_cast<std::size_t>(precision)];
}

Result<Precision> parse_precision(std::string_view text) {
  for (std::size_t i = 0; i < precision_names.size(); ++i)
    if (text == precision_names[i]) return static_cast<Precision>(i);
  return usage_error(fmt::format("there is no precision '{}'", text), "--precision",
                     std::string(precisions_text));
}

c10::ScalarType scalar_type(Precision precision) {
  switch (precision) {
    case Precision::bf16: return c10::ScalarType::BFloat16;
    case Precision::fp16: return c10::ScalarType::Half;
    default: return c10::ScalarType::Float;
  }
}

Result<c10::Device> parse_device(std::string_view text) {
  const int gpus = gpu_count();
  if (text == "cpu" || (text == "auto" && gpus == 0)) return c10::Device(c10::kCPU);
  if (text == "auto") return c10::Device(c10::kCUDA, 0);
  std::optional<std::int64_t> index;
  if (text == "cuda") index = 0;
  if (text.starts_with("cuda:")) index = parse_integer(text.substr(5));
  if (!index || *index < 0 || *index > 127)
    return usage_error(fmt::format("there is no device '{}'", text), "--device",
                       "auto, cpu or cuda:N");
  if (*index >= gpus)
    return fail(
        ErrorKind::device,
        gpus == 0 ? "no GPU was found" : fmt::format("there are {} GPUs, numbered from 0", gpus),
        std::string(text), "plumbline-engine doctor lists the devices");
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(*index));
}

std::string device_kind(c10::Device device) { return device.is_cuda() ? "cuda" : "cpu"; }

std::string device_name([[maybe_unused]] c10::Device device) {
#ifdef PLUMBLINE_CUDA
  if (device.is_cuda()) return at::cuda::getDeviceProperties(device.index())->name;
#endif
  return fmt::format("CPU {}, {} threads", processor_name(), at::get_num_threads());
}

int compute_capability([[maybe_unused]] c10::Device device) {
#ifdef PLUMBLINE_CUDA
  if (device.is_cuda()) {
    const auto* properties = at::cuda::getDeviceProperties(device.index());
    return 10 * properties->major + properties->minor;
  }
#endif
  return 0;
}

std::size_t memory_bytes([[maybe_unused]] c10::Device device) {
#ifdef PLUMBLINE_CUDA
  if (device.is_cuda()) return at::cuda::getDeviceProperties(device.index())->totalGlobalMem;
#endif
  return 0;
}

void wait_for_stream([[maybe_unused]] c10::Device device) {
#ifdef PLUMBLINE_CUDA
  if (device.is_cuda()) at::cuda::getCurrentCUDAStream(device.index()).synchronize();
#endif
}

void configure_device(c10::Device device, Precision precision) {
  at::set_num_threads(static_cast<int>(core_count()));
  if (!device.is_cuda()) return;
#ifdef PLUMBLINE_CUDA
  // What names no device, an event or a stream, belongs to the one in use.
  c10::cuda::set_device(device.index());
#endif
  const bool tf32 = precision == Precision::tf32;
  auto& context = at::globalContext();
  context.setAllowTF32CuBLAS(tf32);
  context.setAllowTF32CuDNN(tf32);
  // Chosen by heuristics, not by timing: a resumed run takes the same algorithms.
  context.setBenchmarkCuDNN(false);
  context.setDeterministicCuDNN(true);
}

}  // namespace plumbline

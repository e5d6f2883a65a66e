#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "core/types/error.h"

namespace plumbline {

/// Numbers that a network computes with, in the order of precision_names
/// (core/types/precision_names.h).
enum class Precision { fp32, tf32, bf16, fp16 };
std::string_view to_string(Precision precision);
Result<Precision> parse_precision(std::string_view text);
/// The type of a network's input and weights; tf32 is float32 with shorter products.
c10::ScalarType scalar_type(Precision precision);

/// `auto` (the first GPU, else the CPU), `cpu`, `cuda` or `cuda:N`. Errors (device): no such GPU.
Result<c10::Device> parse_device(std::string_view text);

/// How many GPUs this process sees; 0 in a build without CUDA.
int gpu_count();

/// "cpu" or "cuda": what predictions are keyed by.
std::string device_kind(c10::Device device);
/// "CPU AMD EPYC, 2 threads" or "NVIDIA H200": what latencies are kept with.
std::string device_name(c10::Device device);
/// A GPU's compute capability, 90 for 9.0; 0 for a CPU.
int compute_capability(c10::Device device);
/// A GPU's memory in bytes; 0 for a CPU.
std::size_t memory_bytes(c10::Device device);
/// Waits for what the device's current stream has queued; nothing to wait for on a CPU.
void wait_for_stream(c10::Device device);

/// Prepares this process: threads, TF32 off unless asked for, cuDNN's algorithms deterministic.
void configure_device(c10::Device device, Precision precision);

}  // namespace plumbline

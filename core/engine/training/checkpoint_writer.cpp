#include "core/engine/training/checkpoint_writer.h"

#include <functional>
#include <memory>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAGraphsC10Utils.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace plumbline {

namespace {

NamedTensors host_copies(const NamedTensors& tensors) {
  const at::NoGradGuard no_grad;
  NamedTensors copies;
  copies.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors)
    copies.emplace_back(name, tensor.detach().to(at::kCPU, tensor.scalar_type(),
                                                 /*non_blocking=*/false, /*copy=*/true));
  return copies;
}

/// Gives what it keeps away: to be asked once.
using Copies = std::function<NamedTensors()>;

#ifdef PLUMBLINE_CUDA

/// Copies on the device itself, made at once, and brought into host memory when they are asked for,
/// on a stream of their own: bringing takes a hundred times as long, and training goes on
/// meanwhile.
Copies copied_on_device(const NamedTensors& tensors, c10::Device device) {
  const at::NoGradGuard no_grad;
  const c10::cuda::CUDAGuard guard(device);
  NamedTensors made;
  made.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) made.emplace_back(name, tensor.detach().clone());
  auto there = std::make_shared<at::cuda::CUDAEvent>();
  there->record(c10::cuda::getCurrentCUDAStream(device.index()));
  return [device, made = std::move(made), there]() mutable {
    // Training may be capturing a graph, of which this is no part.
    const c10::cuda::CUDAStreamCaptureModeGuard apart(cudaStreamCaptureModeRelaxed);
    const c10::cuda::CUDAGuard own_guard(device);
    const auto stream = c10::cuda::getStreamFromPool(false, device.index());
    const c10::cuda::CUDAStreamGuard own_stream(stream);
    there->block(stream);
    NamedTensors brought = host_copies(made);
    made.clear();
    return brought;
  };
}

#endif

/// What the tensors are now, in host memory when it is asked for.
Copies copied(const NamedTensors& tensors) {
#ifdef PLUMBLINE_CUDA
  for (const auto& named : tensors) {
    if (!named.second.is_cuda()) continue;
    try {
      return copied_on_device(tensors, named.second.device());
    } catch (const c10::OutOfMemoryError&) {
      break;  // there is no room beside the training
    }
  }
#endif
  return [copies = host_copies(tensors)]() mutable { return std::move(copies); };
}

}  // namespace

CheckpointWriter::~CheckpointWriter() {
  if (writing_.valid()) writing_.wait();
}

bool CheckpointWriter::is_busy(std::chrono::milliseconds most) const {
  return writing_.valid() && writing_.wait_for(most) == std::future_status::timeout;
}

Result<void> CheckpointWriter::begin(const SafetensorsMetadata& metadata,
                                     const NamedTensors& tensors) {
  if (auto last = finish(); !last) return last;
  // Where the system gives no thread it is written before the training goes on.
  writing_ = std::async(std::launch::async | std::launch::deferred,
                        [file = file_, metadata, copies = copied(tensors)] {
                          return save_tensors(file, metadata, copies());
                        });
  if (writing_.wait_for(std::chrono::seconds(0)) == std::future_status::deferred) writing_.wait();
  return {};
}

Result<void> CheckpointWriter::finish() {
  return writing_.valid() ? writing_.get() : Result<void>();
}

}  // namespace plumbline

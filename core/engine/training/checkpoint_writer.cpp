#include "core/engine/training/checkpoint_writer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace plumbline {

CheckpointWriter::~CheckpointWriter() {
  if (writing_.valid()) writing_.wait();
}

bool CheckpointWriter::is_busy(std::chrono::milliseconds most) const {
  return writing_.valid() && writing_.wait_for(most) == std::future_status::timeout;
}

Result<void> CheckpointWriter::begin(const SafetensorsMetadata& metadata,
                                     const NamedTensors& tensors) {
  if (auto last = finish(); !last) return last;
  const at::NoGradGuard no_grad;
  NamedTensors copies;
  copies.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors)
    copies.emplace_back(name, tensor.detach().to(at::kCPU, tensor.scalar_type(),
                                                 /*non_blocking=*/false, /*copy=*/true));
  // Where the system gives no thread it is written before the training goes on.
  writing_ = std::async(std::launch::async | std::launch::deferred,
                        [file = file_, metadata, copies = std::move(copies)] {
                          return save_tensors(file, metadata, copies);
                        });
  if (writing_.wait_for(std::chrono::seconds(0)) == std::future_status::deferred) writing_.wait();
  return {};
}

Result<void> CheckpointWriter::finish() {
  return writing_.valid() ? writing_.get() : Result<void>();
}

}  // namespace plumbline

#include "core/engine/inference/batch_upload.h"

#include <cstddef>
#include <deque>
#include <optional>

#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAGuard.h>
#endif

namespace plumbline {

namespace {

[[maybe_unused]] constexpr std::size_t most_bytes_ahead = std::size_t{512} << 20;
[[maybe_unused]] constexpr std::size_t least_batches_ahead = 2;

}  // namespace

struct BatchUpload::State {
  c10::Device device;
  double seconds = 0;
#ifdef PLUMBLINE_CUDA
  /// Pixels that the device may not have used yet. Events are of the order in which they came.
  struct Batch {
    std::size_t bytes = 0;
    at::cuda::CUDAEvent begin{cudaEventDefault}, there{cudaEventDefault}, used;
  };
  std::optional<c10::cuda::CUDAStream> stream;  ///< once there is something to bring
  std::deque<Batch> ahead;
  std::size_t bytes_ahead = 0;

  void drop_first() {
    Batch& first = ahead.front();
    first.used.synchronize();
    seconds += static_cast<double>(first.begin.elapsed_time(first.there)) / 1000;
    bytes_ahead -= first.bytes;
    ahead.pop_front();
  }

  /// Of small batches a great many come before they are half a gigabyte.
  void drop_used() {
    while (!ahead.empty() && ahead.front().used.query()) drop_first();
  }

  at::Tensor bring(const at::Tensor& images) {
    const std::size_t bytes = images.nbytes();
    drop_used();
    while (ahead.size() >= least_batches_ahead && bytes_ahead + bytes > most_bytes_ahead)
      drop_first();
    const auto computing = at::cuda::getCurrentCUDAStream(device.index());
    if (!stream) stream = at::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index());
    Batch batch;
    batch.bytes = bytes;
    at::Tensor brought;
    {
      const c10::cuda::CUDAStreamGuard guard(*stream);
      batch.begin.record(*stream);
      brought = images.to(device, /*non_blocking=*/true);
      batch.there.record(*stream);
    }
    batch.there.block(computing);
    // It was made on the other stream, which must not have its memory back before this one is done.
    brought.record_stream(computing.unwrap());
    batch.used.record(computing);  // until it is said that more has read it
    ahead.push_back(std::move(batch));
    bytes_ahead += bytes;
    return brought;
  }
#endif
};

BatchUpload::BatchUpload(c10::Device device) : state_(new State{.device = device}) {}
BatchUpload::BatchUpload(BatchUpload&&) noexcept = default;
BatchUpload::~BatchUpload() = default;

at::Tensor BatchUpload::to_device(const at::Tensor& images) {
#ifdef PLUMBLINE_CUDA
  if (state_->device.is_cuda() && images.is_cpu() && images.numel() > 0)
    return state_->bring(images);
#endif
  return images.to(state_->device, /*non_blocking=*/true);
}

void BatchUpload::used() {
#ifdef PLUMBLINE_CUDA
  if (state_->ahead.empty()) return;
  state_->ahead.back().used.record(at::cuda::getCurrentCUDAStream(state_->device.index()));
#endif
}

double BatchUpload::seconds() const {
#ifdef PLUMBLINE_CUDA
  state_->drop_used();
#endif
  return state_->seconds;
}

}  // namespace plumbline

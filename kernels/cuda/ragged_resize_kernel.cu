#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "kernels/resize_steps.h"

namespace plumbline::kernels {

namespace {

constexpr int threads = 256;
/// Blocks that share an image, whatever its size.
constexpr int blocks_per_image = 32;

template <int channels>
__global__ void __launch_bounds__(threads)
    blend_all_columns(const uint8_t* __restrict__ pixels, const ResizeJob* __restrict__ jobs,
                      const ResizeTap* __restrict__ taps, int16_t* __restrict__ scratch) {
  const ResizeJob job = jobs[blockIdx.x / blocks_per_image];
  const int64_t count = job.row_count * job.width;
  for (int64_t i = (blockIdx.x % blocks_per_image) * threads + threadIdx.x; i < count;
       i += blocks_per_image * threads) {
    int16_t out[channels];
    blend_columns<channels>(pixels, job, taps, i % job.width, job.first_row + i / job.width, out);
    for (int c = 0; c < channels; ++c) scratch[job.blended + i * channels + c] = out[c];
  }
}

template <int channels>
__global__ void __launch_bounds__(threads)
    blend_all_rows(const int16_t* __restrict__ scratch, const ResizeJob* __restrict__ jobs,
                   const ResizeTap* __restrict__ taps, uint8_t* __restrict__ batch, int height,
                   int width) {
  const ResizeJob job = jobs[blockIdx.x / blocks_per_image];
  uint8_t* image = batch + job.image * height * width * channels;
  for (int i = static_cast<int>(blockIdx.x % blocks_per_image) * threads + threadIdx.x;
       i < height * width; i += blocks_per_image * threads) {
    const int64_t x = i % width - job.left, y = i / width - job.top;
    uint8_t out[channels];
    if (x >= 0 && x < job.width && y >= 0 && y < job.height)
      blend_rows<channels>(scratch, job, taps, x, y, out);
    else
      for (int c = 0; c < channels; ++c) out[c] = static_cast<uint8_t>(job.margin);
    for (int c = 0; c < channels; ++c) image[static_cast<int64_t>(i) * channels + c] = out[c];
  }
}

void resize_cuda(const at::Tensor& pixels, const at::Tensor& jobs, const at::Tensor& taps,
                 std::int64_t scratch, at::Tensor& batch) {
  if (jobs.size(0) == 0) return;
  TORCH_CHECK(jobs.size(0) <= INT_MAX / blocks_per_image,
              "ragged_resize: too many jobs: ", jobs.size(0));
  TORCH_CHECK(batch.size(1) * batch.size(2) <= INT_MAX / 2, "ragged_resize: an image of ",
              batch.size(1), " × ", batch.size(2), " is too large");
  const c10::cuda::CUDAGuard guard(batch.device());
  const auto stream = at::cuda::getCurrentCUDAStream();
  const at::Tensor memory = at::empty({scratch}, batch.options().dtype(at::kShort));
  const auto* job = reinterpret_cast<const ResizeJob*>(jobs.const_data_ptr<int64_t>());
  const auto* tap = reinterpret_cast<const ResizeTap*>(taps.const_data_ptr<int32_t>());
  const auto blocks = static_cast<unsigned>(jobs.size(0) * blocks_per_image);
  const auto launch = [&](auto columns, auto rows) {
    columns<<<blocks, threads, 0, stream>>>(pixels.const_data_ptr<uint8_t>(), job, tap,
                                            memory.mutable_data_ptr<int16_t>());
    C10_CUDA_KERNEL_LAUNCH_CHECK();
    rows<<<blocks, threads, 0, stream>>>(
        memory.const_data_ptr<int16_t>(), job, tap, batch.mutable_data_ptr<uint8_t>(),
        static_cast<int>(batch.size(1)), static_cast<int>(batch.size(2)));
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  };
  if (batch.size(3) == 1)
    launch(blend_all_columns<1>, blend_all_rows<1>);
  else
    launch(blend_all_columns<3>, blend_all_rows<3>);
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CUDA, library) { library.impl("ragged_resize", resize_cuda); }

}  // namespace plumbline::kernels

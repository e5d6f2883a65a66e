#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include <algorithm>

#include "kernels/region_samples.h"
#include "kernels/torchvision_ops.h"

namespace plumbline::kernels {

namespace {

constexpr int align_threads = 256;
constexpr int64_t most_align_blocks = 65'536;

/// A thread makes a value after another.
template <class Real>
__global__ void __launch_bounds__(align_threads)
    align_regions_on_gpu(const Real* __restrict__ pixels, const Real* __restrict__ regions,
                         Real* __restrict__ out, int64_t values, int64_t batch, int64_t channels,
                         int height, int width, Real scale, int pooled_height, int pooled_width,
                         int ratio, bool aligned) {
  for (int64_t i = blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x; i < values;
       i += static_cast<int64_t>(gridDim.x) * blockDim.x) {
    const int x = static_cast<int>(i % pooled_width);
    const int y = static_cast<int>(i / pooled_width % pooled_height);
    const int64_t channel = i / pooled_width / pooled_height % channels;
    const int64_t region = i / pooled_width / pooled_height / channels;
    const int64_t image = static_cast<int64_t>(regions[5 * region]);
    if (image < 0 || image >= batch) {  // nobody can be told from here without waiting
      out[i] = NAN;
      continue;
    }
    const auto bins =
        region_bins(regions + 5 * region + 1, scale, pooled_height, pooled_width, ratio, aligned);
    out[i] =
        bin_mean(pixels + (image * channels + channel) * height * width, height, width, bins, y, x);
  }
}

at::Tensor align_on_gpu(const at::Tensor& input, const at::Tensor& regions, double scale,
                        int64_t pooled_height, int64_t pooled_width, int64_t ratio, bool aligned) {
  TORCH_CHECK(input.dim() == 4, "the input is batch × channels × height × width, not ",
              input.sizes());
  TORCH_CHECK(regions.dim() == 2 && regions.size(1) == 5 && regions.device() == input.device(),
              "regions are n × 5 on the input's device, not ", regions.sizes());
  TORCH_CHECK(pooled_height > 0 && pooled_width > 0 && pooled_height <= 1024 &&
                  pooled_width <= 1024 && ratio <= 1024,
              "the pooled size is out of range");
  const c10::cuda::CUDAGuard guard(input.device());
  const auto type = input.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const at::Tensor pixels = input.to(type).contiguous(), boxes = regions.to(type).contiguous();
  const at::Tensor out =
      at::empty({boxes.size(0), pixels.size(1), pooled_height, pooled_width}, pixels.options());
  if (out.numel() == 0) return out.to(input.scalar_type());
  TORCH_CHECK(pixels.numel() > 0, "the input has no pixels");
  const auto blocks = static_cast<unsigned>(
      std::min<int64_t>((out.numel() + align_threads - 1) / align_threads, most_align_blocks));
  const auto run = [&](auto zero) {
    using Real = decltype(zero);
    align_regions_on_gpu<Real><<<blocks, align_threads, 0, at::cuda::getCurrentCUDAStream()>>>(
        pixels.const_data_ptr<Real>(), boxes.const_data_ptr<Real>(), out.mutable_data_ptr<Real>(),
        out.numel(), pixels.size(0), pixels.size(1), static_cast<int>(pixels.size(2)),
        static_cast<int>(pixels.size(3)), static_cast<Real>(scale), static_cast<int>(pooled_height),
        static_cast<int>(pooled_width), static_cast<int>(ratio), aligned);
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  };
  if (type == at::kDouble)
    run(0.0);
  else
    run(0.0F);
  return out.to(input.scalar_type());
}

}  // namespace

TORCH_LIBRARY_IMPL(torchvision, CUDA, library) { library.impl("roi_align", align_on_gpu); }

}  // namespace plumbline::kernels

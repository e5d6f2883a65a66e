#include <ATen/Dispatch.h>
#include <ATen/OpMathType.h>
#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include <algorithm>
#include <cstdint>

#include "kernels/region_samples.h"
#include "kernels/torchvision_ops.h"

namespace plumbline::kernels {

namespace {

constexpr int align_threads = 256;
constexpr int64_t most_align_blocks = 65'536;

/// A thread makes a value after another. Index: wide enough for `values`; divisions of 64 bits take
/// several times as long as the samples do.
template <class Index, class Element, class Real>
__global__ void __launch_bounds__(align_threads)
    align_regions_on_gpu(const Element* __restrict__ pixels, const Real* __restrict__ regions,
                         Element* __restrict__ out, Index values, int64_t batch, Index channels,
                         int height, int width, Real scale, Index pooled_height, Index pooled_width,
                         int ratio, bool aligned) {
  for (Index i = blockIdx.x * static_cast<Index>(blockDim.x) + threadIdx.x; i < values;
       i += static_cast<Index>(gridDim.x) * blockDim.x) {
    const Index row = i / pooled_width, plane = row / pooled_height, region = plane / channels;
    const int x = static_cast<int>(i - row * pooled_width);
    const int y = static_cast<int>(row - plane * pooled_height);
    const int64_t channel = static_cast<int64_t>(plane - region * channels);
    const Real* corners = regions + 5 * static_cast<int64_t>(region);
    const auto image = static_cast<int64_t>(corners[0]);
    if (image < 0 || image >= batch) {  // nobody can be told from here without waiting
      out[i] = static_cast<Element>(NAN);
      continue;
    }
    const auto bins = region_bins(corners + 1, scale, static_cast<int>(pooled_height),
                                  static_cast<int>(pooled_width), ratio, aligned);
    const int64_t start = (image * static_cast<int64_t>(channels) + channel) * height * width;
    out[i] = static_cast<Element>(bin_mean(pixels + start, height, width, bins, y, x));
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
  const auto type = input.scalar_type();
  const at::Tensor pixels = input.contiguous();
  const at::Tensor out =
      at::empty({regions.size(0), pixels.size(1), pooled_height, pooled_width}, pixels.options());
  if (out.numel() == 0) return out;
  TORCH_CHECK(pixels.numel() > 0, "the input has no pixels");
  const int64_t values = out.numel();
  const auto blocks = static_cast<unsigned>(
      std::min<int64_t>((values + align_threads - 1) / align_threads, most_align_blocks));
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, type, "roi_align", [&] {
    using Real = at::opmath_type<scalar_t>;
    const at::Tensor boxes = regions.to(c10::CppTypeToScalarType<Real>::value).contiguous();
    const auto run = [&](auto index) {
      using Index = decltype(index);
      align_regions_on_gpu<Index, scalar_t, Real>
          <<<blocks, align_threads, 0, at::cuda::getCurrentCUDAStream()>>>(
              pixels.const_data_ptr<scalar_t>(), boxes.const_data_ptr<Real>(),
              out.mutable_data_ptr<scalar_t>(), static_cast<Index>(values), pixels.size(0),
              static_cast<Index>(pixels.size(1)), static_cast<int>(pixels.size(2)),
              static_cast<int>(pixels.size(3)), static_cast<Real>(scale),
              static_cast<Index>(pooled_height), static_cast<Index>(pooled_width),
              static_cast<int>(ratio), aligned);
      C10_CUDA_KERNEL_LAUNCH_CHECK();
    };
    // A last step past the end must not wrap around.
    if (values < (int64_t{1} << 31))
      run(std::uint32_t{});
    else
      run(std::uint64_t{});
  });
  return out;
}

}  // namespace

TORCH_LIBRARY_IMPL(torchvision, CUDA, library) { library.impl("roi_align", align_on_gpu); }

}  // namespace plumbline::kernels

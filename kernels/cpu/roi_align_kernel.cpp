#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include <array>

#include "kernels/region_samples.h"
#include "kernels/torchvision_ops.h"

namespace plumbline::kernels {

namespace {

struct PooledSize {
  int height, width, ratio;
  bool aligned;
};

template <class Real>
void align_regions(const at::Tensor& input, const at::Tensor& regions, double scale,
                   const PooledSize& pooled, const at::Tensor& out) {
  const Real *pixels = input.const_data_ptr<Real>(), *region = regions.const_data_ptr<Real>();
  Real* result = out.mutable_data_ptr<Real>();
  const std::int64_t batch = input.size(0), channels = input.size(1);
  const int height = static_cast<int>(input.size(2)), width = static_cast<int>(input.size(3));
  const std::int64_t plane = input.size(2) * input.size(3);
  const std::int64_t values = std::int64_t{pooled.height} * pooled.width;
  at::parallel_for(0, regions.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const auto image = static_cast<std::int64_t>(region[5 * r]);
      TORCH_CHECK(image >= 0 && image < batch, "a region names image ", image, " of ", batch);
      const auto bins = region_bins(region + 5 * r + 1, static_cast<Real>(scale), pooled.height,
                                    pooled.width, pooled.ratio, pooled.aligned);
      for (std::int64_t c = 0; c < channels; ++c) {
        const Real* from = pixels + (image * channels + c) * plane;
        Real* to = result + (r * channels + c) * values;
        for (int y = 0; y < pooled.height; ++y)
          for (int x = 0; x < pooled.width; ++x) *to++ = bin_mean(from, height, width, bins, y, x);
      }
    }
  });
}

at::Tensor align_kernel(const at::Tensor& input, const at::Tensor& regions, double scale,
                        std::int64_t pooled_height, std::int64_t pooled_width, std::int64_t ratio,
                        bool aligned) {
  TORCH_CHECK(input.dim() == 4, "the input is batch × channels × height × width, not ",
              input.sizes());
  TORCH_CHECK(regions.dim() == 2 && regions.size(1) == 5, "regions are n × 5, not ",
              regions.sizes());
  TORCH_CHECK(pooled_height > 0 && pooled_width > 0 && pooled_height <= 1024 &&
                  pooled_width <= 1024 && ratio <= 1024,
              "the pooled size is out of range");
  // Half precision is summed in float32.
  const auto type = input.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const at::Tensor pixels = input.to(type).contiguous(), boxes = regions.to(type).contiguous();
  const at::Tensor out =
      at::empty({boxes.size(0), pixels.size(1), pooled_height, pooled_width}, pixels.options());
  if (out.numel() == 0) return out.to(input.scalar_type());
  TORCH_CHECK(pixels.numel() > 0, "the input has no pixels");
  const PooledSize pooled{static_cast<int>(pooled_height), static_cast<int>(pooled_width),
                          static_cast<int>(ratio), aligned};
  if (type == at::kDouble)
    align_regions<double>(pixels, boxes, scale, pooled, out);
  else
    align_regions<float>(pixels, boxes, scale, pooled, out);
  return out.to(input.scalar_type());
}

}  // namespace

TORCH_LIBRARY_IMPL(torchvision, CPU, library) { library.impl("roi_align", align_kernel); }

}  // namespace plumbline::kernels

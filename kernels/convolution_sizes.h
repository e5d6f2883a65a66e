#pragma once
#include <array>
#include <cstdint>

#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// Strides, paddings and dilations of two numbers each.
struct ConvolutionShape {
  at::IntArrayRef stride, padding, dilation;
  std::int64_t groups = 1;
};

/// What a convolution of x [images, channels, height, width] gives. weight: [outputs, channels /
/// groups, rows, columns], laid out however.
inline std::array<std::int64_t, 4> output_sizes(const at::Tensor& x, const at::Tensor& weight,
                                                const ConvolutionShape& shape) {
  std::array<std::int64_t, 4> sizes{x.size(0), weight.size(0), 0, 0};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto side = static_cast<std::int64_t>(i + 2);
    const std::int64_t reach = shape.dilation[i] * (weight.size(side) - 1) + 1;
    sizes[i + 2] = (x.size(side) + 2 * shape.padding[i] - reach) / shape.stride[i] + 1;
  }
  return sizes;
}

}  // namespace plumbline::kernels

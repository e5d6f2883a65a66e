#pragma once
#include <optional>

#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// A convolution in two dimensions, in one group, and what follows it in most networks:
///
///   y = relu(convolution(x, weight) + bias + addend)
///
/// x [images, channels, height, width]; weight [outputs, channels, rows, columns]; bias [outputs]
/// or none; addend: of y's shape, or one that broadcasts to it, or none. Stride, padding and
/// dilation of two numbers each. One floating type and device. On CUDA one pass of cuDNN's where
/// the addend has y's shape, with sums and activation in float32 before rounding (TF32 as the
/// global switch says); elsewhere ATen's ops one by one. Not differentiable. Errors (c10::Error):
/// what ATen's convolution refuses.
at::Tensor convolution_relu(const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias,
                            const std::optional<at::Tensor>& addend, at::IntArrayRef stride,
                            at::IntArrayRef padding, at::IntArrayRef dilation);

}  // namespace plumbline::kernels

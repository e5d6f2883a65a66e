#pragma once
#include <cstdint>
#include <optional>

#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// Strides, paddings and dilations of two numbers each.
struct ConvolutionShape {
  at::IntArrayRef stride, padding, dilation;
  std::int64_t groups = 1;
};

/// Whether LibTorch has oneDNN's convolutions here, and may use them.
bool can_prepare_convolutions();

/// A weight as oneDNN's convolution on a CPU reads it fastest, laid out once instead of in every
/// call. weight: float32 [outputs, channels / groups, rows, columns] on the CPU. Opaque: for
/// `prepared_convolution` of the same shape alone.
at::Tensor prepare_convolution(const at::Tensor& weight, const ConvolutionShape& shape);

/// What is done with the addend's memory.
enum class AddendUse { keep, overwrite };

/// y = relu(convolution(x, weight) + bias + addend) in one pass on the CPU; without `relu` the sum
/// alone. x: float32 [images, channels, height, width], or of one image without the first; weight:
/// as `prepare_convolution` gives it; bias: [outputs] or none; addend: of y's shape, or one that
/// broadcasts to it, or none. y is channels last where x is. Not differentiable. Errors
/// (c10::Error): what oneDNN refuses.
at::Tensor prepared_convolution(const at::Tensor& x, const at::Tensor& weight,
                                const std::optional<at::Tensor>& bias,
                                const std::optional<at::Tensor>& addend,
                                const ConvolutionShape& shape, bool relu,
                                AddendUse use = AddendUse::keep);

}  // namespace plumbline::kernels

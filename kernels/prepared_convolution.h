#pragma once
#include <optional>

#include <ATen/core/Tensor.h>

#include "kernels/convolution_sizes.h"

namespace plumbline::kernels {

/// Whether LibTorch has oneDNN's convolutions here, and may use them.
bool can_prepare_convolutions();

/// A weight as the fastest convolution on this CPU reads it, laid out once instead of in every
/// call: ours (winograd_convolution.h) where there is one for its sizes, which it then has for each
/// batch and image, else oneDNN's. weight: float32 [outputs, channels / groups, rows, columns] on
/// the CPU. Opaque: for `prepared_convolution` of the same shape alone.
at::Tensor prepare_convolution(const at::Tensor& weight, const ConvolutionShape& shape);

/// What may be done with the addend's memory.
enum class AddendUse { keep, overwrite };

/// y = relu(convolution(x, weight) + bias + addend) in one pass on the CPU; without `relu` the sum
/// alone. x: float32 [images, channels, height, width], or of one image without the first; weight:
/// as `prepare_convolution` gives it; bias: [outputs] or none; addend: of y's shape, or one that
/// broadcasts to it, or none; not x where it is overwritten. y is channels last where x is. Not
/// differentiable. Errors (c10::Error): types and sizes that do not suit, what oneDNN refuses.
at::Tensor prepared_convolution(const at::Tensor& x, const at::Tensor& weight,
                                const std::optional<at::Tensor>& bias,
                                const std::optional<at::Tensor>& addend,
                                const ConvolutionShape& shape, bool relu,
                                AddendUse use = AddendUse::keep);

}  // namespace plumbline::kernels

#pragma once
#include <optional>

#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// A convolution of 3 × 3 with padding 1 and stride 1, and what follows it in a residual network,
/// in one pass over memory (cross-correlation, as networks have it):
///
///   y = relu(b[k] + Σ_c Σ_taps w[k, c, tap] · x[c, shifted by tap] + addend)
///
/// x: float32 [images, channels, height, width], contiguous; `weight`: as `arrange3x3` gives it;
/// bias: float32 [outputs]; addend: like y, [images, outputs, height, width], or none. All on one
/// device. On CUDA every product is float32's own (no TF32), each output is summed in one fixed
/// order whatever the batch, compute capability 8.0 is needed, and `suits_convolution3x3` must
/// hold; the CPU's kernel is ATen's, there to compare with. Not differentiable. Errors
/// (c10::Error): shapes, types, layouts, devices, sizes that do not suit.
at::Tensor convolution3x3(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                          const std::optional<at::Tensor>& addend, bool relu);

/// [outputs, channels, 3, 3] → [channels, 9, outputs], contiguous.
at::Tensor arrange3x3(const at::Tensor& weight);

/// Whether the CUDA kernel takes such a layer: rows of at most 32 pixels, outputs in multiples of
/// 16 (of 32 for rows of at most 16 pixels, of 64 for rows of at most 8).
bool suits_convolution3x3(int64_t outputs, int64_t width);

}  // namespace plumbline::kernels

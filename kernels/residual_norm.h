#pragma once
#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// Layer normalisation of a sum, over its last dimension: (s − mean(s)) / √(var(s) + epsilon) ·
/// weight + bias, s = x + change. One pass on CUDA for bfloat16 and float16 of up to 1,024 columns,
/// a multiple of 8: s is not rounded, sums are float32. All else is LibTorch's sum and norm.
///
/// x, change: [..., width]; weight, bias: [width]; of one type and device. Deterministic;
/// capturable in a CUDA graph. No gradient: for inference. Errors (c10::Error): shapes, types,
/// devices.
at::Tensor residual_norm(const at::Tensor& x, const at::Tensor& change, const at::Tensor& weight,
                         const at::Tensor& bias, double epsilon);

}  // namespace plumbline::kernels

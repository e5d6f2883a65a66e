#pragma once
#include <cstdint>

#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// rows += bias, activated = act(rows), in one pass. rows: [n, inner], contiguous; `activated` may
/// be `rows` itself.
void add_bias_and_activate(const at::Tensor& rows, const at::Tensor& bias, bool gelu,
                           const at::Tensor& activated);

/// The same for a row of n values.
void add_bias_and_activate(float* row, const float* bias, float* activated, int64_t n, bool gelu);

/// From what a pass kept (before GELU, after ReLU): grad *= act′ in place, and `activated`, which
/// for ReLU is `kept` itself and not written.
void activate_backward(const at::Tensor& kept, bool gelu, const at::Tensor& activated,
                       const at::Tensor& grad);

}  // namespace plumbline::kernels

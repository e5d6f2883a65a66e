#pragma once
#include <ATen/core/Tensor.h>

namespace plumbline {

/// relu(x · weightᵀ + bias), [tokens, units], with a gradient. x: [tokens, d]; weight: [units, d];
/// bias: [units]; of one type and device. A GPU's product rectifies what it writes, where at::relu
/// would read and write all of it once more. Its gradient cannot be differentiated again.
at::Tensor rectified_product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace plumbline

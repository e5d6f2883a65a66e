#pragma once
#include <tuple>

#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// routed_experts.h by LibTorch's routing and expert_feed_forward, for every device and type.
at::Tensor routed_experts_by_aten(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& w1,
                                  const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                                  int64_t top_k, bool gelu);

}  // namespace plumbline::kernels

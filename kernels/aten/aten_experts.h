#pragma once
#include <ATen/core/Tensor.h>

#include "kernels/expert_pass.h"

namespace plumbline::kernels {

/// The parts of expert_pass.h in plain ATen operations on the tensors' device: what a GPU computes.
/// Runs on a CPU as well, so that it is tested against the CPU's kernels.
///
/// bfloat16 with d and inner divisible by 8 and weights aligned to 16 bytes goes through
/// at::_grouped_mm, all experts in one product; nothing is read on the host. Other types are a loop
/// over experts whose counts are read on the host once a call.
ExpertPass expert_pass_by_aten(const at::Tensor& x, const at::Tensor& choice, const at::Tensor& w1,
                               const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                               bool gelu, bool keep_hidden);
ExpertGradients expert_pass_backward_by_aten(const at::Tensor& grad, const at::Tensor& x,
                                             const at::Tensor& hidden, const at::Tensor& order,
                                             const at::Tensor& place, const at::Tensor& ends,
                                             const at::Tensor& w1, const at::Tensor& w2, bool gelu,
                                             bool by_x, bool by_weights);
at::Tensor expert_combine_by_aten(const at::Tensor& outputs, const at::Tensor& place,
                                  const at::Tensor& gate);

/// int64 [tokens, k] choices, sorted.
Routes route_by_aten(const at::Tensor& choice, int64_t experts);

}  // namespace plumbline::kernels

#pragma once
#include "kernels/attention_pass.h"

/// relative_attention.h made of LibTorch's ops, for every device and type: of size queries × keys.
/// Halves are computed in float32.
namespace plumbline::kernels {

std::tuple<at::Tensor, at::Tensor> attention_pass_by_aten(const AttentionInputs& inputs);

AttentionGradients attention_pass_backward_by_aten(const at::Tensor& grad,
                                                   const AttentionInputs& inputs,
                                                   const at::Tensor& output,
                                                   const at::Tensor& logsumexp);

/// On what lies in the rings: only scores by distance are put in the order of the slots.
at::Tensor attention_step_by_aten(const AttentionInputs& inputs, const at::Tensor& ring_keys,
                                  const at::Tensor& ring_values, const at::Tensor& seen);

}  // namespace plumbline::kernels

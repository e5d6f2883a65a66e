#pragma once
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/sums/rank_sum.h"

namespace plumbline {

/// The gradients of all ranks added up: float32, of the shapes and strides of these, in one buffer
/// that is summed at once. `figures`, float32 [n], go with them and are summed in their place.
/// Every rank must have gradients of the same tensors.
std::vector<at::Tensor> summed_gradients(RankSum& ranks, const std::vector<at::Tensor>& gradients,
                                         at::Tensor& figures);

}  // namespace plumbline

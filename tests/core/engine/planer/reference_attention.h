#pragma once
#include <ATen/core/Tensor.h>

#include "core/engine/planer/attention.h"

namespace plumbline::test {

/// Relative attention as Dai et al. 2019 define it, score by score, without the shift of a matrix:
///   s(i, j) = ((q_i + u)·k_j + (q_i + v)·W_r R_{memory + i − j}) / √d
/// for every query i, key j ≤ memory + i. One batch entry and head at a time; differentiable. x:
/// [batch, length, d_model], memory: [batch, m, d_model] or undefined; returns [batch, length,
/// heads · d_head].
at::Tensor reference_attention(const AttentionWeights& weights, const at::Tensor& x,
                               const at::Tensor& memory);

}  // namespace plumbline::test

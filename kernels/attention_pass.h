#pragma once
#include <cstdint>
#include <tuple>

#include <ATen/core/Tensor.h>

/// The parts that the gradient of relative_attention.h is made of.
namespace plumbline::kernels {

/// The arguments of `relative_attention`.
struct AttentionInputs {
  at::Tensor query, key, value, positions, content_bias, position_bias;
  int64_t window = 0;

  int64_t batch() const { return query.size(0); }
  int64_t length() const { return query.size(1); }
  int64_t heads() const { return query.size(2); }
  int64_t d() const { return query.size(3); }
  int64_t keys() const { return key.size(1); }
};

/// Refuses what the op does not take. `remembered`: keys in a ring, before those of `key`.
void check_attention(const AttentionInputs& inputs, int64_t remembered);
/// Rings, and how many keys of each are remembered.
int64_t check_rings(const AttentionInputs& inputs, const at::Tensor& ring_keys,
                    const at::Tensor& ring_values, const at::Tensor& seen);

/// Calls through the dispatcher. Output, and log Σ exp(score) [batch, heads, length], float32 or
/// float64.
std::tuple<at::Tensor, at::Tensor> attention_pass(const AttentionInputs& inputs);
/// Gradients by query, key, value, positions, content_bias and position_bias.
using AttentionGradients =
    std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>;
AttentionGradients attention_pass_backward(const at::Tensor& grad, const AttentionInputs& inputs,
                                           const at::Tensor& output, const at::Tensor& logsumexp);

}  // namespace plumbline::kernels

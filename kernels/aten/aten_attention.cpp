#include "kernels/aten/aten_attention.h"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>

namespace plumbline::kernels {

namespace {

at::ScalarType computing(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

/// Everything by head, in the computing type: queries with their biases and what they meet.
struct ByHead {
  at::Tensor content, position, key, value;  ///< [batch, heads, rows, d]
  at::Tensor distances;                      ///< [heads, keys, d]
  double scale;

  explicit ByHead(const AttentionInputs& inputs)
      : scale(1 / std::sqrt(static_cast<double>(inputs.d()))) {
    const auto type = computing(inputs.query);
    const at::Tensor query = inputs.query.to(type);
    content = (query + inputs.content_bias.to(type)).transpose(1, 2);
    position = (query + inputs.position_bias.to(type)).transpose(1, 2);
    key = inputs.key.to(type).transpose(1, 2);
    value = inputs.value.to(type).transpose(1, 2);
    distances = inputs.positions.to(type).transpose(0, 1);
  }
};

/// Scores' part by distance, [batch, heads, length, keys], −∞ where nothing is seen.
at::Tensor scores_by_distance(const ByHead& by_head, int64_t window) {
  const at::Tensor by_distance =
      at::matmul(by_head.position, by_head.distances.transpose(1, 2)).contiguous();
  const int64_t batch = by_distance.size(0), heads = by_distance.size(1),
                length = by_distance.size(2), keys = by_distance.size(3);
  // Column c of row i belongs to key c + i + 1 − length: row i + 1 begins a column later.
  const at::Tensor by_key =
      by_distance.as_strided({batch, heads, length, keys},
                             {heads * length * keys, length * keys, keys - 1, 1}, length - 1);
  const auto options = by_distance.options().dtype(at::kLong);
  const at::Tensor place = at::arange(keys - length, keys, options).unsqueeze(1);
  const at::Tensor key = at::arange(keys, options);
  at::Tensor hidden = key.gt(place);
  if (window > 0) hidden = hidden.logical_or(key.le(place - window));
  return by_key.masked_fill(hidden, -std::numeric_limits<double>::infinity());
}

at::Tensor scores_of(const ByHead& by_head, int64_t window) {
  return scores_by_distance(by_head, window)
      .add_(at::matmul(by_head.content, by_head.key.transpose(2, 3)))
      .mul_(by_head.scale);
}

at::Tensor as_given(const at::Tensor& tensor, const at::Tensor& like) {
  return tensor.transpose(1, 2).to(like.scalar_type()).contiguous();
}

}  // namespace

std::tuple<at::Tensor, at::Tensor> attention_pass_by_aten(const AttentionInputs& inputs) {
  check_attention(inputs, 0);
  const ByHead by_head(inputs);
  if (inputs.query.numel() == 0)
    return {
        at::empty_like(inputs.query, at::MemoryFormat::Contiguous),
        at::empty({inputs.batch(), inputs.heads(), inputs.length()}, by_head.content.options())};
  const at::Tensor scores = scores_of(by_head, inputs.window);
  const at::Tensor logsumexp = scores.logsumexp(-1);
  return {as_given(at::matmul(scores.softmax(-1), by_head.value), inputs.query), logsumexp};
}

AttentionGradients attention_pass_backward_by_aten(const at::Tensor& grad,
                                                   const AttentionInputs& inputs,
                                                   const at::Tensor& output,
                                                   const at::Tensor& logsumexp) {
  const ByHead by_head(inputs);
  if (inputs.query.numel() == 0)
    return {at::zeros_like(inputs.query),        at::zeros_like(inputs.key),
            at::zeros_like(inputs.value),        at::zeros_like(inputs.positions),
            at::zeros_like(inputs.content_bias), at::zeros_like(inputs.position_bias)};
  const auto type = computing(inputs.query);
  const at::Tensor given = grad.to(type).transpose(1, 2);
  const at::Tensor shares = (scores_of(by_head, inputs.window) - logsumexp.unsqueeze(-1)).exp_();
  const at::Tensor of_value = at::matmul(shares.transpose(2, 3), given);
  // A row of scores moves its sum only by what differs from its mean.
  const at::Tensor mean = (given * output.to(type).transpose(1, 2)).sum(-1, true);
  const at::Tensor of_scores = (at::matmul(given, by_head.value.transpose(2, 3)) - mean)
                                   .mul_(shares)
                                   .mul_(by_head.scale)
                                   .contiguous();
  const int64_t batch = inputs.batch(), heads = inputs.heads(), length = inputs.length(),
                keys = inputs.keys();
  // By distance: Transformer-XL's shift (Dai et al., appendix B), backwards.
  at::Tensor shifted = at::zeros({batch, heads, keys + 1, length}, of_scores.options());
  shifted.narrow(2, 1, keys).copy_(of_scores.view({batch, heads, keys, length}));
  const at::Tensor by_distance = shifted.view({batch, heads, length, keys + 1}).narrow(3, 1, keys);
  const at::Tensor of_content = at::matmul(of_scores, by_head.key);
  const at::Tensor of_position = at::matmul(by_distance, by_head.distances);
  const at::Tensor of_key = at::matmul(of_scores.transpose(2, 3), by_head.content);
  const at::Tensor of_distances =
      at::matmul(by_distance.transpose(2, 3), by_head.position).sum(0).transpose(0, 1);
  const auto of_bias = [](const at::Tensor& of_query, const at::Tensor& bias) {
    return of_query.sum(at::IntArrayRef{0, 2}).to(bias.scalar_type());
  };
  return {as_given(of_content + of_position, inputs.query),
          as_given(of_key, inputs.key),
          as_given(of_value, inputs.value),
          of_distances.to(inputs.positions.scalar_type()).contiguous(),
          of_bias(of_content, inputs.content_bias),
          of_bias(of_position, inputs.position_bias)};
}

at::Tensor attention_step_by_aten(const AttentionInputs& inputs, const at::Tensor& ring_keys,
                                  const at::Tensor& ring_values, const at::Tensor& seen) {
  const int64_t remembered = check_rings(inputs, ring_keys, ring_values, seen);
  if (remembered == 0 || inputs.query.numel() == 0)
    return std::get<0>(attention_pass_by_aten(inputs));
  const int64_t all = remembered + inputs.length();
  const at::Tensor fresh =
      (at::arange(remembered, all, seen.options()) + seen).remainder(all);  // their slots
  ring_keys.index_copy_(2, fresh, inputs.key.transpose(1, 2));
  ring_values.index_copy_(2, fresh, inputs.value.transpose(1, 2));
  const ByHead by_head(inputs);
  const auto type = computing(inputs.query);
  // Sums over keys have no order: what goes by distance is turned, not the keys.
  const at::Tensor key_of_slot = (at::arange(all, seen.options()) - seen).remainder(all);
  const at::Tensor shares =
      scores_by_distance(by_head, inputs.window)
          .index_select(3, key_of_slot)
          .add_(at::matmul(by_head.content, ring_keys.to(type).transpose(2, 3)))
          .mul_(by_head.scale)
          .softmax(-1);
  return as_given(at::matmul(shares, ring_values.to(type)), inputs.query);
}

}  // namespace plumbline::kernels

#include "core/engine/planer/attention.h"

#include <cmath>

#include <ATen/ATen.h>

#include "kernels/relative_attention.h"

namespace plumbline {

AttentionWeights AttentionWeights::make(ParameterSet& parameters, const std::string& prefix,
                                        const BackboneConfig& config, std::int64_t heads) {
  using enum ParameterRole;
  AttentionWeights made;
  made.heads = heads;
  made.d_head = config.d_head;
  const std::int64_t width = heads * config.d_head, model = config.d_model;
  made.query = parameters.make(prefix + "query", weight, {width, model});
  made.key = parameters.make(prefix + "key", weight, {width, model});
  made.value = parameters.make(prefix + "value", weight, {width, model});
  made.output = parameters.make(prefix + "output", weight, {model, width});
  if (config.positions == Positions::relative) {
    made.position = parameters.make(prefix + "position", weight, {width, model});
    made.content_bias = parameters.make(prefix + "content_bias", bias, {heads, config.d_head});
    made.position_bias = parameters.make(prefix + "position_bias", bias, {heads, config.d_head});
  }
  if (config.projection_biases) {
    made.query_bias = parameters.make(prefix + "query_bias", bias, {width});
    made.key_bias = parameters.make(prefix + "key_bias", bias, {width});
    made.value_bias = parameters.make(prefix + "value_bias", bias, {width});
    made.output_bias = parameters.make(prefix + "output_bias", bias, {model});
  }
  return made;
}

AttentionWeights AttentionWeights::first(std::int64_t count) const {
  if (count == heads) return *this;
  AttentionWeights part = *this;
  part.heads = count;
  const auto rows = [](at::Tensor& tensor, std::int64_t n) {
    if (tensor.defined()) tensor = tensor.narrow(0, 0, n);
  };
  for (at::Tensor* tensor : {&part.query, &part.key, &part.value, &part.position, &part.query_bias,
                             &part.key_bias, &part.value_bias})
    rows(*tensor, count * d_head);
  rows(part.content_bias, count);
  rows(part.position_bias, count);
  part.output = part.output.narrow(1, 0, count * d_head);
  return part;
}

at::Tensor by_head(const at::Tensor& flat, std::int64_t heads) {
  return flat.view({flat.size(0), flat.size(1), heads, -1}).transpose(1, 2);
}

at::Tensor project_distances(const AttentionWeights& weights, const at::Tensor& distances) {
  const at::Tensor projected = at::linear(distances, weights.position);  // [keys, heads·d_head]
  return projected.view({distances.size(0), weights.heads, weights.d_head}).permute({1, 2, 0});
}

at::Tensor relative_scores(const at::Tensor& query, const at::Tensor& projected) {
  const at::Tensor scores = at::matmul(query, projected);  // column c: distance keys − 1 − c
  const std::int64_t batch = scores.size(0), heads = scores.size(1), length = scores.size(2),
                     keys = scores.size(3);
  // Row i is to move left by length − 1 − i: with a column of zeros before each row, the rows of
  // length `length` of the same values are just those, but for the first (Dai et al., appendix B).
  return at::constant_pad_nd(scores, {1, 0})
      .view({batch, heads, keys + 1, length})
      .narrow(2, 1, keys)
      .view({batch, heads, length, keys});
}

namespace {

/// Where kernels/relative_attention.h works on tensor cores; it drops nothing out.
bool goes_by_tiles(const AttentionWeights& weights, const at::Tensor& x, double dropout) {
  return weights.position.defined() && dropout == 0 && x.is_cuda() &&
         (x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kHalf);
}

}  // namespace

at::Tensor attend(const AttentionWeights& weights, const at::Tensor& x, const at::Tensor& memory,
                  const SegmentContext& context) {
  const at::Tensor seen = memory.defined() && memory.size(1) > 0 ? at::cat({memory, x}, 1) : x;
  const at::Tensor query = at::linear(x, weights.query, weights.query_bias);
  const double dropout = context.training ? context.attention_dropout : 0.0;
  if (goes_by_tiles(weights, x, dropout)) {
    const auto heads_last = [&](const at::Tensor& flat) {
      return flat.unflatten(-1, {weights.heads, weights.d_head});
    };
    return kernels::relative_attention(
               heads_last(query), heads_last(at::linear(seen, weights.key, weights.key_bias)),
               heads_last(at::linear(seen, weights.value, weights.value_bias)),
               heads_last(at::linear(context.distances, weights.position)), weights.content_bias,
               weights.position_bias, context.window)
        .flatten(2);
  }
  const at::Tensor key = by_head(at::linear(seen, weights.key, weights.key_bias), weights.heads);
  const at::Tensor value =
      by_head(at::linear(seen, weights.value, weights.value_bias), weights.heads);
  at::Tensor content = by_head(query, weights.heads);
  const double scale = 1.0 / std::sqrt(static_cast<double>(weights.d_head));
  std::optional<at::Tensor> bias;
  if (weights.position.defined()) {
    const at::Tensor by_position = by_head(query + weights.position_bias.flatten(), weights.heads);
    const at::Tensor scores =
        relative_scores(by_position, project_distances(weights, context.distances));
    bias = at::add(context.mask, scores, scale);
    content = by_head(query + weights.content_bias.flatten(), weights.heads);
  } else if (context.mask.defined()) {
    bias = context.mask;
  }
  const at::Tensor mixed = at::scaled_dot_product_attention(content, key, value, bias, dropout,
                                                            /*is_causal=*/!bias.has_value(), scale);
  return mixed.transpose(1, 2).reshape({x.size(0), x.size(1), weights.heads * weights.d_head});
}

}  // namespace plumbline

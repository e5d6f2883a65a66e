#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/engine/planer/parameters.h"
#include "core/engine/planer/segment.h"
#include "core/planer/backbone_config.h"

namespace plumbline {

/// Weights of multi-head attention; names in core/planer/key_map.h. The first h heads are an
/// attention of their own: rows [0, h·d_head) of the projections, columns of the output.
struct AttentionWeights {
  at::Tensor query, key, value;  ///< [heads·d_head, d_model]
  at::Tensor output;             ///< [d_model, heads·d_head]
  at::Tensor position;           ///< [heads·d_head, d_model]; undefined with learned positions
  at::Tensor content_bias, position_bias;                    ///< [heads, d_head], likewise
  at::Tensor query_bias, key_bias, value_bias, output_bias;  ///< undefined without biases
  std::int64_t heads = 0, d_head = 0;

  static AttentionWeights make(ParameterSet& parameters, const std::string& prefix,
                               const BackboneConfig& config, std::int64_t heads);
  /// The first `count` heads, as views.
  AttentionWeights first(std::int64_t count) const;
};

/// What attention knows of a segment's keys: scores' additive part by distance (Dai et al. 2019,
/// the terms (b) and (d) of their equation), moved so that column j is key j. query: [batch, heads,
/// length, d_head], with position_bias added. projected: [heads, d_head, keys], the distances'
/// projections. Returns [batch, heads, length, keys]; where key > memory + token it is meaningless
/// and must be masked.
at::Tensor relative_scores(const at::Tensor& query, const at::Tensor& projected);

/// distances [keys, d_model] through the projection: [heads, d_head, keys].
at::Tensor project_distances(const AttentionWeights& weights, const at::Tensor& distances);

/// [batch, tokens, heads·d_head] as [batch, heads, tokens, d_head].
at::Tensor by_head(const at::Tensor& flat, std::int64_t heads);

/// Attention before its output projection: [batch, length, heads·d_head]. `x`: [batch, length,
/// d_model]; `memory`: [batch, keys − length, d_model] or undefined: what the layer saw before, no
/// gradient.
at::Tensor attend(const AttentionWeights& weights, const at::Tensor& x, const at::Tensor& memory,
                  const SegmentContext& context);

}  // namespace plumbline

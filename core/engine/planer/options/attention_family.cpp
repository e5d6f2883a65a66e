#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/ATen.h>

#include "core/engine/planer/attention.h"
#include "core/engine/planer/slot_family.h"

namespace plumbline {

namespace {

/// Keys and values of the memory are kept, not the hidden states: projecting those again at each
/// step would cost more than the attention.
class AttentionStep : public SlotFamily::Step {
 public:
  AttentionStep(AttentionWeights weights, ResidualNorm norm, const SlotFamily::StepShape& shape)
      : weights_(std::move(weights)), norm_(std::move(norm)), shape_(shape) {
    const auto options = weights_.query.options().requires_grad(false);
    keys_ = at::zeros({shape.batch, weights_.heads, shape.memory, weights_.d_head}, options);
    values_ = at::zeros_like(keys_);
    if (weights_.position.defined())
      projected_ = project_distances(weights_, shape.distances).contiguous();
    // One product for queries, keys and values.
    joined_ = at::cat({weights_.query, weights_.key, weights_.value});
    if (weights_.query_bias.defined())
      joined_bias_ = at::cat({weights_.query_bias, weights_.key_bias, weights_.value_bias});
  }

  at::Tensor forward(const at::Tensor& x) override {
    const auto parts = at::linear(norm_.before(x), joined_, joined_bias_).chunk(3, 2);
    const at::Tensor key = at::cat({keys_, by_head(parts[1])}, 2);
    const at::Tensor value = at::cat({values_, by_head(parts[2])}, 2);
    if (shape_.memory > 0) {
      keys_.copy_(key.narrow(2, shape_.length, shape_.memory));
      values_.copy_(value.narrow(2, shape_.length, shape_.memory));
    }
    const double scale = 1.0 / std::sqrt(static_cast<double>(weights_.d_head));
    std::optional<at::Tensor> bias;
    at::Tensor content = parts[0];
    if (projected_.defined()) {
      const at::Tensor by_position = by_head(parts[0] + weights_.position_bias.flatten());
      bias = at::add(shape_.mask, relative_scores_view(by_position, projected_), scale);
      content = parts[0] + weights_.content_bias.flatten();
    }
    const at::Tensor mixed = at::scaled_dot_product_attention(
        by_head(content), key, value, bias, 0.0, /*is_causal=*/!bias.has_value(), scale);
    const at::Tensor flat =
        mixed.transpose(1, 2).reshape({x.size(0), x.size(1), weights_.heads * weights_.d_head});
    return norm_.after(x, at::linear(flat, weights_.output, weights_.output_bias));
  }

  void remember(const at::Tensor& seen) override {
    const at::Tensor input = norm_.before(seen);
    keys_.copy_(
        plumbline::by_head(at::linear(input, weights_.key, weights_.key_bias), weights_.heads));
    values_.copy_(
        plumbline::by_head(at::linear(input, weights_.value, weights_.value_bias), weights_.heads));
  }

 private:
  at::Tensor by_head(const at::Tensor& flat) const {
    return flat.unflatten(2, {weights_.heads, weights_.d_head}).transpose(1, 2);
  }

  AttentionWeights weights_;
  ResidualNorm norm_;
  SlotFamily::StepShape shape_;
  at::Tensor keys_, values_, projected_, joined_, joined_bias_;
};

/// Attention of 1, 2, 4 … heads: the first heads of the same weights.
class AttentionFamily : public SlotFamily {
 public:
  AttentionFamily(ParameterSet& parameters, const std::string& prefix, const BackboneConfig& config,
                  std::span<const OptionIndex> options) {
    std::int64_t heads = 0;
    for (const OptionIndex option : options)
      heads = std::max<std::int64_t>(heads, slot_option(option).heads);
    weights_ = AttentionWeights::make(parameters, prefix + "attention.", config, heads);
    norm_ = ResidualNorm::make(parameters, prefix + "attention.", config);
  }

  std::vector<at::Tensor> forward(std::span<const OptionIndex> options, const at::Tensor& x,
                                  const at::Tensor& memory, const SegmentContext& context,
                                  at::Tensor*) override {
    std::int64_t most = 0;
    for (const OptionIndex option : options)
      most = std::max<std::int64_t>(most, slot_option(option).heads);
    const AttentionWeights weights = weights_.first(most);
    const at::Tensor heads =
        attend(weights, norm_.before(x), memory.defined() ? norm_.before(memory) : memory, context);
    // The heads' contributions add up, so that all options cost one output projection.
    std::vector<OptionIndex> rising(options.begin(), options.end());
    std::ranges::sort(rising, {}, [](OptionIndex option) { return slot_option(option).heads; });
    std::vector<at::Tensor> outputs(options.size());
    at::Tensor sum;
    std::int64_t done = 0;
    for (const OptionIndex option : rising) {
      const std::int64_t first = done * weights.d_head,
                         count = slot_option(option).heads * weights.d_head - first;
      done = slot_option(option).heads;
      const at::Tensor part =
          at::linear(heads.narrow(2, first, count), weights.output.narrow(1, first, count),
                     first == 0 ? weights.output_bias : at::Tensor());
      sum = sum.defined() ? sum + part : part;
      const at::Tensor change =
          context.training && context.dropout > 0 ? at::dropout(sum, context.dropout, true) : sum;
      const auto place = std::ranges::find(options, option) - options.begin();
      outputs[static_cast<std::size_t>(place)] = norm_.after(x, change);
    }
    return outputs;
  }

  std::unique_ptr<Step> make_step(OptionIndex option, const StepShape& shape) override {
    return std::make_unique<AttentionStep>(weights_.first(slot_option(option).heads), norm_, shape);
  }

  bool uses_memory() const override { return true; }

 private:
  AttentionWeights weights_;
  ResidualNorm norm_;
};

}  // namespace

std::unique_ptr<SlotFamily> make_attention_family(ParameterSet& parameters,
                                                  const std::string& prefix,
                                                  const BackboneConfig& config,
                                                  std::span<const OptionIndex> options) {
  return std::make_unique<AttentionFamily>(parameters, prefix, config, options);
}

}  // namespace plumbline

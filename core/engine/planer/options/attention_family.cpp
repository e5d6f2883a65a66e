#include <algorithm>
#include <utility>

#include <ATen/ATen.h>

#include "core/engine/planer/attention.h"
#include "core/engine/planer/slot_family.h"
#include "kernels/relative_attention.h"

namespace plumbline {

namespace {

/// Keys and values of the memory are kept, not the hidden states: projecting those again at each
/// step would cost more than the attention. They lie in rings: copying them would, too.
class AttentionStep : public SlotFamily::Step {
 public:
  AttentionStep(AttentionWeights weights, ResidualNorm norm, const SlotFamily::StepShape& shape)
      : weights_(std::move(weights)), norm_(std::move(norm)), shape_(shape) {
    const auto options = weights_.query.options().requires_grad(false);
    const std::int64_t slots = shape.memory > 0 ? shape.memory + shape.length : 0;
    keys_ = at::zeros({shape.batch, weights_.heads, slots, weights_.d_head}, options);
    values_ = at::zeros_like(keys_);
    if (weights_.position.defined())
      positions_ = at::linear(shape.distances, weights_.position)
                       .view({-1, weights_.heads, weights_.d_head});
    // One product for queries, keys and values.
    joined_ = at::cat({weights_.query, weights_.key, weights_.value});
    if (weights_.query_bias.defined())
      joined_bias_ = at::cat({weights_.query_bias, weights_.key_bias, weights_.value_bias});
  }

  at::Tensor forward(const at::Tensor& x) override {
    const at::Tensor parts = at::linear(norm_.before(x), joined_, joined_bias_)
                                 .unflatten(2, {3, weights_.heads, weights_.d_head});
    const at::Tensor query = parts.select(2, 0), key = parts.select(2, 1),
                     value = parts.select(2, 2);
    const at::Tensor mixed =
        positions_.defined()
            ? kernels::relative_attention_step(query, key, value, keys_, values_, shape_.seen,
                                               positions_, weights_.content_bias,
                                               weights_.position_bias, shape_.window)
            // Learned positions have no memory.
            : at::scaled_dot_product_attention(query.transpose(1, 2), key.transpose(1, 2),
                                               value.transpose(1, 2), {}, 0.0, /*is_causal=*/true)
                  .transpose(1, 2);
    return norm_.after(x, at::linear(mixed.flatten(2), weights_.output, weights_.output_bias));
  }

  void remember(const at::Tensor& seen) override {
    const at::Tensor input = norm_.before(seen);
    const auto put = [&](const at::Tensor& ring, const at::Tensor& weight, const at::Tensor& bias) {
      ring.narrow(2, 0, shape_.memory)
          .copy_(by_head(at::linear(input, weight, bias), weights_.heads));
    };
    put(keys_, weights_.key, weights_.key_bias);
    put(values_, weights_.value, weights_.value_bias);
  }

 private:
  AttentionWeights weights_;
  ResidualNorm norm_;
  SlotFamily::StepShape shape_;
  at::Tensor keys_, values_, positions_, joined_, joined_bias_;
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

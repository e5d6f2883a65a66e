#include <algorithm>

#include <ATen/ATen.h>

#include "core/engine/planer/rectified_product.h"
#include "core/engine/planer/slot_family.h"
#include "core/planer/architecture.h"

namespace plumbline {

namespace {

/// Two layers and an activation; token by token.
struct FeedForward {
  at::Tensor first, first_bias, second, second_bias;
  ResidualNorm norm;
  Activation activation = Activation::relu;

  /// A GPU's product does the activation too.
  at::Tensor hidden(const at::Tensor& x) const {
    if (activation != Activation::relu || !x.is_cuda())
      return activated(at::linear(x, first, first_bias), activation);
    const at::Tensor tokens = x.flatten(0, 1);
    return (at::GradMode::is_enabled() ? rectified_product(tokens, first, first_bias)
                                       : at::_addmm_activation(first_bias, tokens, first.t()))
        .view({x.size(0), x.size(1), first.size(0)});
  }

  at::Tensor change(const at::Tensor& x) const {
    return at::linear(hidden(norm.before(x)), second, second_bias);
  }

  /// The first units of the inner layer.
  FeedForward narrowed(std::int64_t inner) const {
    FeedForward part = *this;
    part.first = first.narrow(0, 0, inner);
    part.first_bias = first_bias.narrow(0, 0, inner);
    part.second = second.narrow(1, 0, inner);
    return part;
  }
};

class FeedForwardStep : public SlotFamily::Step {
 public:
  explicit FeedForwardStep(FeedForward layer) : layer_(std::move(layer)) {}
  at::Tensor forward(const at::Tensor& x) override {
    return layer_.norm.after(x, layer_.change(x));
  }

 private:
  FeedForward layer_;
};

/// Feed-forwards of several widths: the first units of the same weights.
class FeedForwardFamily : public SlotFamily {
 public:
  FeedForwardFamily(ParameterSet& parameters, const std::string& prefix,
                    const BackboneConfig& config, std::span<const OptionIndex> options)
      : config_(config) {
    using enum ParameterRole;
    const std::int64_t model = config.d_model, inner = widest(options);
    layer_.first = parameters.make(prefix + "feed_forward.first", weight, {inner, model});
    layer_.first_bias = parameters.make(prefix + "feed_forward.first_bias", bias, {inner});
    layer_.second = parameters.make(prefix + "feed_forward.second", weight, {model, inner});
    layer_.second_bias = parameters.make(prefix + "feed_forward.second_bias", bias, {model});
    layer_.norm = ResidualNorm::make(parameters, prefix + "feed_forward.", config);
    layer_.activation = config.activation;
  }

  std::vector<at::Tensor> forward(std::span<const OptionIndex> options, const at::Tensor& x,
                                  const at::Tensor&, const SegmentContext& context,
                                  at::Tensor*) override {
    const bool drops = context.training && context.dropout > 0;
    at::Tensor inner = layer_.narrowed(widest(options)).hidden(layer_.norm.before(x));
    if (drops) inner = at::dropout(inner, context.dropout, true);
    // The units' contributions add up, so that all widths cost what the widest does.
    std::vector<OptionIndex> rising(options.begin(), options.end());
    std::ranges::sort(rising, {}, [](OptionIndex option) { return slot_option(option).width; });
    std::vector<at::Tensor> outputs(options.size());
    at::Tensor sum;
    std::int64_t done = 0;
    for (const OptionIndex option : rising) {
      const std::int64_t count = inner_width(config_, slot_option(option)) - done;
      const at::Tensor part =
          at::linear(inner.narrow(2, done, count), layer_.second.narrow(1, done, count),
                     done == 0 ? layer_.second_bias : at::Tensor());
      done += count;
      sum = sum.defined() ? sum + part : part;
      const auto place = std::ranges::find(options, option) - options.begin();
      outputs[static_cast<std::size_t>(place)] =
          layer_.norm.after(x, drops ? at::dropout(sum, context.dropout, true) : sum);
    }
    return outputs;
  }

  std::unique_ptr<Step> make_step(OptionIndex option, const StepShape&) override {
    return std::make_unique<FeedForwardStep>(
        layer_.narrowed(inner_width(config_, slot_option(option))));
  }

 private:
  std::int64_t widest(std::span<const OptionIndex> options) const {
    std::int64_t inner = 0;
    for (const OptionIndex option : options)
      inner = std::max(inner, inner_width(config_, slot_option(option)));
    return inner;
  }

  BackboneConfig config_;
  FeedForward layer_;
};

}  // namespace

std::unique_ptr<SlotFamily> make_feed_forward_family(ParameterSet& parameters,
                                                     const std::string& prefix,
                                                     const BackboneConfig& config,
                                                     std::span<const OptionIndex> options) {
  return std::make_unique<FeedForwardFamily>(parameters, prefix, config, options);
}

}  // namespace plumbline

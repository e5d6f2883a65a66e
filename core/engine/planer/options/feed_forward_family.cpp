#include <ATen/ATen.h>

#include "core/engine/planer/slot_family.h"

namespace plumbline {

namespace {

/// Two layers and an activation; token by token.
struct FeedForward {
  at::Tensor first, first_bias, second, second_bias;
  ResidualNorm norm;
  Activation activation = Activation::relu;

  /// Where nothing is kept for a gradient, a GPU's product does the activation too.
  at::Tensor hidden(const at::Tensor& x) const {
    if (activation == Activation::relu && x.is_cuda() && !at::GradMode::is_enabled())
      return at::_addmm_activation(first_bias, x.flatten(0, 1), first.t())
          .view({x.size(0), x.size(1), first.size(0)});
    return activated(at::linear(x, first, first_bias), activation);
  }

  at::Tensor change(const at::Tensor& x, const SegmentContext* context) const {
    at::Tensor inner = hidden(norm.before(x));
    const bool drops = context != nullptr && context->training && context->dropout > 0;
    if (drops) inner = at::dropout(inner, context->dropout, true);
    const at::Tensor out = at::linear(inner, second, second_bias);
    return drops ? at::dropout(out, context->dropout, true) : out;
  }
};

class FeedForwardStep : public SlotFamily::Step {
 public:
  explicit FeedForwardStep(FeedForward layer) : layer_(std::move(layer)) {}
  at::Tensor forward(const at::Tensor& x) override {
    return layer_.norm.after(x, layer_.change(x, nullptr));
  }

 private:
  FeedForward layer_;
};

class FeedForwardFamily : public SlotFamily {
 public:
  FeedForwardFamily(ParameterSet& parameters, const std::string& prefix,
                    const BackboneConfig& config) {
    using enum ParameterRole;
    const std::int64_t model = config.d_model, inner = config.d_inner;
    layer_.first = parameters.make(prefix + "feed_forward.first", weight, {inner, model});
    layer_.first_bias = parameters.make(prefix + "feed_forward.first_bias", bias, {inner});
    layer_.second = parameters.make(prefix + "feed_forward.second", weight, {model, inner});
    layer_.second_bias = parameters.make(prefix + "feed_forward.second_bias", bias, {model});
    layer_.norm = ResidualNorm::make(parameters, prefix + "feed_forward.", config);
    layer_.activation = config.activation;
  }

  std::vector<at::Tensor> forward(std::span<const OptionIndex>, const at::Tensor& x,
                                  const at::Tensor&, const SegmentContext& context,
                                  at::Tensor*) override {
    return {layer_.norm.after(x, layer_.change(x, &context))};
  }

  std::unique_ptr<Step> make_step(OptionIndex, const StepShape&) override {
    return std::make_unique<FeedForwardStep>(layer_);
  }

 private:
  FeedForward layer_;
};

}  // namespace

std::unique_ptr<SlotFamily> make_feed_forward_family(ParameterSet& parameters,
                                                     const std::string& prefix,
                                                     const BackboneConfig& config,
                                                     std::span<const OptionIndex>) {
  return std::make_unique<FeedForwardFamily>(parameters, prefix, config);
}

}  // namespace plumbline

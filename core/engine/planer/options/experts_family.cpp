#include <algorithm>

#include <ATen/ATen.h>

#include "core/engine/planer/slot_family.h"
#include "core/planer/architecture.h"
#include "kernels/expert_feed_forward.h"
#include "kernels/routed_experts.h"

namespace plumbline {

namespace {

/// Experts of a token and their weights (Fedus et al. 2022): the choice's probability for one
/// expert, for two renormalised over both.
struct Routing {
  at::Tensor choice, gate;   ///< [tokens, k]
  at::Tensor probabilities;  ///< float32 [tokens, experts]
};

struct Experts {
  at::Tensor first, first_bias, second, second_bias, gate;
  ResidualNorm norm;
  Activation activation = Activation::relu;

  std::int64_t inner() const { return first.size(2); }

  /// Units of each expert's inner layer, `count` from `begin` on, as views. A token's sum over all
  /// parts has the second bias once: with the first.
  Experts units(std::int64_t begin, std::int64_t count) const {
    if (begin == 0 && count == inner()) return *this;
    Experts part = *this;
    part.first = first.narrow(2, begin, count);
    part.first_bias = first_bias.narrow(1, begin, count);
    part.second = second.narrow(1, begin, count);
    if (begin > 0) part.second_bias = at::zeros_like(second_bias);
    return part;
  }

  /// The same with tensors that lie together, as the kernels for inference take them.
  Experts packed() const {
    Experts same = *this;
    for (at::Tensor* tensor : {&same.first, &same.first_bias, &same.second, &same.second_bias})
      *tensor = tensor->contiguous();
    return same;
  }

  Routing route(const at::Tensor& tokens, std::int64_t k) const {
    Routing routing;
    routing.probabilities = at::linear(tokens, gate).to(at::kFloat).softmax(-1);
    std::tie(routing.gate, routing.choice) = routing.probabilities.topk(k, -1);
    return routing;
  }

  static at::Tensor weights(const Routing& routing, int top_k, at::ScalarType type) {
    at::Tensor gate = routing.gate.narrow(1, 0, top_k);
    if (top_k > 1) gate = gate / gate.sum(1, true);
    return gate.to(type);
  }

  /// N·Σ f_e·P_e with f over the first choice.
  static at::Tensor balance(const Routing& routing) {
    const std::int64_t experts = routing.probabilities.size(1);
    const at::Tensor share =
        at::one_hot(routing.choice.select(1, 0), experts).to(at::kFloat).mean(0);
    return (share * routing.probabilities.mean(0)).sum() * static_cast<double>(experts);
  }
};

class ExpertsStep : public SlotFamily::Step {
 public:
  ExpertsStep(Experts experts, int top_k) : experts_(std::move(experts)), top_k_(top_k) {}

  at::Tensor forward(const at::Tensor& x) override {
    const at::Tensor change = kernels::routed_experts(
        experts_.norm.before(x).flatten(0, 1), experts_.gate, experts_.first, experts_.first_bias,
        experts_.second, experts_.second_bias, top_k_, experts_.activation == Activation::gelu);
    return experts_.norm.after(x, change.view_as(x));
  }

 private:
  Experts experts_;
  int top_k_;
};

/// A feed-forward of many experts, of which a token uses one or two: both numbers from the same
/// weights, and narrower experts are the first units of wider ones.
class ExpertsFamily : public SlotFamily {
 public:
  ExpertsFamily(ParameterSet& parameters, const std::string& prefix, const BackboneConfig& config,
                std::span<const OptionIndex> options)
      : config_(config) {
    using enum ParameterRole;
    const std::int64_t n = config.experts, model = config.d_model, inner = widest(options);
    const std::string name = prefix + "experts.";
    experts_.first = parameters.make(name + "first", weight, {n, model, inner});
    experts_.first_bias = parameters.make(name + "first_bias", bias, {n, inner});
    experts_.second = parameters.make(name + "second", weight, {n, inner, model});
    experts_.second_bias = parameters.make(name + "second_bias", bias, {n, model});
    experts_.gate = parameters.make(name + "gate", weight, {n, model});
    experts_.norm = ResidualNorm::make(parameters, name, config);
    experts_.activation = config.activation;
  }

  std::vector<at::Tensor> forward(std::span<const OptionIndex> options, const at::Tensor& x,
                                  const at::Tensor&, const SegmentContext& context,
                                  at::Tensor* balance) override {
    int most = 1;
    for (const OptionIndex option : options) most = std::max(most, slot_option(option).top_k);
    const at::Tensor tokens = experts_.norm.before(x).flatten(0, 1);
    const Routing routing = experts_.route(tokens, most);
    if (balance != nullptr) {
      const at::Tensor loss = Experts::balance(routing);
      *balance = balance->defined() ? *balance + loss : loss;
    }
    const bool gelu = experts_.activation == Activation::gelu;
    const auto finished = [&](at::Tensor change) {
      if (context.training && context.dropout > 0)
        change = at::dropout(change, context.dropout, true);
      return experts_.norm.after(x, change.view_as(x));
    };
    const auto gate_of = [&](OptionIndex option) {
      return Experts::weights(routing, slot_option(option).top_k, x.scalar_type());
    };
    // One option alone needs no outputs by expert.
    if (options.size() == 1) {
      const Experts part = experts_.units(0, width(options.front()));
      return {finished(
          kernels::expert_feed_forward(tokens, routing.choice, gate_of(options.front()), part.first,
                                       part.first_bias, part.second, part.second_bias, gelu))};
    }
    // The units' contributions add up, so that all widths cost what the widest does.
    std::vector<OptionIndex> rising(options.begin(), options.end());
    std::ranges::stable_sort(rising, {}, [this](OptionIndex option) { return width(option); });
    std::vector<at::Tensor> outputs(options.size());
    at::Tensor each;
    std::int64_t done = 0;
    for (const OptionIndex option : rising) {
      if (width(option) > done) {
        const Experts part = experts_.units(done, width(option) - done);
        const at::Tensor more =
            kernels::expert_outputs(tokens, routing.choice, part.first, part.first_bias,
                                    part.second, part.second_bias, gelu);
        each = each.defined() ? each + more : more;
        done = width(option);
      }
      const at::Tensor of_chosen = each.narrow(1, 0, slot_option(option).top_k);
      const auto place = std::ranges::find(options, option) - options.begin();
      outputs[static_cast<std::size_t>(place)] =
          finished((of_chosen * gate_of(option).unsqueeze(2)).sum(1));
    }
    return outputs;
  }

  std::unique_ptr<Step> make_step(OptionIndex option, const StepShape&) override {
    return std::make_unique<ExpertsStep>(experts_.units(0, width(option)).packed(),
                                         slot_option(option).top_k);
  }

 private:
  std::int64_t width(OptionIndex option) const { return inner_width(config_, slot_option(option)); }
  std::int64_t widest(std::span<const OptionIndex> options) const {
    std::int64_t inner = 0;
    for (const OptionIndex option : options) inner = std::max(inner, width(option));
    return inner;
  }

  BackboneConfig config_;
  Experts experts_;
};

}  // namespace

std::unique_ptr<SlotFamily> make_experts_family(ParameterSet& parameters, const std::string& prefix,
                                                const BackboneConfig& config,
                                                std::span<const OptionIndex> options) {
  return std::make_unique<ExpertsFamily>(parameters, prefix, config, options);
}

}  // namespace plumbline

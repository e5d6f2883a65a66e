#include "core/engine/planer/slot_family.h"

#include <array>

#include <ATen/ATen.h>

#include "kernels/residual_norm.h"

namespace plumbline {

namespace {

constexpr double norm_epsilon = 1e-5;

constexpr std::array families = {
    SlotFamilyKind{OptionKind::attention, make_attention_family},
    SlotFamilyKind{OptionKind::feed_forward, make_feed_forward_family},
    SlotFamilyKind{OptionKind::experts, make_experts_family},
};

}  // namespace

std::span<const SlotFamilyKind> slot_families() { return families; }

ResidualNorm ResidualNorm::make(ParameterSet& parameters, const std::string& prefix,
                                const BackboneConfig& config) {
  return {parameters.make(prefix + "norm.weight", ParameterRole::scale, {config.d_model}),
          parameters.make(prefix + "norm.bias", ParameterRole::bias, {config.d_model}), config.norm,
          config.d_model};
}

at::Tensor ResidualNorm::normalised(const at::Tensor& x) const {
  return at::layer_norm(x, {width}, weight, bias, norm_epsilon);
}

at::Tensor ResidualNorm::before(const at::Tensor& x) const {
  return place == NormPlace::pre ? normalised(x) : x;
}

at::Tensor ResidualNorm::after(const at::Tensor& x, const at::Tensor& change) const {
  if (place == NormPlace::pre) return x + change;
  // In one pass where nothing is kept for a gradient.
  if (!at::GradMode::is_enabled())
    return kernels::residual_norm(x, change, weight, bias, norm_epsilon);
  return normalised(x + change);
}

at::Tensor activated(const at::Tensor& x, Activation activation) {
  return activation == Activation::gelu ? at::gelu(x, "tanh") : at::relu(x);
}

}  // namespace plumbline

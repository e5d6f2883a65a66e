#include "core/engine/planer/adamw.h"

#include <optional>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/engine/sums/summed_gradients.h"

namespace plumbline {

Adamw::Adamw(ParameterSet& parameters, const AdamwSettings& settings)
    : parameters_(parameters), settings_(settings) {
  for (const auto& parameter : parameters_.all()) {
    first_.push_back(at::zeros_like(parameter.master.detach()));
    second_.push_back(at::zeros_like(parameter.master.detach()));
    steps_.push_back(at::zeros({}, parameter.master.options().requires_grad(false)));
    gradients_.emplace_back();
  }
}

namespace {

/// Of those that are there.
void sum_over(RankSum& ranks, std::vector<at::Tensor>& gradients, at::Tensor& figures) {
  std::vector<at::Tensor> there;
  for (const at::Tensor& gradient : gradients)
    if (gradient.defined()) there.push_back(gradient);
  const auto summed = summed_gradients(ranks, there, figures);
  auto next = summed.begin();
  for (at::Tensor& gradient : gradients)
    if (gradient.defined()) gradient = *next++;
}

}  // namespace

at::Tensor Adamw::step(const at::Tensor& learning_rate, RankSum* ranks, at::Tensor* figures) {
  const at::NoGradGuard no_grad;
  struct Group {
    std::vector<at::Tensor> values, gradients, first, second, steps;
  } decayed, plain;
  std::vector<at::Tensor> short_gradients, long_gradients, gradients;
  auto& all = parameters_.all();
  std::vector<at::Tensor> own(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    own[i] = all[i].compute.grad();
    if (own[i].defined()) all[i].compute.mutable_grad().reset();
  }
  if (ranks != nullptr) sum_over(*ranks, own, *figures);
  for (std::size_t i = 0; i < all.size(); ++i) {
    at::Tensor gradient = own[i];
    if (!gradient.defined()) continue;
    if (gradient.scalar_type() != at::kFloat) {
      if (!gradients_[i].defined()) gradients_[i] = at::empty_like(all[i].master.detach());
      short_gradients.push_back(gradient);
      long_gradients.push_back(gradients_[i]);
      gradient = gradients_[i];
    }
    gradients.push_back(gradient);
    Group& group = all[i].role == ParameterRole::weight ? decayed : plain;
    group.values.push_back(all[i].master);
    group.gradients.push_back(gradient);
    group.first.push_back(first_[i]);
    group.second.push_back(second_[i]);
    group.steps.push_back(steps_[i]);
  }
  if (gradients.empty()) return at::zeros({});
  if (!short_gradients.empty()) at::_foreach_copy_(long_gradients, short_gradients);
  const at::Tensor norm = at::stack(at::_foreach_norm(gradients, 2)).norm();
  // The update's pass divides by it: shortening them apart would read and write all once more.
  std::optional<at::Tensor> longer;
  if (settings_.largest_norm > 0) longer = ((norm + 1e-6) / settings_.largest_norm).clamp_min(1.0);
  for (Group* group : {&decayed, &plain}) {
    if (group->values.empty()) continue;
    at::_foreach_add_(group->steps, 1);
    std::vector<at::Tensor> none;
    at::_fused_adamw_(group->values, group->gradients, group->first, group->second, none,
                      group->steps, learning_rate, settings_.beta1, settings_.beta2,
                      group == &decayed ? settings_.weight_decay : 0.0, settings_.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false, longer);
  }
  parameters_.refresh();
  return norm;
}

NamedTensors Adamw::state() const {
  NamedTensors named;
  const auto& all = parameters_.all();
  for (std::size_t i = 0; i < all.size(); ++i) {
    named.emplace_back("adam.first." + all[i].name, first_[i]);
    named.emplace_back("adam.second." + all[i].name, second_[i]);
    named.emplace_back("adam.steps." + all[i].name, steps_[i]);
  }
  return named;
}

}  // namespace plumbline

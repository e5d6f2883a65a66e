#include "core/engine/planer/architecture_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/engine/planer/memory_file.h"
#include "core/planer/front/likeliest.h"

namespace plumbline {

namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();
/// How far α may move in a search, in logits: the learning rate is this over the number of its
/// steps.
constexpr double reach = 8.0;
constexpr double beta1 = 0.5, beta2 = 0.999, epsilon = 1e-8;

/// Mean over the slots of the standard deviation of their increments.
double spread_of(const LossIncrements& increments) {
  double sum = 0;
  int slots = 0;
  for (const auto& slot : increments.increments) {
    double mean = 0, square = 0;
    int n = 0;
    for (const auto& increment : slot)
      if (increment) {
        mean += *increment;
        square += *increment * *increment;
        ++n;
      }
    if (n < 2) continue;
    mean /= n;
    sum += std::sqrt(std::max(0.0, square / n - mean * mean));
    ++slots;
  }
  return slots == 0 || sum == 0 ? 1.0 : sum / slots;
}

}  // namespace

ArchitectureSearch::ArchitectureSearch(LanguageModel& model, CostTable costs,
                                       const LossIncrements& increments, TokenLanes lanes,
                                       const ArchitectureSearchSettings& settings)
    : model_(model),
      costs_(std::move(costs)),
      lanes_(std::move(lanes)),
      settings_(settings),
      memory_(model.options().size()) {
  const auto slots = static_cast<std::int64_t>(model.options().size());
  const auto count = static_cast<std::int64_t>(slot_options().size());
  at::Tensor alpha = at::full({slots, count}, minus_infinity, at::kFloat);
  auto* out = alpha.mutable_data_ptr<float>();
  const double spread = spread_of(increments);
  for (std::int64_t slot = 0; slot < slots; ++slot)
    for (const OptionIndex option : model.options()[static_cast<std::size_t>(slot)]) {
      const auto& increment = increments.increments[static_cast<std::size_t>(slot)][option];
      if (costs_.options[option])
        out[slot * count + option] = static_cast<float>(increment ? -*increment / spread : 0.0);
    }
  const auto device = model.parameters().device();
  alpha_host_ = alpha;
  alpha_ = alpha.to(device, at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  alpha_.set_requires_grad(true);
  first_ = at::zeros_like(alpha_.detach());
  second_ = at::zeros_like(alpha_.detach());
  count_ = at::zeros({}, at::TensorOptions(device).dtype(at::kFloat));
  at::Tensor option_costs = at::zeros({count}, at::kFloat);
  for (std::int64_t option = 0; option < count; ++option)
    if (const auto& cost = costs_.options[static_cast<std::size_t>(option)])
      option_costs.mutable_data_ptr<float>()[option] = static_cast<float>(*cost);
  option_costs_ = option_costs.to(device);
  sums_ = at::zeros({3}, at::TensorOptions(device).dtype(at::kDouble));
}

bool ArchitectureSearch::is_architecture_step(std::int64_t step) const {
  return step % settings_.every == settings_.every - 1;
}

double ArchitectureSearch::temperature(std::int64_t step) const {
  const double along = std::clamp(
      static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(1, settings_.steps)),
      0.0, 1.0);
  return settings_.first_temperature *
         std::pow(settings_.last_temperature / settings_.first_temperature, along);
}

at::Tensor ArchitectureSearch::noise(std::int64_t step) const {
  auto generator = at::detail::createCPUGenerator(
      mixed_seed(settings_.seed, 0x6a09e667, static_cast<std::uint64_t>(step)));
  const at::Tensor uniform =
      at::rand(alpha_host_.sizes(), generator, at::kFloat).clamp(1e-9, 1.0 - 1e-7);
  return uniform.log().neg().log().neg();
}

Mixture ArchitectureSearch::draw(std::int64_t step) {
  // Gumbel's trick: the largest of α + noise is a draw from softmax(α).
  const at::Tensor chosen = (alpha_host_ + noise(step)).argmax(1);
  Mixture mixture;
  for (std::int64_t slot = 0; slot < chosen.size(0); ++slot)
    mixture.chosen.push_back(static_cast<OptionIndex>(chosen.const_data_ptr<std::int64_t>()[slot]));
  return mixture;
}

void ArchitectureSearch::step_architecture(std::int64_t step) {
  at::manual_seed(mixed_seed(settings_.seed, 2, static_cast<std::uint64_t>(step)));
  const std::int64_t segment = (step / settings_.every) % lanes_.segments();
  if (segment == 0) memory_.assign(memory_.size(), at::Tensor());
  const auto [input, target] = lanes_.segment(segment);
  const at::Tensor gumbel = noise(step).to(alpha_.device());
  Mixture mixture;
  mixture.weights = ((alpha_ + gumbel) / temperature(step)).softmax(1);
  auto output = model_.forward(input, memory_, settings_.memory, mixture, true);
  memory_ = std::move(output.memory);
  const at::Tensor cross_entropy = model_.losses(output.hidden, target).mean();
  const at::Tensor cost = (mixture.weights * option_costs_).sum() + costs_.fixed;
  const at::Tensor above = (cost > settings_.target).to(at::kFloat);
  const at::Tensor cost_loss = above * cost * (settings_.beta / settings_.target);
  const auto gradients = torch::autograd::grad({cross_entropy + cost_loss}, {alpha_});
  const at::NoGradGuard no_grad;
  // Of what cannot be chosen the gradient is 0 · ∞.
  const at::Tensor gradient = gradients[0].nan_to_num(0.0, 0.0, 0.0);
  const double steps =
      static_cast<double>(std::max<std::int64_t>(1, settings_.steps / settings_.every));
  const double rate = std::min(0.3, reach / steps);
  first_.mul_(beta1).add_(gradient, 1 - beta1);
  second_.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
  count_ += 1;
  const at::Tensor corrected_first = first_ / (1 - at::pow(beta1, count_));
  const at::Tensor corrected_second = second_ / (1 - at::pow(beta2, count_));
  alpha_.detach().sub_(corrected_first / (corrected_second.sqrt() + epsilon) * rate);
  sums_ +=
      at::stack({cross_entropy.detach(), cost_loss.detach(), at::ones_like(cross_entropy.detach())})
          .to(at::kDouble);
  alpha_host_ = alpha_.detach().to(at::kCPU, at::kFloat, false, true);
}

std::vector<std::vector<float>> ArchitectureSearch::probabilities() const {
  const at::Tensor likely = alpha_host_.softmax(1).contiguous();
  std::vector<std::vector<float>> rows;
  for (std::int64_t slot = 0; slot < likely.size(0); ++slot) {
    const float* row = likely.const_data_ptr<float>() + slot * likely.size(1);
    rows.emplace_back(row, row + likely.size(1));
  }
  return rows;
}

double ArchitectureSearch::expected_cost() const {
  return (alpha_host_.softmax(1) * option_costs_.to(at::kCPU)).sum().item<double>() + costs_.fixed;
}

ArchitectureSearch::Reading ArchitectureSearch::read() {
  const at::Tensor host = sums_.to(at::kCPU);
  const double* sums = host.const_data_ptr<double>();
  if (sums[2] > 0) {
    last_.loss = sums[0] / sums[2];
    last_.cost_loss = sums[1] / sums[2];
    sums_.zero_();
  }
  const at::Tensor likely = alpha_host_.softmax(1);
  last_.entropy = (likely * likely.clamp_min(1e-12).log()).sum(1).neg().mean().item<double>();
  return last_;
}

Result<Architecture> ArchitectureSearch::likeliest_within(double limit, double near) const {
  LossIncrements unlikeliness;
  unlikeliness.config = model_.config();
  unlikeliness.base = baseline_architecture(model_.config());
  const at::Tensor log_likely = alpha_host_.log_softmax(1).contiguous();
  for (std::int64_t slot = 0; slot < log_likely.size(0); ++slot) {
    auto& row = unlikeliness.increments.emplace_back(slot_options().size());
    for (std::int64_t option = 0; option < log_likely.size(1); ++option) {
      const float value = log_likely.const_data_ptr<float>()[slot * log_likely.size(1) + option];
      if (std::isfinite(value)) row[static_cast<std::size_t>(option)] = -static_cast<double>(value);
    }
  }
  return plumbline::likeliest_within(unlikeliness, costs_, limit, near);
}

NamedTensors ArchitectureSearch::state() const {
  NamedTensors named{{"alpha", alpha_.detach()},
                     {"alpha.first", first_},
                     {"alpha.second", second_},
                     {"alpha.count", count_},
                     {"alpha.sums", sums_}};
  for (std::size_t i = 0; i < memory_.size(); ++i)
    if (memory_[i].defined()) named.emplace_back(fmt::format("alpha.memory.{}", i), memory_[i]);
  return named;
}

Result<void> ArchitectureSearch::restore_memory(const SafetensorsFile& file,
                                                const std::string& where) {
  auto memory = memory_like(file, "alpha.memory.", model_, lanes_.batch(), settings_.memory, where);
  if (!memory) return tl::unexpected(memory.error());
  memory_ = std::move(*memory);
  return {};
}

void ArchitectureSearch::restored() {
  alpha_host_ = alpha_.detach().to(at::kCPU, at::kFloat, false, true);
}

}  // namespace plumbline

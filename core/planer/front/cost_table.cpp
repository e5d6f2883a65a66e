#include "core/planer/front/cost_table.h"

#include <limits>

#include <fmt/format.h>

namespace plumbline {

namespace {

constexpr std::string_view latency_word = "latency", energy_word = "energy";

}  // namespace

std::string_view cost_name(CostKind kind) {
  return kind == CostKind::latency ? latency_word : energy_word;
}

std::optional<CostKind> find_cost(std::string_view name) {
  if (name == latency_word) return CostKind::latency;
  if (name == energy_word) return CostKind::energy;
  return std::nullopt;
}

std::string cost_with_unit(CostKind kind, double cost) {
  return kind == CostKind::latency ? fmt::format("{:.4g} ms", cost)
                                   : fmt::format("{:.4g} J per 1,000 tokens", cost);
}

std::string_view cost_key(CostKind kind) {
  return kind == CostKind::latency ? "latency_ms" : "joules_per_1000_tokens";
}

std::string_view target_cost_key(CostKind kind) {
  return kind == CostKind::latency ? "target_ms" : "target_joules_per_1000_tokens";
}

std::string_view target_option(CostKind kind) {
  return kind == CostKind::latency ? "--target" : "--target-energy";
}

std::optional<double> CostTable::option_cost(OptionIndex option) const {
  if (option < options.size() && options[option]) return options[option];
  if (option == skip_option) return 0;
  return std::nullopt;
}

std::optional<double> CostTable::estimate(const Architecture& architecture) const {
  double sum = fixed;
  for (const OptionIndex option : architecture) {
    const auto cost = option_cost(option);
    if (!cost) return std::nullopt;
    sum += *cost;
  }
  return sum;
}

double CostTable::estimate_error() const {
  const auto estimated = estimate(baseline_architecture(config));
  if (!estimated || baseline <= 0) return std::numeric_limits<double>::quiet_NaN();
  return *estimated / baseline - 1;
}

tl::unexpected<Error> nothing_within(CostKind kind, double limit, double least) {
  return usage_error(
      kind == CostKind::latency
          ? fmt::format("no architecture is as fast as {}", cost_with_unit(kind, limit))
          : fmt::format("no architecture draws as little as {}", cost_with_unit(kind, limit)),
      std::string(target_option(kind)), fmt::format("the least is {}", cost_with_unit(kind, least)));
}

CostTable cost_table_of(const LatencyTable& table) {
  CostTable costs{CostKind::latency,
                  table.key,
                  table.config,
                  {},
                  table.embedding.median_ms + table.softmax.median_ms,
                  table.baseline.median_ms,
                  table.measured_at};
  for (const auto& option : table.options)
    costs.options.push_back(option ? std::optional(option->median_ms) : std::nullopt);
  return costs;
}

CostTable cost_table_of(const EnergyTable& table) {
  CostTable costs{CostKind::energy,
                  table.key,
                  table.config,
                  {},
                  table.embedding.joules + table.softmax.joules,
                  table.baseline.joules,
                  table.measured_at};
  for (const auto& option : table.options)
    costs.options.push_back(option ? std::optional(option->joules) : std::nullopt);
  return costs;
}

}  // namespace plumbline

#include "core/planer/front/cost_table.h"

#include <limits>

#include <fmt/format.h>

namespace plumbline {

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
      std::string(target_option(kind)),
      fmt::format("the least is {}", cost_with_unit(kind, least)));
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

#include "core/planer/front/cost_table.h"

#include <limits>

#include <fmt/format.h>

namespace plumbline {

namespace {

template <class Table, class Measured>
CostTable costs_by(CostKind kind, const Table& table, double Measured::* cost) {
  CostTable costs{kind,
                  table.key,
                  table.config,
                  {},
                  table.embedding.*cost + table.softmax.*cost,
                  table.baseline.*cost,
                  table.measured_at};
  for (const std::optional<Measured>& option : table.options)
    costs.options.push_back(option ? std::optional((*option).*cost) : std::nullopt);
  return costs;
}

}  // namespace

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

std::vector<OptionIndex> unmeasured_options(const CostTable& table) {
  std::vector<OptionIndex> missing;
  for (const OptionIndex option : usable_options(table.config))
    if (!table.option_cost(option)) missing.push_back(option);
  return missing;
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
  return costs_by(CostKind::latency, table, &MeasuredLatency::median_ms);
}

CostTable cost_table_of(const EnergyTable& table) {
  return costs_by(CostKind::energy, table, &TokenEnergy::joules);
}

}  // namespace plumbline

#include "core/planer/front/most_parameters.h"

#include <fmt/format.h>

namespace plumbline {

namespace {

/// The front minimises; its sums are exact to 2^-40, so that a parameter counts in millionths.
constexpr double per_parameter = -1e-6;

}  // namespace

Result<Architecture> most_parameters_within(const BackboneConfig& config,
                                            std::span<const OptionIndex> options,
                                            const CostTable& costs, double limit) {
  LossIncrements worth;
  worth.config = config;
  worth.base = baseline_architecture(config);
  for (const OptionIndex published : worth.base) {
    auto& row = worth.increments.emplace_back(slot_options().size());
    row[skip_option] = 0.0;
    for (const OptionIndex option : options)
      if (slot_option(option).kind == slot_option(published).kind)
        row[option] = per_parameter *
                      static_cast<double>(slot_parameters(config, slot_option(option)).active);
  }
  const auto front = SurrogateFront::solve(worth, costs);
  TRY(front);
  const FrontPoint* best = front->within(limit);
  if (best == nullptr) return nothing_within(costs.kind, limit, front->least_cost());
  return best->architecture;
}

}  // namespace plumbline

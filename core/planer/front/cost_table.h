#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/planer/cost_kind.h"
#include "core/planer/front/energy_table.h"
#include "core/planer/front/latency_table.h"
#include "core/types/error.h"

namespace plumbline {

/// What an architecture's parts cost, whichever the kind: what the knapsack and a search count by.
struct CostTable {
  CostKind kind = CostKind::latency;
  StepKey key;
  BackboneConfig config;
  /// By option, in the table's order; nothing where the option was not measured.
  std::vector<std::optional<double>> options;
  double fixed = 0;         ///< embedding and softmax
  double baseline = 0;      ///< the baseline measured whole; 0: it was not
  std::string measured_at;  ///< ISO date and time, UTC

  /// Of one slot with that option; skip is 0 where it was not measured.
  std::optional<double> option_cost(OptionIndex option) const;
  /// The fixed part and the slots' options; nothing where one of them was not measured.
  std::optional<double> estimate(const Architecture& architecture) const;
  /// estimate / measured − 1 for the baseline; NaN where either is missing.
  double estimate_error() const;
};

/// Usable options of its backbone that the table lacks: those that could not be measured there, and
/// those that were none yet when an older version wrote it.
std::vector<OptionIndex> unmeasured_options(const CostTable& table);

/// Error (usage): no architecture costs as little as `limit`; `least` is what one costs.
tl::unexpected<Error> nothing_within(CostKind kind, double limit, double least);

CostTable cost_table_of(const LatencyTable& table);
CostTable cost_table_of(const EnergyTable& table);

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/planer/architecture.h"
#include "core/planer/front/cost_table.h"
#include "core/types/error.h"

namespace plumbline {

/// What choosing an option in a slot costs in validation loss, measured after the search has
/// trained the shared options once: increments[slot][option] in nats per token against `base_loss`;
/// nothing where the option is not usable. A table of costs beside it makes the knapsack.
struct LossIncrements {
  BackboneConfig config;
  Architecture base;     ///< the architecture that increments are counted from
  double base_loss = 0;  ///< nats per token of `base` with the shared weights
  std::vector<std::vector<std::optional<double>>> increments;
};
nlohmann::ordered_json to_json(const LossIncrements& increments);
Result<LossIncrements> parse_loss_increments(const nlohmann::json& json, const std::string& where);

/// One architecture of the front: none both costs less and is predicted better.
struct FrontPoint {
  double cost = 0;  ///< by its table: ms, or joules of 1,000 tokens
  double loss = 0;  ///< predicted, nats per token
  Architecture architecture;
};

/// The exact solution of the multiple-choice knapsack for every target at once: one option per
/// slot, least Σ increments subject to Σ costs ≤ target. Points by rising cost and falling loss.
/// Latencies are counted in whole nanoseconds, energies in tenths of a microjoule, so that sums are
/// exact. Ties go to the lower option, first slot first.
class SurrogateFront {
 public:
  static Result<SurrogateFront> solve(const LossIncrements& increments, const CostTable& costs);

  const std::vector<FrontPoint>& points() const { return points_; }
  /// The best within the limit: a binary search. Null where nothing costs as little.
  const FrontPoint* within(double limit) const;
  /// The least cost that any architecture has.
  double least_cost() const;

 private:
  std::vector<FrontPoint> points_;
};

/// Loss as it is shown: bits per byte for byte-level text, perplexity for words.
double bits_per_token(double nats);
double perplexity(double nats);

}  // namespace plumbline

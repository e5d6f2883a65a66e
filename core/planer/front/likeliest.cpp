#include "core/planer/front/likeliest.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace plumbline {

namespace {

double option_price(const CostTable& costs, std::size_t option) { return *costs.options[option]; }

/// Keeps of each slot the likeliest option and the dearer ones that are nearly as likely.
LossIncrements near_options(const LossIncrements& unlikeliness, const CostTable& costs,
                            const Architecture& likeliest, double near) {
  LossIncrements kept = unlikeliness;
  for (std::size_t i = 0; i < likeliest.size(); ++i) {
    auto& slot = kept.increments[i];
    const double most = *slot[likeliest[i]] + std::log(near);
    for (std::size_t option = 0; option < slot.size(); ++option)
      if (slot[option] && option != likeliest[i] &&
          (!costs.options[option] || *slot[option] > most ||
           option_price(costs, option) <= option_price(costs, likeliest[i])))
        slot[option].reset();
  }
  return kept;
}

LossIncrements with_worth(LossIncrements increments, const CostTable& costs, double worth) {
  for (auto& slot : increments.increments)
    for (std::size_t option = 0; option < slot.size(); ++option)
      if (slot[option] && costs.options[option])
        *slot[option] -= worth * option_price(costs, option);
  return increments;
}

}  // namespace

Result<Architecture> likeliest_within(const LossIncrements& unlikeliness, const CostTable& costs,
                                      double limit, double near) {
  const auto front = SurrogateFront::solve(unlikeliness, costs);
  TRY(front);
  const FrontPoint* best = front->within(limit);
  if (best == nullptr) return nothing_within(costs.kind, limit, front->least_cost());
  // The front ends with the likeliest of all.
  if (near <= 1 || best != &front->points().back()) return best->architecture;
  const LossIncrements options = near_options(unlikeliness, costs, best->architecture, near);
  std::optional<Error> error;
  // The best where a millisecond, or a joule, is worth so many nats: the more it is worth, the more
  // of the limit is used.
  const auto best_for = [&](double worth) {
    Architecture architecture = best->architecture;
    const auto valued = SurrogateFront::solve(with_worth(options, costs, worth), costs);
    if (!valued)
      error = valued.error();
    else if (const FrontPoint* point = valued->within(limit))
      architecture = point->architecture;
    return architecture;
  };
  const auto fills = [&](const Architecture& architecture) {
    return *costs.estimate(architecture) >= well_used * limit;
  };
  if (fills(best->architecture)) return best->architecture;
  // Options that are nearly as likely differ by a nat or two: at this worth the dearer one wins
  // wherever a thousandth of the dearest option's cost is between them.
  double dearest = 0;
  for (std::size_t option = 0; option < costs.options.size(); ++option)
    if (costs.options[option]) dearest = std::max(dearest, option_price(costs, option));
  double low = 0, high = dearest > 0 ? 3e3 / dearest : 0;
  Architecture fullest = best_for(high);
  if (fills(fullest))
    for (int i = 0; i < 40 && !error; ++i) {
      const double middle = (low + high) / 2;
      Architecture between = best_for(middle);
      if (fills(between)) {
        high = middle;
        fullest = std::move(between);
      } else {
        low = middle;
      }
    }
  if (error) return tl::unexpected(*error);
  return fullest;
}

}  // namespace plumbline

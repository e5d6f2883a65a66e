#include "core/planer/front/likeliest.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace plumbline {

namespace {

double latency_of(const LatencyTable& table, std::size_t option) {
  return table.options[option]->median_ms;
}

/// Keeps of each slot the likeliest option and the slower ones that are nearly as likely.
LossIncrements near_options(const LossIncrements& unlikeliness, const LatencyTable& table,
                            const Architecture& likeliest, double near) {
  LossIncrements kept = unlikeliness;
  for (std::size_t i = 0; i < likeliest.size(); ++i) {
    auto& slot = kept.increments[i];
    const double most = *slot[likeliest[i]] + std::log(near);
    for (std::size_t option = 0; option < slot.size(); ++option)
      if (slot[option] && option != likeliest[i] &&
          (!table.options[option] || *slot[option] > most ||
           latency_of(table, option) <= latency_of(table, likeliest[i])))
        slot[option].reset();
  }
  return kept;
}

LossIncrements with_worth(LossIncrements increments, const LatencyTable& table, double worth) {
  for (auto& slot : increments.increments)
    for (std::size_t option = 0; option < slot.size(); ++option)
      if (slot[option] && table.options[option]) *slot[option] -= worth * latency_of(table, option);
  return increments;
}

}  // namespace

Result<Architecture> likeliest_within(const LossIncrements& unlikeliness, const LatencyTable& table,
                                      double latency_ms, double near) {
  const auto front = SurrogateFront::solve(unlikeliness, table);
  TRY(front);
  const FrontPoint* best = front->within(latency_ms);
  if (best == nullptr)
    return usage_error(fmt::format("no architecture is as fast as {:.4g} ms", latency_ms),
                       "--target", fmt::format("the least is {:.4g} ms", front->fastest_ms()));
  // The front ends with the likeliest of all.
  if (near <= 1 || best != &front->points().back()) return best->architecture;
  const LossIncrements options = near_options(unlikeliness, table, best->architecture, near);
  std::optional<Error> error;
  // The best where a millisecond is worth so many nats: the more it is worth, the more of the limit
  // is used.
  const auto best_for = [&](double worth) {
    Architecture architecture = best->architecture;
    const auto valued = SurrogateFront::solve(with_worth(options, table, worth), table);
    if (!valued)
      error = valued.error();
    else if (const FrontPoint* point = valued->within(latency_ms))
      architecture = point->architecture;
    return architecture;
  };
  const auto fills = [&](const Architecture& architecture) {
    return *table.estimate_ms(architecture) >= well_used * latency_ms;
  };
  if (fills(best->architecture)) return best->architecture;
  // Options that are nearly as likely differ by a nat or two: at this worth the slower one wins
  // wherever a thousandth of the slowest option's latency is between them.
  double slowest = 0;
  for (std::size_t option = 0; option < table.options.size(); ++option)
    if (table.options[option]) slowest = std::max(slowest, latency_of(table, option));
  double low = 0, high = slowest > 0 ? 3e3 / slowest : 0;
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

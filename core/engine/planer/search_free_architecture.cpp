#include "core/engine/planer/search_state.h"

#include <algorithm>

#include "core/planer/front/most_parameters.h"

namespace plumbline {

Result<void> SearchStages::State::choose_free(double target, const Architecture& found) {
  if (!plan.free || of(target).free) return {};
  // A table errs by the kind of option, so that the limit is moved until both cost equally much.
  double limit = *costs.estimate(found);
  NearestInCost nearest;
  constexpr int most_tries = 5;
  for (int tries = 0; tries < most_tries; ++tries) {
    job.progress("free baseline", tries, most_tries, "networks");
    auto candidate =
        most_parameters_within(plan.base.config, super->options().front(), costs, limit);
    if (!candidate && nearest.is_any()) break;
    TRY(candidate);
    const auto ratio = measured_ratio(found, *candidate);
    TRY(ratio);
    nearest.offer(std::move(*candidate), *ratio);
    if (nearest.is_near()) break;
    limit *= std::clamp(1 / *ratio, 0.7, 1.4);
  }
  of(target).free = nearest.take();
  return save();
}

}  // namespace plumbline

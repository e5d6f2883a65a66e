#include "core/engine/planer/search_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/engine/planer/architecture_search.h"
#include "core/engine/planer/network_files.h"
#include "core/planer/front/likeliest.h"
#include "core/planer/front/target_verdict.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

/// What is left of the target is spent on options that are this many times less likely, at most.
constexpr double nearly_as_likely = 4;

}  // namespace

Result<Architecture> SearchStages::State::within_when_measured(const ArchitectureSearch& search,
                                                               double target) {
  auto base = load_network(study, plan.base, plan.step.device, scalar_type(plan.step.precision));
  if (!base) return tl::unexpected(base.error());
  const double estimate = *costs.estimate(plan.base.architecture);
  // A table adds up what a network's parts cost alone. The limit is moved until the measured
  // network meets the target and leaves little of it.
  double limit = target * estimate, highest = 2 * limit;
  std::optional<Architecture> best;
  double best_reached = 0;
  constexpr int most_tries = 6;
  for (int tries = 0; tries < most_tries; ++tries) {
    auto architecture = search.likeliest_within(limit, nearly_as_likely);
    if (!architecture) {
      if (best) break;
      return architecture;
    }
    job.progress("measuring", tries, most_tries, "networks");
    LanguageModel model(plan.base.config, options_of(*architecture), 1, plan.step.device,
                        scalar_type(plan.step.precision));
    inherit_weights(*super, model);
    const auto ratio = measured_ratio(MeasuredNetwork{base->get(), plan.base.architecture},
                                      MeasuredNetwork{&model, *architecture});
    TRY(ratio);
    const double reached = *ratio;
    job.metric(fmt::format("search {}/measured", shortest(target)), reached, tries);
    const double taken = *costs.estimate(*architecture);
    if (meets_target(reached, target)) {
      if (reached > best_reached) {
        best = *architecture;
        best_reached = reached;
      }
      if (reached >= target * well_used) break;
      limit = std::min(std::max(limit, taken) * std::min(1.3, target / reached), highest * 0.995);
      if (limit <= taken) break;
    } else {
      highest = std::min(highest, taken);
      limit = std::min(limit, taken) * std::max(0.7, target / reached) * 0.999;
      if (best) break;
    }
  }
  if (!best)
    return bad_input(
        fmt::format("no architecture was measured within {:.3g} × the baseline", target), plan.name,
        plan.cost == CostKind::latency
            ? "measure the latencies again (planer profile) on a quiet machine"
            : "measure the energies again (planer profile --energy) on a quiet machine");
  return *best;
}

}  // namespace plumbline

#include "core/engine/planer/search_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/planer/random_architecture.h"

namespace plumbline {

Result<double> SearchStages::State::measured_ratio(const Architecture& found,
                                                   const Architecture& candidate) const {
  const auto make = [&](const Architecture& architecture) {
    return std::make_unique<LanguageModel>(plan.base.config, options_of(architecture), 1,
                                           plan.step.device, scalar_type(plan.step.precision));
  };
  const auto first = make(found), second = make(candidate);
  return measured_ratio(MeasuredNetwork{first.get(), found},
                        MeasuredNetwork{second.get(), candidate});
}

Result<void> SearchStages::State::draw_random(double target, const Architecture& found) {
  const double cost = *costs.estimate(found);
  const auto estimate = [&](const Architecture& candidate) { return costs.estimate(candidate); };
  double correction = 1;
  std::uint64_t draws = 0;
  while (static_cast<int>(of(target).random.size()) < plan.random) {
    const auto done = static_cast<std::int64_t>(of(target).random.size());
    job.progress("random architectures", done, plan.random, "architectures");
    NearestInCost nearest;
    for (int tries = 0; tries < 4; ++tries) {
      const double wanted = cost * correction;
      auto candidate = random_architecture(
          found.size(), super->options().front(), estimate, wanted * 0.98, wanted * 1.02,
          mixed_seed(plan.course.seed, 7,
                     static_cast<std::uint64_t>(target * 1e6) * 1000 +
                         static_cast<std::uint64_t>(done) * 31 + draws++));
      if (!candidate)
        return bad_input(
            fmt::format("no random architecture costs {}", cost_with_unit(plan.cost, wanted)),
            plan.name);
      const auto ratio = measured_ratio(found, *candidate);
      TRY(ratio);
      nearest.offer(std::move(*candidate), *ratio);
      if (nearest.is_near()) break;
      correction = std::clamp(correction / *ratio, 0.5, 2.0);
    }
    of(target).random.push_back(nearest.take());
    if (auto saved = save(); !saved) return saved;
  }
  return {};
}

}  // namespace plumbline

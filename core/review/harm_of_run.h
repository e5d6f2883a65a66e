#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/review/opened_run.h"
#include "core/selection/harm.h"

namespace plumbline {

/// `harm_front` of a policy on the split that a run of classes was opened on.
struct HarmFront {
  std::vector<HarmPoint> points;
  std::int64_t judged = 0;
};

/// `voters`: indices into the run's. Errors: those of reading.
Result<HarmFront> front_of_harm(const OpenedRun& run, std::span<const std::size_t> voters,
                                const BoundPolicy& policy, const HarmUnit& unit);

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/decision/equal_kept.h"
#include "core/decision/votes.h"
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

/// What the first voter's confidence alone costs, in the mean over the samples with a label and a
/// vote of every voter, at each of its thresholds: strictest first, as EqualKeptCurve has its
/// points. As long as `points`; 0 where there is no such sample.
std::vector<double> harm_of_baseline(const HarmUnit& unit, const VoteTable& votes,
                                     std::span<const EqualKept> points);

}  // namespace plumbline

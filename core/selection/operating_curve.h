#pragma once
#include <string>
#include <vector>

#include "core/selection/operating_points.h"

namespace plumbline {

/// What a plot of kept against undetected shows of a policy: independent of where its threshold
/// and its number of votes stand.
struct OperatingCurve {
  std::vector<OperatingPoint> front;   ///< exact, as `pareto_front`'s
  std::vector<OperatingPoint> others;  ///< dominated settings, spread over the plane; few thousand
};

/// Both in one sweep over all settings. `decided`: the policy's decisions at any setting.
OperatingCurve operating_curve(const BoundPolicy& policy, const VoteTable& votes,
                               const Decisions& decided, const CountVerdicts& count);

/// Equal for policies that have the same curve on the same votes: the policy with its threshold and
/// its number of votes taken out.
std::string curve_key(const BoundPolicy& policy);

}  // namespace plumbline

#pragma once
#include <optional>
#include <string>

#include "core/selection/certificate.h"
#include "core/selection/operating_points.h"

namespace plumbline {

/// The same policy at the setting of its threshold that a rule chooses on a split. `decided`: the
/// policy's decisions there; `cost`: × the baseline. Errors (bad input): no setting fulfils the
/// rule; said is what comes nearest.
Result<BoundPolicy> choose_setting(const BoundPolicy& policy, const SelectionRule& rule,
                                   const std::string& split, const VoteTable& votes,
                                   const Decisions& decided, const CountVerdicts& count,
                                   std::optional<double> cost = std::nullopt);

}  // namespace plumbline

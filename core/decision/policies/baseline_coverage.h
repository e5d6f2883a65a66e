#pragma once
#include "core/decision/bound_policy.h"

namespace plumbline {

/// The value of a threshold that nobody gave: it is chosen when the policy is bound, and its text
/// has the chosen one afterwards.
inline constexpr double chosen_when_bound = -1;

/// Where the policy's first parameter is `unset`, sets it to the value at which as many samples of
/// the split that it is fitted on are accepted as `mcp` accepts there at its default (DOMAIN 1.3),
/// and notes it as learned, "t". `sign`: 1 where the least score is the parameter, −1 where it is
/// its negative. Errors: usage, where no split is named; those of reading.
Result<void> keep_baseline_coverage(BoundPolicy& policy, const BindData& data, double unset,
                                    double sign);

}  // namespace plumbline

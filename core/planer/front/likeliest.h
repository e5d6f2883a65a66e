#pragma once
#include "core/planer/front/surrogate.h"

namespace plumbline {

/// From this share on a limit is well used; below it a network could have been larger.
inline constexpr double well_used = 0.95;

/// The likeliest architecture of at most `limit`: greatest Σ log P, found exactly.
/// `unlikeliness`: −log P of each option as its increment, nothing where it cannot be chosen.
///
/// Where the likeliest of all costs less than that, a search has given up more than it was asked
/// to: then what is left is spent on options that are dearer and nearly as likely, P_max / `near`
/// of their slot or more (near ≥ 1; 1: on none), with the least loss of likeliness a millisecond
/// (or joule) at which `well_used` of the limit is used, or else as much as these options can. Of
/// the architectures of these options none within the limit is dearer and as likely, nor as dear
/// and likelier. Errors (usage): nothing costs as little; the least cost is named.
Result<Architecture> likeliest_within(const LossIncrements& unlikeliness, const CostTable& costs,
                                      double limit, double near = 1);

}  // namespace plumbline

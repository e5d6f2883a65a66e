#pragma once
#include <span>

#include "core/decision/votes.h"

/// Policies that need whole distributions; the contract is PolicyKind::reduce's.
namespace plumbline {

/// argmax and maximum of the voters' arithmetic mean, summed in double in the voters' order; equal
/// means: the lower class.
void reduce_mean(const DistributionBlock& block, std::span<ClassIndex> label,
                 std::span<float> score);

}  // namespace plumbline

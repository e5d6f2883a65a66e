#pragma once
#include <vector>

#include "core/planer/architecture.h"

namespace plumbline {

/// How likely a search holds each option of each slot, [slot][option] in the order of the table of
/// options; rows sum to 1. May be empty: nothing is known yet.
using ProbabilityMap = std::vector<std::vector<float>>;

/// The most likely option of each slot; of equal ones the first.
Architecture most_likely(const ProbabilityMap& map);

/// Mean over slots of −Σ p ln p, in nats; 0 for an empty map. Rows are normalised, values that are
/// no probability (negative, not finite) count as 0.
double mean_entropy(const ProbabilityMap& map);

/// The entropy of a row in which all options that the first slot can have (their probability is not
/// 0) are equally likely: ln of their number.
double greatest_entropy(const ProbabilityMap& map);

}  // namespace plumbline

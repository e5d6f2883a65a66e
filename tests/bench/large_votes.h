#pragma once
#include <cstdint>
#include <vector>

#include "core/predictions/class_predictions.h"
#include "core/types/class_index.h"

namespace plumbline {

/// A number from 0 to 1 that depends on nothing but its key.
double fraction_of(std::uint64_t key);

/// The outputs of models × views (models outer) on samples [first, first + count) of these labels.
ClassPredictions large_votes(const std::vector<ClassIndex>& labels,
                             const std::vector<Voter>& voters, std::size_t views, int classes,
                             std::int64_t first, std::int64_t count);

}  // namespace plumbline

#pragma once
#include <vector>

#include "core/engine/inference/heads/output_head.h"

namespace plumbline {

/// What one of `world` ranks computes of the ranges that a split lacks: a contiguous piece of them.
/// It is cut where batches end, counted from their block's beginning as a computer counts them, and
/// within a batch between voters, so that the ranks together compute the batches that one would,
/// each of them once. A share differs from an equal part of all predictions by a batch of one voter
/// at most. The same for everybody who asks.
std::vector<ShardRange> share_of_rank(const std::vector<ShardRange>& missing, int batch, int rank,
                                      int world);

}  // namespace plumbline

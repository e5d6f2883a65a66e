#pragma once
#include <random>

#include "core/planer/front/surrogate.h"

namespace plumbline::test {

/// A problem whose latencies are whole nanoseconds and whose increments are multiples of 1/1024, so
/// that sums are exact in doubles whatever their order.
struct Knapsack {
  LossIncrements increments;
  LatencyTable table;
};

/// `levels`: how many different values latencies and increments have; few make many ties.
/// `missing`: probability that an option is not there.
Knapsack random_knapsack(std::mt19937& random, std::int64_t layers, int levels, double missing);

/// Every possible architecture, by the definition; slow.
std::vector<FrontPoint> all_architectures(const Knapsack& knapsack);

/// The ones that no other dominates; of equal ones the first in the order of their options.
std::vector<FrontPoint> front_of(std::vector<FrontPoint> all);

}  // namespace plumbline::test

#pragma once
#include <cstddef>
#include <functional>
#include <vector>

namespace plumbline {

/// Times of one batch size, in milliseconds.
struct SizeTimes {
  int size = 0;
  std::vector<double> ms;
};

/// Milliseconds of `repeats` batches of `size`; empty: it cannot be told.
using TimeBatches = std::function<std::vector<double>(int size, int repeats)>;

/// A voter's times at sizes below the run's `batch`: 1, 4, 16 and so on. Stages ask voters about
/// what is left of a batch, and a small batch is not proportionally cheaper, on a GPU hardly at
/// all. Size 1 is timed by five batches whatever they take. A larger size of which a few batches
/// would take over `budget_seconds` is left out, and those above it.
std::vector<SizeTimes> time_smaller_batches(int batch, double budget_seconds,
                                            const TimeBatches& time);

}  // namespace plumbline

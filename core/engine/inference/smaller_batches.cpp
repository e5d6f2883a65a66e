#include "core/engine/inference/smaller_batches.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/engine/inference/stopwatch.h"

namespace plumbline {

namespace {

constexpr int growth = 4;
constexpr int least_repeats = 5, most_repeats = 25;
/// What a size's batches are to take together, where that is more than the least number of them.
constexpr double size_ms = 50;

}  // namespace

std::vector<SizeTimes> time_smaller_batches(int batch, double budget_seconds,
                                            const TimeBatches& time) {
  std::vector<SizeTimes> measured;
  double expected_ms = 0, left_ms = 1000 * budget_seconds;
  for (std::int64_t size = 1; size < batch; size *= growth) {
    if (least_repeats * expected_ms > left_ms) break;
    const int repeats =
        expected_ms > 0 ? static_cast<int>(std::clamp(std::ceil(size_ms / expected_ms),
                                                      double{least_repeats}, double{most_repeats}))
                        : least_repeats;
    auto ms = time(static_cast<int>(size), repeats);
    if (ms.empty()) break;
    for (const double one : ms) left_ms -= one;
    expected_ms = growth * median_spread(ms).median;
    measured.push_back({static_cast<int>(size), std::move(ms)});
  }
  return measured;
}

}  // namespace plumbline

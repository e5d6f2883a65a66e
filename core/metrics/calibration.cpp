#include "core/metrics/calibration.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace plumbline {

std::optional<double> expected_calibration_error(std::span<const double> confidence,
                                                 std::span<const std::uint8_t> right, int bins) {
  if (confidence.empty()) return std::nullopt;
  struct Bin {
    double confidence = 0, right = 0;
  };
  std::vector<Bin> sums(static_cast<std::size_t>(bins));
  for (std::size_t i = 0; i < confidence.size(); ++i) {
    // No probability can be outside, a file's number can; NaN counts as 0.
    const double value = confidence[i] > 0 ? std::min(confidence[i], 1.0) : 0.0;
    const int bin = std::clamp(static_cast<int>(std::ceil(value * bins)) - 1, 0, bins - 1);
    sums[static_cast<std::size_t>(bin)].confidence += value;
    sums[static_cast<std::size_t>(bin)].right += right[i];
  }
  double distance = 0;
  for (const Bin& bin : sums) distance += std::abs(bin.confidence - bin.right);
  return distance / static_cast<double>(confidence.size());
}

}  // namespace plumbline

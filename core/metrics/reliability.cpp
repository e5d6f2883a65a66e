#include "core/metrics/reliability.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace plumbline {

std::vector<ReliabilityBin> reliability_bins(std::span<const double> confidence,
                                             std::span<const std::uint8_t> right, int bins) {
  std::vector<ReliabilityBin> result(static_cast<std::size_t>(bins));
  for (int b = 0; b < bins; ++b) {
    result[static_cast<std::size_t>(b)].lower = b / static_cast<double>(bins);
    result[static_cast<std::size_t>(b)].upper = (b + 1) / static_cast<double>(bins);
  }
  for (std::size_t i = 0; i < confidence.size(); ++i) {
    // As the calibration error has it: NaN counts as 0, what is above 1 as 1.
    const double value = confidence[i] > 0 ? std::min(confidence[i], 1.0) : 0.0;
    const int bin = std::clamp(static_cast<int>(std::ceil(value * bins)) - 1, 0, bins - 1);
    ReliabilityBin& into = result[static_cast<std::size_t>(bin)];
    ++into.samples;
    into.right += right[i];
    into.confidence += value;
  }
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  for (ReliabilityBin& bin : result) {
    const auto n = static_cast<double>(bin.samples);
    bin.confidence = bin.samples > 0 ? bin.confidence / n : none;
    bin.accuracy = bin.samples > 0 ? static_cast<double>(bin.right) / n : none;
    bin.interval = wilson_interval(bin.right, bin.samples);
  }
  return result;
}

}  // namespace plumbline

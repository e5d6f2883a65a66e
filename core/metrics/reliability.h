#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/metrics/proportion.h"

namespace plumbline {

/// One bin of a reliability diagram.
struct ReliabilityBin {
  double lower = 0, upper = 0;  ///< of confidence: (lower, upper], the first with 0
  std::int64_t samples = 0, right = 0;
  double confidence = 0;  ///< mean of its samples; NaN where there is none
  double accuracy = 0;    ///< right of samples; NaN where there is none
  Interval interval;      ///< Wilson's of the accuracy, 95 %; NaN where there is none
};

/// The equal-width bins of `expected_calibration_error`: the sum of samples × |confidence −
/// accuracy| over all samples is that error.
std::vector<ReliabilityBin> reliability_bins(std::span<const double> confidence,
                                             std::span<const std::uint8_t> right, int bins = 15);

}  // namespace plumbline

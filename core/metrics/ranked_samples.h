#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/metrics/resample.h"
#include "core/metrics/selective.h"

namespace plumbline {

/// Samples sorted by their scores once, whose figures are then computed for one resample after
/// another. Not changed once it is made: several threads may ask it at once.
class RankedSamples {
 public:
  /// `right`: 1 or 0 a sample. A score that is not a number ranks last.
  RankedSamples(std::span<const double> score, std::span<const std::uint8_t> right);

  std::size_t size() const { return order_.size(); }

  /// Counts in the order of the ranks: what the functions below take.
  void rank(std::span<const ResampleCount> counts, std::span<ResampleCount> ranked) const;

  /// Those of `selective_metrics` with each sample as often as it is counted.
  SelectiveMetrics selective(std::span<const ResampleCount> ranked) const;

  /// That of `expected_calibration_error`; nothing where nothing is counted.
  std::optional<double> calibration_error(std::span<const ResampleCount> ranked) const;

 private:
  std::vector<std::uint32_t> order_;  ///< samples by falling score
  std::vector<std::uint8_t> right_;   ///< by rank
  std::vector<std::uint8_t> ends_;    ///< by rank: 1 where the next has another score
  std::vector<double> gap_;           ///< by rank: confidence − right, as calibration has it
  std::vector<std::size_t> bins_;     ///< where each bin of the calibration ends
};

}  // namespace plumbline

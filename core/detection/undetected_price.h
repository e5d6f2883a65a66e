#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/detection/accepted_matches.h"

namespace plumbline {

/// What a score threshold costs and gives.
struct PricePoint {
  double score = 0;             ///< accepted are detections of at least this score
  std::int64_t undetected = 0;  ///< objects without an accepted detection
  std::int64_t false_detections = 0;
};

/// Undetected objects against false detections, over every distinct score, from nothing accepted
/// (an infinite score) to everything: the former falls, the latter rises. Subsets of voters and
/// fusions are compared on it at equal false detections, never at equal scores, which mean
/// different things.
std::vector<PricePoint> price_curve(const BoxDataset& truth, const DetectionSet& detections,
                                    const std::vector<DetectionMatch>& matches);

/// Enough of a curve to be drawn: all of it where it has at most `most` points; else the first, the
/// last, and those between that lie a `most`-th of either count's range from the one before, which
/// are at most twice as many.
std::vector<PricePoint> thinned_prices(std::span<const PricePoint> curve, std::size_t most);

/// The last point with at most so many false detections.
const PricePoint& at_price(std::span<const PricePoint> curve, double false_detections);

}  // namespace plumbline

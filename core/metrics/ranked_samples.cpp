#include "core/metrics/ranked_samples.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/metrics/selective_sums.h"

namespace plumbline {

namespace {

constexpr int calibration_bins = 15;

/// What is not a number is surely not sure, and sorting needs an order.
double sortable(double score) {
  return std::isnan(score) ? -std::numeric_limits<double>::infinity() : score;
}

}  // namespace

RankedSamples::RankedSamples(std::span<const double> score, std::span<const std::uint8_t> right)
    : order_(score.size()), right_(score.size()), ends_(score.size()), gap_(score.size()) {
  std::iota(order_.begin(), order_.end(), 0U);
  std::ranges::stable_sort(order_, [&](std::uint32_t a, std::uint32_t b) {
    return sortable(score[a]) > sortable(score[b]);
  });
  int bin = calibration_bins - 1;
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const double value = sortable(score[order_[i]]);
    right_[i] = right[order_[i]] != 0;
    ends_[i] = i + 1 == order_.size() || sortable(score[order_[i + 1]]) != value;
    const double confidence = std::clamp(value, 0.0, 1.0);
    gap_[i] = confidence - right_[i];
    const int own = std::max(static_cast<int>(std::ceil(confidence * calibration_bins)) - 1, 0);
    for (; bin > own; --bin) bins_.push_back(i);
  }
  bins_.push_back(order_.size());
}

void RankedSamples::rank(std::span<const ResampleCount> counts,
                         std::span<ResampleCount> ranked) const {
  for (std::size_t i = 0; i < order_.size(); ++i) ranked[i] = counts[order_[i]];
}

SelectiveMetrics RankedSamples::selective(std::span<const ResampleCount> ranked) const {
  std::uint64_t n = 0, rights = 0;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    n += ranked[i];
    rights += static_cast<std::uint64_t>(ranked[i] * right_[i]);
  }
  SelectiveSums sums(static_cast<double>(rights), static_cast<double>(n - rights));
  std::uint32_t accepted = 0, right = 0, before = 0;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    accepted += ranked[i];
    right += static_cast<std::uint32_t>(ranked[i] * right_[i]);
    // A score that nobody has in this resample is no point of its curve.
    if (ends_[i] == 0 || accepted == before) continue;
    sums.add(right, accepted - right);
    before = accepted;
  }
  return sums.metrics();
}

std::optional<double> RankedSamples::calibration_error(
    std::span<const ResampleCount> ranked) const {
  double distance = 0, n = 0;
  std::size_t begin = 0;
  for (const std::size_t end : bins_) {
    double gap = 0;
    std::uint64_t count = 0;
    for (std::size_t i = begin; i < end; ++i) {
      gap += ranked[i] * gap_[i];
      count += ranked[i];
    }
    distance += std::abs(gap);
    n += static_cast<double>(count);
    begin = end;
  }
  if (!(n > 0)) return std::nullopt;
  return distance / n;
}

}  // namespace plumbline

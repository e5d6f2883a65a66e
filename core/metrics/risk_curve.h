#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/decision/verdicts.h"

namespace plumbline {

/// What is accepted down to one distinct score.
struct RiskPoint {
  double coverage = 0, risk = 0;  ///< selective; both 0 to 1
  double score = 0;               ///< the least that is accepted, rounded to float32
};

/// Selective risk over coverage at distinct scores, by rising coverage: exact at some `most` of
/// them, spread over the coverage, the last one always among them. Scores are compared as float32,
/// as thresholds are; NaN ranks last. Some 2 ms for 100,000 samples, so that a curve can follow a
/// slider. `right`: 1 or 0 a sample.
std::vector<RiskPoint> risk_curve(std::span<const double> score,
                                  std::span<const std::uint8_t> right, std::size_t most = 400);

/// The same of the judged samples of decisions.
std::vector<RiskPoint> risk_curve(const Decisions& decisions, std::size_t most = 400);

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <optional>
#include <span>

namespace plumbline {

/// ECE: the mean distance between confidence and accuracy over equal-width bins (lower, upper] of
/// [0, 1], weighted by their samples (DOMAIN 1.4). Nothing without samples.
std::optional<double> expected_calibration_error(std::span<const double> confidence,
                                                 std::span<const std::uint8_t> right,
                                                 int bins = 15);

}  // namespace plumbline

#pragma once

namespace plumbline {

/// A found network may be this much slower than its target when it is measured: what a search
/// allows, and what everybody who judges its result allows.
inline constexpr double limit_tolerance = 1.01;

/// Whether a network meets the target of its search. `fraction`: its latency as a share of the
/// existing network's, both measured in turns, so that what is judged is what is shown.
constexpr bool meets_target(double fraction, double target) {
  return fraction <= target * limit_tolerance;
}

}  // namespace plumbline

#include "core/selection/binomial_tail.h"

#include <cmath>

namespace plumbline {

namespace {

// In extended precision, since the logarithms of factorials are large and nearly cancel.
using Real = long double;

Real log_probability(std::int64_t k, std::int64_t n, Real p) {
  const auto hits = static_cast<Real>(k), all = static_cast<Real>(n);
  return std::lgamma(all + 1) - std::lgamma(hits + 1) - std::lgamma(all - hits + 1) +
         hits * std::log(p) + (all - hits) * std::log1p(-p);
}

/// Σ of the probabilities of `from`, from + direction, … as long as they matter; they must be
/// falling.
Real sum_away(std::int64_t from, std::int64_t n, Real p, int direction) {
  const Real odds = p / (1 - p);
  Real term = 1, sum = 1;
  for (std::int64_t i = from; direction < 0 ? i > 0 : i < n; i += direction) {
    const auto at = static_cast<Real>(i), all = static_cast<Real>(n);
    term *= direction < 0 ? at / ((all - at + 1) * odds) : (all - at) * odds / (at + 1);
    sum += term;
    if (term < sum * 1e-19L) break;
  }
  return std::exp(log_probability(from, n, p)) * sum;
}

}  // namespace

double binomial_tail(std::int64_t k, std::int64_t n, double p) {
  if (k < 0) return 0;
  if (k >= n || p <= 0) return 1;
  if (p >= 1) return 0;
  // Terms fall away from the mode: below it they are added up themselves, above it the rest.
  const bool below_mode = static_cast<double>(k) <= static_cast<double>(n) * p;
  return static_cast<double>(below_mode ? sum_away(k, n, p, -1) : 1 - sum_away(k + 1, n, p, +1));
}

double upper_risk_bound(std::int64_t wrong, std::int64_t n, double delta) {
  if (wrong >= n) return 1;
  double low = 0, high = 1;
  // The tail falls as the risk grows.
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (binomial_tail(wrong, n, middle) > delta ? low : high) = middle;
  }
  return high;
}

std::int64_t samples_needed(double rate, double risk, double delta) {
  constexpr std::int64_t most = 1'000'000'000'000;
  if (!(rate < risk) || !(delta > 0)) return -1;
  const auto is_enough = [&](std::int64_t n) {
    const auto wrong = static_cast<std::int64_t>(std::floor(static_cast<double>(n) * rate));
    return binomial_tail(wrong, n, risk) <= delta;
  };
  std::int64_t high = 1;
  while (!is_enough(high)) {
    high *= 2;
    if (high > most) return -1;
  }
  // Whole numbers of wrong ones make steps, so that this is the least but for a direction of them.
  std::int64_t low = high / 2;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (is_enough(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace plumbline

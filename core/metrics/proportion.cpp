#include "core/metrics/proportion.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace plumbline {

namespace {

constexpr double z = 1.959963984540054;  // the normal distribution's 97.5 % quantile

constexpr Interval no_interval = {std::numeric_limits<double>::quiet_NaN(),
                                  std::numeric_limits<double>::quiet_NaN()};

}  // namespace

Interval wilson_interval(std::int64_t hits, std::int64_t n) {
  if (n <= 0) return no_interval;
  const auto all = static_cast<double>(n);
  const double p = static_cast<double>(hits) / all;
  const double spread = z * std::sqrt(p * (1 - p) / all + z * z / (4 * all * all));
  const double middle = p + z * z / (2 * all), scale = 1 + z * z / all;
  // At 0 and at n the formula ends there but for rounding.
  return {hits == 0 ? 0 : std::max(0.0, (middle - spread) / scale),
          hits == n ? 1 : std::min(1.0, (middle + spread) / scale)};
}

Interval poisson_interval(std::int64_t events) {
  const auto count = static_cast<double>(events);
  const double middle = count + z * z / 2, spread = z * std::sqrt(count + z * z / 4);
  return {events == 0 ? 0 : std::max(0.0, middle - spread), middle + spread};
}

Interval paired_difference_interval(std::int64_t only_first, std::int64_t only_second,
                                    std::int64_t n) {
  if (n <= 0) return no_interval;
  const auto all = static_cast<double>(n) + 2;
  const double first = (static_cast<double>(only_first) + 1) / all;
  const double second = (static_cast<double>(only_second) + 1) / all;
  const double difference = second - first;
  const double spread = z * std::sqrt((first + second - difference * difference) / all);
  return {std::max(-1.0, difference - spread), std::min(1.0, difference + spread)};
}

Interval independent_difference_interval(std::int64_t first_hits, std::int64_t first_n,
                                         std::int64_t second_hits, std::int64_t second_n) {
  if (first_n <= 0 || second_n <= 0) return no_interval;
  const double a = static_cast<double>(first_hits) / static_cast<double>(first_n);
  const double b = static_cast<double>(second_hits) / static_cast<double>(second_n);
  const Interval first = wilson_interval(first_hits, first_n);
  const Interval second = wilson_interval(second_hits, second_n);
  return {b - a - std::hypot(b - second.low, first.high - a),
          b - a + std::hypot(second.high - b, a - first.low)};
}

}  // namespace plumbline

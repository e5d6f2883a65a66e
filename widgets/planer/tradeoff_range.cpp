#include "widgets/planer/tradeoff_range.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace plumbline {

namespace {

constexpr double front_of_use = 0.35;  // fraction from which the front is wholly visible
constexpr double path_at_most = 2.8;   // heights of the rest

}  // namespace

TradeoffRange tradeoff_range(const PlanerReview& review) {
  TradeoffRange range;
  const SearchCurve* main = review.curve();
  if (main == nullptr || !main->baseline_cost()) return range;
  double least = 0.9, greatest = 1;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  const auto take = [&](double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  };
  const auto take_curve = [&](const SearchCurve& curve) {
    for (const PlanerEntry& entry : curve.entries) {
      if (!entry.loss) continue;
      const double half = curve.unit.half_width(*entry.loss);
      take(curve.unit.value(entry.loss->nats) - half);
      take(curve.unit.value(entry.loss->nats) + half);
      if (const auto fraction = curve.shown_fraction(entry)) {
        least = std::min(least, *fraction);
        greatest = std::max(greatest, *fraction);
      }
    }
    if (!curve.front || curve.front->points().empty()) return;
    take(curve.unit.value(curve.expected_nats(curve.front->points().back())));
    if (const FrontPoint* useful = curve.within(front_of_use))
      take(curve.unit.value(curve.expected_nats(*useful)));
  };
  take_curve(*main);
  for (const SearchCurve& other : review.others()) take_curve(other);

  double path_high = -std::numeric_limits<double>::infinity(), end = path_high;
  const auto take_step = [&](double cost, double loss) {
    const double value = main->unit.value(loss);
    const auto fraction = main->estimated_fraction(cost);
    if (!std::isfinite(value) || !fraction || !std::isfinite(*fraction)) return;
    end = value;
    path_high = std::max(path_high, value);
    greatest = std::max(greatest, std::min(1.3, *fraction));
    low = std::min(low, value);
  };
  if (review.progress() && !review.progress()->path.empty())
    for (const JobSearchPoint& point : review.progress()->path) take_step(point.cost, point.loss);
  else
    for (const SearchPoint& point : main->path) take_step(point.cost, point.loss);
  if (std::isfinite(end)) take(end);
  if (low > high) {
    low = 0;
    high = 1;
  }
  const double height = std::max(high - low, 0.02);
  if (high - low < 0.05) high = low + 0.05;
  if (std::isfinite(path_high))
    high = std::max(high, std::min(path_high, low + path_at_most * height));
  // From where the front enters the picture; without one, from where targets are of use.
  if (main->front) {
    for (const FrontPoint& point : main->front->points())
      if (main->unit.value(main->expected_nats(point)) <= high) {
        least = std::min(least, main->estimated_fraction(point.cost).value_or(least));
        break;
      }
  } else {
    least = std::min(least, 0.25);
  }
  // To twentieths at the left, so that a new point does not move everything.
  range.lower = std::max(0.0, std::floor((least - 0.02) * 20) / 20);
  range.upper = std::max(1.08, greatest * 1.04);
  const double margin = 0.07 * std::max(high - low, 0.02);
  range.low = low - margin;
  range.high = high + margin;
  return range;
}

}  // namespace plumbline

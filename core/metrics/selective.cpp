#include "core/metrics/selective.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "core/metrics/selective_sums.h"

namespace plumbline {

namespace {

/// Accepted samples down to a distinct score. Whole numbers, exact in double.
struct Point {
  double right = 0, wrong = 0;
  double accepted() const { return right + wrong; }
  double risk() const { return wrong / accepted(); }
};

std::vector<Point> points_at_distinct_scores(std::span<const double> score,
                                             std::span<const std::uint8_t> right) {
  std::vector<std::pair<double, bool>> sorted(score.size());
  // What is not a number is surely not sure, and sorting needs an order.
  constexpr double last = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < score.size(); ++i)
    sorted[i] = {std::isnan(score[i]) ? last : score[i], right[i] != 0};
  std::ranges::sort(sorted, std::greater(), &std::pair<double, bool>::first);
  std::vector<Point> points;
  Point sum;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    ++(sorted[i].second ? sum.right : sum.wrong);
    if (i + 1 == sorted.size() || sorted[i + 1].first != sorted[i].first) points.push_back(sum);
  }
  return points;
}

std::optional<double> coverage_at_risk(const std::vector<Point>& points, double risk) {
  if (points.empty()) return std::nullopt;
  double coverage = 0;
  for (const Point& point : points)
    if (point.risk() <= risk) coverage = point.accepted() / points.back().accepted();
  return coverage;
}

std::optional<double> risk_at_coverage(const std::vector<Point>& points, double coverage) {
  for (const Point& point : points)
    if (point.accepted() / points.back().accepted() >= coverage) return point.risk();
  return std::nullopt;
}

}  // namespace

std::optional<double> coverage_at_risk(std::span<const double> score,
                                       std::span<const std::uint8_t> right, double risk) {
  return coverage_at_risk(points_at_distinct_scores(score, right), risk);
}

std::optional<double> risk_at_coverage(std::span<const double> score,
                                       std::span<const std::uint8_t> right, double coverage) {
  return risk_at_coverage(points_at_distinct_scores(score, right), coverage);
}

SelectiveMetrics selective_metrics(std::span<const double> score,
                                   std::span<const std::uint8_t> right) {
  if (score.empty()) return {};
  const auto points = points_at_distinct_scores(score, right);
  SelectiveSums sums(points.back().right, points.back().wrong);
  for (const Point& point : points) sums.add(point.right, point.wrong);
  return sums.metrics();
}

}  // namespace plumbline

#include "core/selection/operating_curve.h"

#include <algorithm>
#include <unordered_map>

namespace plumbline {

namespace {

constexpr std::int64_t plane_columns = 80, plane_rows = 160;

/// The point's cell in a plane of all kept × all undetected that there can be.
std::int64_t plane_cell(const OperatingPoint& point, std::int64_t judged) {
  const std::int64_t n = std::max<std::int64_t>(judged, 1);
  return point.kept * plane_columns / n * (plane_rows + 1) + point.undetected * plane_rows / n;
}

}  // namespace

OperatingCurve operating_curve(const BoundPolicy& policy, const VoteTable& votes,
                               const Decisions& decided, const CountVerdicts& count) {
  OperatingCurve curve;
  ParetoFront front;
  std::unordered_map<std::int64_t, OperatingPoint> cells;
  const auto threshold = threshold_parameter(policy);
  // Where scores are accepted from above, all settings lie on one curve.
  const bool has_others = threshold && threshold->slope == 0;
  visit_operating_points(policy, votes, decided, count, [&](const OperatingPoint& point) {
    front.add(point);
    if (has_others && point.accepted() > 0)
      cells.try_emplace(plane_cell(point, decided.counts.judged()), point);
  });
  curve.front = front.points();
  for (const auto& [cell, point] : cells) {
    const auto better =
        std::ranges::lower_bound(curve.front, point.kept, {}, &OperatingPoint::kept);
    if (better != curve.front.end() && better->undetected < point.undetected)
      curve.others.push_back(point);
  }
  std::ranges::sort(curve.others, {}, [](const OperatingPoint& point) {
    return std::pair(point.kept, point.undetected);
  });
  return curve;
}

std::string curve_key(const BoundPolicy& policy) {
  const auto threshold = threshold_parameter(policy);
  return to_string(at_point(policy, threshold ? threshold->minimum : 0, 1).policy);
}

}  // namespace plumbline

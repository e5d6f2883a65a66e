#include "core/detection/undetected_price.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

namespace plumbline {

std::vector<PricePoint> price_curve(const BoxDataset& truth, const DetectionSet& detections,
                                    const std::vector<DetectionMatch>& matches) {
  std::vector<std::size_t> order(matches.size());
  std::iota(order.begin(), order.end(), 0);
  const auto score = [&](std::size_t i) { return detections.boxes[i].score; };
  std::ranges::sort(order, std::ranges::greater(), score);
  std::vector<PricePoint> curve = {
      {std::numeric_limits<double>::infinity(), counted_objects(truth), 0}};
  PricePoint point = curve.front();
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::int32_t object = matches[order[i]].object;
    if (object >= 0)
      --point.undetected;
    else if (object == no_object)
      ++point.false_detections;
    point.score = score(order[i]);
    if (i + 1 < order.size() && score(order[i + 1]) == point.score) continue;
    curve.push_back(point);
  }
  return curve;
}

std::vector<PricePoint> thinned_prices(std::span<const PricePoint> curve, std::size_t most) {
  if (curve.size() <= std::max<std::size_t>(most, 2)) return {curve.begin(), curve.end()};
  const auto steps = static_cast<std::int64_t>(std::max<std::size_t>(most, 1));
  const std::int64_t falses =
      (curve.back().false_detections - curve.front().false_detections) / steps + 1;
  const std::int64_t finds = (curve.front().undetected - curve.back().undetected) / steps + 1;
  std::vector<PricePoint> thin = {curve.front()};
  for (const PricePoint& point : curve.subspan(1, curve.size() - 2))
    if (point.false_detections - thin.back().false_detections >= falses ||
        thin.back().undetected - point.undetected >= finds)
      thin.push_back(point);
  thin.push_back(curve.back());
  return thin;
}

const PricePoint& at_price(std::span<const PricePoint> curve, double false_detections) {
  const auto after = std::ranges::partition_point(curve, [&](const PricePoint& point) {
    return static_cast<double>(point.false_detections) <= false_detections;
  });
  return curve[static_cast<std::size_t>(after - curve.begin()) - 1];
}

}  // namespace plumbline

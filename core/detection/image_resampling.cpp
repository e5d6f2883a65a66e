#include "core/detection/image_resampling.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "core/types/parallel_items.h"

namespace plumbline {

namespace {

/// The figures of one resample: COCO's, undetected objects, false detections.
using ResampledFigures = std::array<double, coco_figure_count + 2>;

Interval percentile_interval(std::vector<double> values, double level) {
  std::ranges::sort(values);
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (values[above] - values[below]) * (place - std::floor(place));
  };
  return {at((1 - level) / 2), at((1 + level) / 2)};
}

}  // namespace

DetectionIntervals detection_intervals(const BoxDataset& truth, const DetectionSet& detections,
                                       std::span<const MatchedClass> classes,
                                       const CocoRules& rules,
                                       const std::vector<DetectionMatch>& matches, double score,
                                       const ResamplingOptions& options) {
  const std::size_t images = truth.images.size();
  std::vector<std::int64_t> undetected(images), wrong(images);
  for (const TruthBox& box : truth.boxes)
    if (counts(box)) ++undetected[static_cast<std::size_t>(box.image)];
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const DetectedBox& box = detections.boxes[i];
    if (box.score < score) continue;
    const auto image = static_cast<std::size_t>(box.image);
    if (matches[i].object >= 0)
      --undetected[image];
    else if (matches[i].object == no_object)
      ++wrong[image];
  }
  DetectionIntervals intervals;
  if (images == 0 || options.resamples == 0) return intervals;
  std::vector<ResampledFigures> resampled(options.resamples, ResampledFigures{});
  for_each_item(options.resamples, [&](std::size_t r) {
    // A generator of its own, so that it does not matter which thread has which resample.
    std::seed_seq seeds{static_cast<std::uint32_t>(options.seed),
                        static_cast<std::uint32_t>(options.seed >> 32),
                        static_cast<std::uint32_t>(r)};
    std::mt19937_64 random(seeds);
    std::vector<std::int32_t> weights(images);
    for (std::size_t i = 0; i < images; ++i) ++weights[random() % images];
    const CocoFigures figures = coco_figures(classes, rules, weights, false);
    std::ranges::copy(figures.values, resampled[r].begin());
    for (std::size_t i = 0; i < images; ++i) {
      resampled[r][coco_figure_count] += static_cast<double>(weights[i] * undetected[i]);
      resampled[r][coco_figure_count + 1] += static_cast<double>(weights[i] * wrong[i]);
    }
  });
  for (std::size_t figure = 0; figure < coco_figure_count + 2; ++figure) {
    std::vector<double> values;
    for (const ResampledFigures& figures : resampled)
      if (figures[figure] >= 0) values.push_back(figures[figure]);
    if (values.empty()) continue;
    const Interval interval = percentile_interval(values, options.level);
    if (figure < coco_figure_count) {
      if (2 * values.size() >= options.resamples) intervals.coco[figure] = interval;
    } else {
      (figure == coco_figure_count ? intervals.undetected_objects : intervals.false_detections) =
          interval;
    }
  }
  return intervals;
}

}  // namespace plumbline

#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/detection/coco_matches.h"

namespace plumbline {

inline constexpr std::size_t coco_figure_count = 12;
inline constexpr std::size_t recall_points = 101;

/// AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl: the keys of figures, in
/// pycocotools' order.
extern const std::array<std::string_view, coco_figure_count> coco_figure_keys;

/// 0, 0.01, … 1 as numpy's linspace computes them.
const std::array<double, recall_points>& coco_recalls();

/// COCO's figures and the curves that they are means of. −1 where a class has no object of a size,
/// and for a figure that no class has, as in pycocotools.
struct CocoFigures {
  std::size_t classes = 0;
  std::array<double, coco_figure_count> values{};
  /// [size][threshold][recall][class], of at most 100 detections an image: the greatest precision
  /// at that recall or a greater one.
  std::vector<double> precision;
  /// [size][threshold][class]: the greatest recall.
  std::vector<double> recall;

  double precision_at(ObjectSize size, std::size_t threshold, std::size_t recall_point,
                      std::size_t class_index) const {
    return precision[((static_cast<std::size_t>(size) * overlap_thresholds + threshold) *
                          recall_points +
                      recall_point) *
                         classes +
                     class_index];
  }
  /// The mean precision of one class and size over recalls and thresholds; −1 without objects.
  double class_precision(ObjectSize size, std::size_t class_index) const;
  /// The same at one threshold.
  double class_precision(ObjectSize size, std::size_t class_index, std::size_t threshold) const;
};

/// pycocotools' accumulation and summary, in its order of operations (numpy's pairwise sums
/// included), so that its figures come out to the last bit. `weights`: how often each image counts,
/// for resampling; empty for once each. On all cores where `parallel`.
CocoFigures coco_figures(std::span<const MatchedClass> classes, const CocoRules& rules,
                         std::span<const std::int32_t> weights = {}, bool parallel = true);

/// numpy's sum of contiguous doubles.
double pairwise_sum(std::span<const double> values);

}  // namespace plumbline

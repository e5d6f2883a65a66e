#include "core/detection/coco_figures.h"

#include <algorithm>
#include <limits>

#include "core/types/parallel_items.h"

namespace plumbline {

const std::array<std::string_view, coco_figure_count> coco_figure_keys = {
    "AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"};

namespace {

constexpr double no_figure = -1;
constexpr std::array<std::int32_t, 2> smaller_limits = {1, 10};

/// Recall of at most 1 and 10 detections an image, objects of all sizes: [limit][threshold][class].
using LimitedRecall = std::array<std::vector<double>, smaller_limits.size()>;

/// One class's part of the curves.
class ClassCurves {
 public:
  ClassCurves(const MatchedClass& matched, const CocoRules& rules,
              std::span<const std::int32_t> weights, CocoFigures& figures, LimitedRecall& limited,
              std::size_t place)
      : matched_(matched),
        rules_(rules),
        weights_(weights),
        figures_(figures),
        limited_(limited),
        place_(place) {}

  void compute() {
    std::array<std::int64_t, object_sizes> objects{};
    bool any = false;
    for (const MatchedObject& object : matched_.objects)
      for (std::size_t size = 0; size < object_sizes; ++size)
        if ((object.counts >> size & 1U) != 0) objects[size] += weight(object.image);
    for (std::size_t size = 0; size < object_sizes; ++size)
      for (std::size_t t = 0; t < overlap_thresholds; ++t)
        if (objects[size] > 0) curve(size, t, static_cast<double>(objects[size])), any = true;
    if (!any || objects[0] == 0) return;
    for (std::size_t t = 0; t < overlap_thresholds; ++t)
      for (std::size_t limit = 0; limit < smaller_limits.size(); ++limit)
        limited_[limit][t * figures_.classes + place_] =
            static_cast<double>(hits(t, smaller_limits[limit])) / static_cast<double>(objects[0]);
  }

 private:
  std::int32_t weight(std::int32_t image) const {
    return weights_.empty() ? 1 : weights_[static_cast<std::size_t>(image)];
  }

  std::int64_t hits(std::size_t t, std::int32_t limit) const {
    std::int64_t count = 0;
    for (const MatchedDetection& detection : matched_.detections)
      if (detection.rank < limit && (detection.hit[0] >> t & 1U) != 0)
        count += weight(detection.image);
    return count;
  }

  void curve(std::size_t size, std::size_t t, double objects) {
    points_.clear();
    const auto& detections = matched_.detections;
    double hit = 0, missed = 0, last = 0;
    for (std::size_t i = 0; i < detections.size(); ++i) {
      const MatchedDetection& detection = detections[i];
      if ((detection.hit[size] >> t & 1U) != 0)
        hit += weight(detection.image);
      else if ((detection.ignored[size] >> t & 1U) == 0)
        missed += weight(detection.image);
      const bool is_point = !rules_.distinct_scores || i + 1 == detections.size() ||
                            detections[i + 1].score != detection.score;
      if (!is_point || hit == last) continue;
      // The last addend is numpy's spacing(1), which keeps pycocotools from dividing by 0.
      points_.push_back(
          {hit / objects, hit / (missed + hit + std::numeric_limits<double>::epsilon())});
      last = hit;
    }
    for (std::size_t i = points_.size(); i-- > 1;)
      points_[i - 1].precision = std::max(points_[i - 1].precision, points_[i].precision);
    const std::size_t row = size * overlap_thresholds + t;
    figures_.recall[row * figures_.classes + place_] = last / objects;
    std::size_t point = 0;
    for (std::size_t r = 0; r < recall_points; ++r) {
      while (point < points_.size() && points_[point].recall < coco_recalls()[r]) ++point;
      figures_.precision[(row * recall_points + r) * figures_.classes + place_] =
          point < points_.size() ? points_[point].precision : 0;
    }
  }

  struct Point {
    double recall, precision;
  };
  const MatchedClass& matched_;
  const CocoRules& rules_;
  std::span<const std::int32_t> weights_;
  CocoFigures& figures_;
  LimitedRecall& limited_;
  std::size_t place_;
  std::vector<Point> points_;
};

double mean_of_present(std::span<const double> values) {
  std::vector<double> present;
  present.reserve(values.size());
  for (const double value : values)
    if (value > no_figure) present.push_back(value);
  return present.empty() ? no_figure : pairwise_sum(present) / static_cast<double>(present.size());
}

std::span<const double> of_size(const std::vector<double>& values, ObjectSize size) {
  const std::size_t part = values.size() / object_sizes;
  return std::span(values).subspan(static_cast<std::size_t>(size) * part, part);
}

}  // namespace

const std::array<double, recall_points>& coco_recalls() {
  static const auto recalls = [] {
    std::array<double, recall_points> values{};
    const double step = 1.0 / (recall_points - 1);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i) * step;
    values.back() = 1;
    return values;
  }();
  return recalls;
}

double pairwise_sum(std::span<const double> values) {
  constexpr std::size_t block = 128;
  const std::size_t n = values.size();
  if (n < 8) {
    // numpy begins with −0, so that a sum of nothing but −0 keeps its sign.
    double sum = -0.0;
    for (const double value : values) sum += value;
    return sum;
  }
  if (n <= block) {
    std::array<double, 8> sums{};
    std::copy_n(values.begin(), 8, sums.begin());
    std::size_t i = 8;
    for (; i < n - n % 8; i += 8)
      for (std::size_t j = 0; j < 8; ++j) sums[j] += values[i + j];
    double sum =
        ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    for (; i < n; ++i) sum += values[i];
    return sum;
  }
  const std::size_t half = n / 2 - n / 2 % 8;
  return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
}

double CocoFigures::class_precision(ObjectSize size, std::size_t class_index) const {
  double sum = 0;
  for (std::size_t t = 0; t < overlap_thresholds; ++t) {
    const double mean = class_precision(size, class_index, t);
    if (mean < 0) return no_figure;
    sum += mean;
  }
  return sum / overlap_thresholds;
}

double CocoFigures::class_precision(ObjectSize size, std::size_t class_index,
                                    std::size_t threshold) const {
  double sum = 0;
  for (std::size_t r = 0; r < recall_points; ++r) {
    const double value = precision_at(size, threshold, r, class_index);
    if (value < 0) return no_figure;
    sum += value;
  }
  return sum / recall_points;
}

CocoFigures coco_figures(std::span<const MatchedClass> classes, const CocoRules& rules,
                         std::span<const std::int32_t> weights, bool parallel) {
  CocoFigures figures;
  figures.classes = classes.size();
  const std::size_t rows = object_sizes * overlap_thresholds * classes.size();
  figures.precision.assign(rows * recall_points, no_figure);
  figures.recall.assign(rows, no_figure);
  LimitedRecall limited;
  for (auto& recall : limited) recall.assign(overlap_thresholds * classes.size(), no_figure);
  const auto compute = [&](std::size_t k) {
    ClassCurves(classes[k], rules, weights, figures, limited, k).compute();
  };
  if (parallel) {
    for_each_item(classes.size(), compute);
  } else {
    for (std::size_t k = 0; k < classes.size(); ++k) compute(k);
  }
  using enum ObjectSize;
  const auto precision = [&](ObjectSize size) { return of_size(figures.precision, size); };
  const auto at_threshold = [&](std::size_t t) {
    const std::size_t part = recall_points * classes.size();
    return precision(all).subspan(t * part, part);
  };
  figures.values = {mean_of_present(precision(all)),
                    mean_of_present(at_threshold(0)),
                    mean_of_present(at_threshold(5)),
                    mean_of_present(precision(small)),
                    mean_of_present(precision(medium)),
                    mean_of_present(precision(large)),
                    mean_of_present(limited[0]),
                    mean_of_present(limited[1]),
                    mean_of_present(of_size(figures.recall, all)),
                    mean_of_present(of_size(figures.recall, small)),
                    mean_of_present(of_size(figures.recall, medium)),
                    mean_of_present(of_size(figures.recall, large))};
  return figures;
}

}  // namespace plumbline

#include "core/detection/tide.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>

#include "core/detection/accepted_matches.h"
#include "core/detection/box_overlap.h"

namespace plumbline {

const std::array<std::string_view, tide_errors> tide_names = {"Cls",  "Loc", "Both",
                                                              "Dupe", "Bkg", "Miss"};

std::string_view to_string(TideVerdict verdict) {
  switch (verdict) {
    case TideVerdict::right: return "right";
    case TideVerdict::in_crowd: return "ignored";
    case TideVerdict::not_counted: return "not counted";
    default: return tide_names[static_cast<std::size_t>(verdict)];
  }
}

namespace {

struct CurvePoint {
  double score;
  bool hit;
};

/// The points and objects of one class, as tidecv keeps them.
struct ClassPoints {
  std::vector<CurvePoint> points;
  std::int64_t objects = 0;
  bool is_empty() const { return points.empty() && objects == 0; }
};
using AllPoints = std::vector<ClassPoints>;

double points_of_ap(ClassPoints& of_class) {
  if (of_class.objects == 0) return 0;
  auto& points = of_class.points;
  std::ranges::stable_sort(points, std::ranges::greater(), &CurvePoint::score);
  std::vector<double> precision(points.size()), recall(points.size());
  double hits = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    hits += points[i].hit ? 1 : 0;
    precision[i] = hits / static_cast<double>(i + 1);
    recall[i] = hits / static_cast<double>(of_class.objects);
  }
  for (std::size_t i = precision.size(); i-- > 1;)
    precision[i - 1] = std::max(precision[i - 1], precision[i]);
  double sum = 0;
  for (int i = 0; i <= 100; ++i) {
    const auto at = std::ranges::lower_bound(recall, i / 100.0) - recall.begin();
    if (at < std::ssize(precision)) sum += precision[static_cast<std::size_t>(at)];
  }
  return sum / 101 * 100;
}

double mean_ap(AllPoints points) {
  double sum = 0;
  std::int64_t classes = 0;
  for (ClassPoints& of_class : points)
    if (!of_class.is_empty()) sum += points_of_ap(of_class), ++classes;
  return classes == 0 ? 0 : sum / static_cast<double>(classes);
}

/// One error: what it counts as, and what it would be if it were mended.
struct HeldError {
  TideError kind;
  std::int32_t object = -1, detection = -1;
  bool was_counted = false;  ///< as a false detection; one within a crowd was not
};

class TideRun {
 public:
  TideRun(const BoxDataset& truth, const DetectionSet& detections, const TideRules& rules)
      : truth_(truth),
        set_(detections),
        rules_(rules),
        classes_(truth.categories.size()),
        best_(truth.boxes.size(), -1),
        used_(truth.boxes.size(), 0) {
    result_.detections.assign(detections.boxes.size(), TideVerdict::not_counted);
    result_.objects.assign(truth.boxes.size(), TideVerdict::background);
    has_objects_.assign(classes_, false);
    for (const TruthBox& box : truth.boxes)
      if (!box.crowd) has_objects_[static_cast<std::size_t>(box.category)] = true;
  }

  TideResult run() {
    const ByImage objects = objects_by_image(truth_);
    const ByImage detected = detections_by_image(truth_, set_);
    // In the file's order, which decides on equal scores.
    std::vector<std::size_t> images(truth_.images.size());
    std::iota(images.begin(), images.end(), 0);
    std::ranges::stable_sort(images, {}, [&](std::size_t i) { return truth_.images[i].position; });
    for (const std::size_t image : images) take_image(objects.of(image), detected.of(image));
    for (const HeldError& error : errors_) ++result_.counts[static_cast<std::size_t>(error.kind)];
    result_.ap50 = mean_ap(plain());
    for (std::size_t kind = 0; kind < tide_errors; ++kind)
      result_.dap[kind] =
          std::max(mean_ap(mended(static_cast<TideError>(kind))) - result_.ap50, 0.0);
    AllPoints sure = mended(std::nullopt);
    for (ClassPoints& of_class : sure)
      for (CurvePoint& point : of_class.points) point.score = point.hit ? 1 : 0;
    result_.false_positives = mean_ap(std::move(sure)) - result_.ap50;
    AllPoints found = mended(std::nullopt);
    for (std::size_t i = 0; i < truth_.boxes.size(); ++i)
      if (!truth_.boxes[i].crowd && used_[i] == 0) --found[class_of_object(i)].objects;
    result_.false_negatives = mean_ap(std::move(found)) - result_.ap50;
    return std::move(result_);
  }

 private:
  std::size_t class_of_object(std::size_t object) const {
    return static_cast<std::size_t>(truth_.boxes[object].category);
  }
  const DetectedBox& detection(std::int32_t d) const {
    return set_.boxes[static_cast<std::size_t>(d)];
  }

  void take_image(std::span<const std::int32_t> all_objects,
                  std::span<const std::int32_t> all_detections) {
    std::vector<std::int32_t> objects, crowds, detections;
    for (const std::int32_t o : all_objects)
      (truth_.boxes[static_cast<std::size_t>(o)].crowd ? crowds : objects).push_back(o);
    for (const std::int32_t o : crowds)
      result_.objects[static_cast<std::size_t>(o)] = TideVerdict::in_crowd;
    for (const std::int32_t d : all_detections) {
      const bool counted = !rules_.classes_with_objects ||
                           has_objects_[static_cast<std::size_t>(detection(d).category)];
      if (counted && detections.size() < rules_.limit) detections.push_back(d);
    }
    in_order_.insert(in_order_.end(), detections.begin(), detections.end());
    const std::size_t width = objects.size();
    std::vector<double> overlaps(detections.size() * width);
    for (std::size_t i = 0; i < detections.size(); ++i)
      for (std::size_t j = 0; j < width; ++j)
        overlaps[i * width + j] = overlap_of(
            detection(detections[i]).box, truth_.boxes[static_cast<std::size_t>(objects[j])].box);
    for (std::size_t i = 0; i < detections.size(); ++i)
      result_.detections[static_cast<std::size_t>(detections[i])] = find_object(
          detections[i], objects, std::span(overlaps).subspan(i * width, width), crowds);
    for (std::size_t i = 0; i < detections.size(); ++i)
      judge(detections[i], objects, std::span(overlaps).subspan(i * width, width));
    for (const std::int32_t o : objects) {
      const auto object = static_cast<std::size_t>(o);
      if (used_[object] != 0)
        result_.objects[object] = TideVerdict::right;
      else if (best_[object] < 0)
        errors_.push_back({TideError::missed, o, -1, false});
    }
  }

  TideVerdict find_object(std::int32_t d, std::span<const std::int32_t> objects,
                          std::span<const double> overlaps, std::span<const std::int32_t> crowds) {
    std::size_t best = objects.size();
    double overlap = 0;
    for (std::size_t j = 0; j < objects.size(); ++j) {
      const auto object = static_cast<std::size_t>(objects[j]);
      if (truth_.boxes[object].category != detection(d).category || used_[object] != 0) continue;
      if (overlaps[j] > overlap) overlap = overlaps[j], best = j;
    }
    if (best < objects.size() && overlap >= rules_.foreground) {
      used_[static_cast<std::size_t>(objects[best])] = 1;
      return TideVerdict::right;
    }
    for (const std::int32_t o : crowds) {
      const TruthBox& crowd = truth_.boxes[static_cast<std::size_t>(o)];
      if (crowd.category == detection(d).category &&
          overlap_of(detection(d).box, crowd.box, true) > rules_.foreground)
        return TideVerdict::in_crowd;
    }
    return TideVerdict::background;  // to be judged once all of the image's objects are taken
  }

  /// Finds out why a detection is none. One within a crowd is an error too in tidecv, of which
  /// nothing but its mending counts.
  void judge(std::int32_t d, std::span<const std::int32_t> objects,
             std::span<const double> overlaps) {
    TideVerdict& verdict = result_.detections[static_cast<std::size_t>(d)];
    if (verdict == TideVerdict::right) return;
    std::int32_t same = -1, other = -1;
    double of_class = 0, of_other = 0, of_used = 0, of_any = 0;
    for (std::size_t j = 0; j < objects.size(); ++j) {
      const auto object = static_cast<std::size_t>(objects[j]);
      of_any = std::max(of_any, overlaps[j]);
      if (truth_.boxes[object].category == detection(d).category) {
        if (overlaps[j] > of_class) of_class = overlaps[j], same = objects[j];
        if (used_[object] != 0) of_used = std::max(of_used, overlaps[j]);
      } else if (overlaps[j] > of_other) {
        of_other = overlaps[j];
        other = objects[j];
      }
    }
    HeldError error{TideError::both, -1, d, verdict != TideVerdict::in_crowd};
    if (objects.empty()) {
      error.kind = TideError::background;
    } else if (of_class >= rules_.background && of_class <= rules_.foreground) {
      error.kind = TideError::wrong_place;
      error.object = same;
    } else if (of_other >= rules_.foreground) {
      error.kind = TideError::wrong_class;
      error.object = other;
    } else if (of_used >= rules_.foreground) {
      error.kind = TideError::duplicate;
    } else if (of_any <= rules_.background) {
      error.kind = TideError::background;
    }
    if (error.object >= 0) offer(error);
    if (verdict != TideVerdict::in_crowd) verdict = static_cast<TideVerdict>(error.kind);
    errors_.push_back(error);
  }

  /// Of all errors that would find an object if they were mended, the surest one would.
  void offer(const HeldError& error) {
    const auto object = static_cast<std::size_t>(error.object);
    if (used_[object] != 0) return;
    std::int32_t& best = best_[object];
    if (best >= 0 && detection(best).score >= detection(error.detection).score) return;
    best = error.detection;
    result_.objects[object] = static_cast<TideVerdict>(error.kind);
  }

  AllPoints plain() const { return with_hits(mended_errors(std::nullopt), false); }
  AllPoints mended(std::optional<TideError> kind) const {
    return with_hits(mended_errors(kind), true);
  }

  AllPoints mended_errors(std::optional<TideError> kind) const {
    AllPoints points(classes_);
    for (std::size_t i = 0; i < truth_.boxes.size(); ++i)
      if (!truth_.boxes[i].crowd) ++points[class_of_object(i)].objects;
    for (const HeldError& error : errors_) {
      if (kind && error.kind == *kind)
        mend(error, points);
      else if (error.was_counted)
        points[static_cast<std::size_t>(detection(error.detection).category)].points.push_back(
            {detection(error.detection).score, false});
    }
    return points;
  }

  void mend(const HeldError& error, AllPoints& points) const {
    if (error.kind == TideError::missed) {
      --points[class_of_object(static_cast<std::size_t>(error.object))].objects;
    } else if (error.object >= 0 && used_[static_cast<std::size_t>(error.object)] == 0 &&
               best_[static_cast<std::size_t>(error.object)] == error.detection) {
      points[class_of_object(static_cast<std::size_t>(error.object))].points.push_back(
          {detection(error.detection).score, true});
    }
  }

  /// Adds the right detections: behind the errors, as tidecv has them once it has mended something,
  /// or where their scores and images put them.
  AllPoints with_hits(AllPoints points, bool behind) const {
    if (behind) {
      for (const std::int32_t d : in_order_)
        if (result_.detections[static_cast<std::size_t>(d)] == TideVerdict::right)
          push(points, d, true);
      return points;
    }
    for (ClassPoints& of_class : points) of_class.points.clear();
    for (const std::int32_t d : in_order_) {
      const TideVerdict verdict = result_.detections[static_cast<std::size_t>(d)];
      if (verdict != TideVerdict::in_crowd) push(points, d, verdict == TideVerdict::right);
    }
    return points;
  }
  void push(AllPoints& points, std::int32_t d, bool hit) const {
    points[static_cast<std::size_t>(detection(d).category)].points.push_back(
        {detection(d).score, hit});
  }

  const BoxDataset& truth_;
  const DetectionSet& set_;
  const TideRules& rules_;
  std::size_t classes_;
  std::vector<std::int32_t>
      best_;  ///< of each object: the surest detection that mending would give it
  std::vector<std::uint8_t> used_;
  std::vector<bool> has_objects_;
  std::vector<HeldError> errors_;
  std::vector<std::int32_t> in_order_;  ///< detections that count, by image, then score
  TideResult result_;
};

}  // namespace

TideResult tide(const BoxDataset& truth, const DetectionSet& detections, const TideRules& rules) {
  return TideRun(truth, detections, rules).run();
}

}  // namespace plumbline

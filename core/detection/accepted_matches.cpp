#include "core/detection/accepted_matches.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "core/detection/box_overlap.h"
#include "core/types/parallel_items.h"

namespace plumbline {

namespace {

template <class Boxes>
ByImage grouped_by_image(std::size_t images, const Boxes& boxes) {
  ByImage grouped;
  grouped.begin.assign(images + 1, 0);
  grouped.items.resize(boxes.size());
  for (const auto& box : boxes) ++grouped.begin[static_cast<std::size_t>(box.image) + 1];
  std::partial_sum(grouped.begin.begin(), grouped.begin.end(), grouped.begin.begin());
  auto next = grouped.begin;
  for (std::size_t i = 0; i < boxes.size(); ++i)
    grouped.items[next[static_cast<std::size_t>(boxes[i].image)]++] = static_cast<std::int32_t>(i);
  return grouped;
}

}  // namespace

ByImage objects_by_image(const BoxDataset& truth) {
  return grouped_by_image(truth.images.size(), truth.boxes);
}

ByImage detections_by_image(const BoxDataset& truth, const DetectionSet& detections) {
  ByImage grouped = grouped_by_image(truth.images.size(), detections.boxes);
  const auto score = [&](std::int32_t i) {
    return detections.boxes[static_cast<std::size_t>(i)].score;
  };
  for (std::size_t image = 0; image < truth.images.size(); ++image) {
    const auto at = [&](std::size_t i) {
      return grouped.items.begin() + static_cast<std::ptrdiff_t>(grouped.begin[i]);
    };
    std::stable_sort(at(image), at(image + 1),
                     [&](std::int32_t a, std::int32_t b) { return score(a) > score(b); });
  }
  return grouped;
}

std::int64_t counted_objects(const BoxDataset& truth) {
  return std::ranges::count_if(truth.boxes, counts);
}

std::vector<DetectionMatch> match_accepted(const BoxDataset& truth, const DetectionSet& detections,
                                           double overlap) {
  const ByImage objects = objects_by_image(truth);
  const ByImage detected = detections_by_image(truth, detections);
  std::vector<DetectionMatch> matches(detections.boxes.size());
  std::vector<std::uint8_t> taken(truth.boxes.size());
  // Each image's detections and objects are its own: no two threads write to the same place.
  for_each_item(truth.images.size(), [&](std::size_t image) {
    for (const std::int32_t d : detected.of(image)) {
      const DetectedBox& detection = detections.boxes[static_cast<std::size_t>(d)];
      const PixelBox box = upright(detection.box);
      DetectionMatch& match = matches[static_cast<std::size_t>(d)];
      std::int32_t best = no_object;
      double best_overlap = overlap, nearest = 0;
      bool is_ignored = false;
      for (const std::int32_t o : objects.of(image)) {
        const TruthBox& object = truth.boxes[static_cast<std::size_t>(o)];
        if (object.category != detection.category) continue;
        const double shared = overlap_of(box, upright(object.box), object.crowd);
        if (!counts(object)) {
          is_ignored |= shared >= overlap;
          continue;
        }
        nearest = std::max(nearest, shared);
        if (shared < best_overlap || taken[static_cast<std::size_t>(o)] != 0) continue;
        best = o;
        best_overlap = shared;
      }
      if (best != no_object) {
        taken[static_cast<std::size_t>(best)] = 1;
        match = {best, best_overlap};
      } else {
        match = {is_ignored ? ignored_object : no_object, nearest};
      }
    }
  });
  return matches;
}

}  // namespace plumbline

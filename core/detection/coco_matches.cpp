#include "core/detection/coco_matches.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>
#include <tuple>

#include "core/detection/box_overlap.h"
#include "core/types/parallel_items.h"

namespace plumbline {

namespace {

constexpr std::size_t most_detections = 100;

struct AreaRange {
  double least, greatest;
  bool holds(double area) const { return !(area < least || area > greatest); }
};
constexpr std::array<AreaRange, object_sizes> area_ranges = {
    AreaRange{0, 1e10}, AreaRange{0, 32.0 * 32}, AreaRange{32.0 * 32, 96.0 * 96},
    AreaRange{96.0 * 96, 1e10}};

/// A detection and an object that overlap enough for the least threshold.
struct Candidate {
  std::int32_t object;
  double overlap;
};

/// One object as the rules see it.
struct HeldObject {
  std::int32_t image;
  bool crowd, has_no_id, ignored;
  double area;
  PixelBox box;
};

/// The objects in the order in which pycocotools has them: where ids are shared, the last of those
/// that share one stands in the place of each.
std::vector<std::int32_t> order_of_objects(const BoxDataset& truth, const CocoRules& rules) {
  std::vector<std::int32_t> order(truth.boxes.size());
  std::iota(order.begin(), order.end(), 0);
  if (rules.each_object) return order;
  std::vector<std::int32_t> by_id = order;
  const auto id_of = [&](std::int32_t i) -> const EntryId& {
    return truth.boxes[static_cast<std::size_t>(i)].id;
  };
  const bool rising = std::ranges::is_sorted(by_id, {}, id_of);
  if (!rising) std::ranges::stable_sort(by_id, {}, id_of);
  bool shared = false;
  std::vector<std::int32_t> stands_for = order;
  for (std::size_t i = by_id.size(); i-- > 1;)
    if (id_of(by_id[i - 1]) == id_of(by_id[i])) {
      shared = true;
      stands_for[static_cast<std::size_t>(by_id[i - 1])] =
          stands_for[static_cast<std::size_t>(by_id[i])];
    }
  if (!shared) return order;
  std::ranges::stable_sort(
      order, {}, [&](std::int32_t i) { return truth.boxes[static_cast<std::size_t>(i)].image; });
  for (std::int32_t& i : order) i = stands_for[static_cast<std::size_t>(i)];
  return order;
}

/// Indices grouped by a key below `keys`, in their order: where each group begins, and the indices.
struct Groups {
  std::vector<std::size_t> begin;
  std::vector<std::int32_t> items;
  std::span<const std::int32_t> of(std::size_t key) const {
    return std::span(items).subspan(begin[key], begin[key + 1] - begin[key]);
  }
};

template <class Key>
Groups group_indices(std::size_t keys, std::size_t count, const Key& key_of) {
  Groups groups;
  groups.begin.assign(keys + 1, 0);
  groups.items.resize(count);
  for (std::size_t i = 0; i < count; ++i) ++groups.begin[key_of(i) + 1];
  std::partial_sum(groups.begin.begin(), groups.begin.end(), groups.begin.begin());
  auto next = groups.begin;
  for (std::size_t i = 0; i < count; ++i)
    groups.items[next[key_of(i)]++] = static_cast<std::int32_t>(i);
  return groups;
}

/// Matches one class.
class ClassMatcher {
 public:
  ClassMatcher(const DetectionSet& detections, const CocoRules& rules)
      : set_(detections), rules_(rules) {}

  MatchedClass match(std::span<const std::int32_t> detected, std::vector<HeldObject>& objects) {
    std::ranges::stable_sort(objects, {}, &HeldObject::image);
    std::vector<MatchedDetection> all(detected.size());
    for (std::size_t i = 0; i < detected.size(); ++i) {
      const DetectedBox& box = set_.boxes[static_cast<std::size_t>(detected[i])];
      all[i] = {box.score, box.image, detected[i], 0, {}, {}};
    }
    std::ranges::sort(all, [](const MatchedDetection& a, const MatchedDetection& b) {
      if (a.image != b.image) return a.image < b.image;
      if (a.score != b.score) return a.score > b.score;
      return a.detection < b.detection;
    });
    MatchedClass matched;
    matched.detections.reserve(all.size());
    std::size_t first = 0;
    auto object = objects.begin();
    while (first < all.size()) {
      const std::int32_t image = all[first].image;
      std::size_t end = first;
      while (end < all.size() && all[end].image == image) ++end;
      while (object != objects.end() && object->image < image) ++object;
      auto object_end = object;
      while (object_end != objects.end() && object_end->image == image) ++object_end;
      const std::span<HeldObject> here(object, object_end);
      std::span<MatchedDetection> found(all.data() + first, end - first);
      const std::size_t limit =
          rules_.limit_by_objects ? std::max(most_detections, here.size()) : most_detections;
      found = found.first(std::min(found.size(), limit));
      match_image(found, here);
      for (std::size_t i = 0; i < found.size(); ++i) {
        found[i].rank = static_cast<std::int32_t>(i);
        matched.detections.push_back(found[i]);
      }
      first = end;
      object = object_end;
    }
    std::ranges::stable_sort(matched.detections, std::ranges::greater(), &MatchedDetection::score);
    for (const HeldObject& held : objects) {
      MatchedObject counted{held.image, 0};
      for (std::size_t size = 0; size < object_sizes; ++size)
        if (!is_ignored(held, size)) counted.counts |= static_cast<std::uint8_t>(1U << size);
      matched.objects.push_back(counted);
    }
    return matched;
  }

 private:
  static bool is_ignored(const HeldObject& object, std::size_t size) {
    return object.ignored || !area_ranges[size].holds(object.area);
  }

  PixelBox box_of(const MatchedDetection& detection) const {
    const PixelBox& box = set_.boxes[static_cast<std::size_t>(detection.detection)].box;
    return rules_.boxes_upright ? upright(box) : box;
  }

  void match_image(std::span<MatchedDetection> found, std::span<const HeldObject> objects) {
    candidates_.clear();
    begins_.assign(1, 0);
    for (const MatchedDetection& detection : found) {
      const PixelBox box = box_of(detection);
      for (std::size_t i = 0; i < objects.size(); ++i) {
        const double overlap = overlap_of(box, objects[i].box, objects[i].crowd);
        if (overlap >= coco_thresholds().front())
          candidates_.push_back({static_cast<std::int32_t>(i), overlap});
      }
      begins_.push_back(candidates_.size());
    }
    if (rules_.distinct_scores) order_ties(found);
    for (std::size_t size = 0; size < object_sizes; ++size) {
      for (MatchedDetection& detection : found) {
        const PixelBox box = box_of(detection);
        // Until it takes an object, what lies outside of the sizes is neither true nor false.
        detection.ignored[size] =
            area_ranges[size].holds(box.width * box.height) ? 0 : all_thresholds;
      }
      if (candidates_.empty()) continue;
      for (std::size_t t = 0; t < overlap_thresholds; ++t) match_at(found, objects, size, t);
    }
  }

  /// Of equal scores the one that overlaps an object most comes first, not the one that its file
  /// has first.
  void order_ties(std::span<MatchedDetection> found) {
    const auto best_of = [&](std::size_t i) {
      double best = 0;
      for (std::size_t c = begins_[i]; c < begins_[i + 1]; ++c)
        best = std::max(best, candidates_[c].overlap);
      return best;
    };
    std::vector<std::pair<double, std::size_t>> order(found.size());
    bool ties = false;
    for (std::size_t i = 0; i < found.size(); ++i) {
      order[i] = {best_of(i), i};
      ties |= i > 0 && found[i].score == found[i - 1].score;
    }
    if (!ties) return;
    std::ranges::stable_sort(order, [&](const auto& a, const auto& b) {
      if (found[a.second].score != found[b.second].score)
        return found[a.second].score > found[b.second].score;
      if (a.first != b.first) return a.first > b.first;
      const PixelBox x = box_of(found[a.second]), y = box_of(found[b.second]);
      return std::tie(x.x, x.y, x.width, x.height) < std::tie(y.x, y.y, y.width, y.height);
    });
    std::vector<MatchedDetection> moved(found.begin(), found.end());
    std::vector<Candidate> candidates;
    std::vector<std::size_t> begins = {0};
    for (std::size_t i = 0; i < found.size(); ++i) {
      const std::size_t from = order[i].second;
      found[i] = moved[from];
      candidates.insert(candidates.end(),
                        candidates_.begin() + static_cast<std::ptrdiff_t>(begins_[from]),
                        candidates_.begin() + static_cast<std::ptrdiff_t>(begins_[from + 1]));
      begins.push_back(candidates.size());
    }
    candidates_ = std::move(candidates);
    begins_ = std::move(begins);
  }

  void match_at(std::span<MatchedDetection> found, std::span<const HeldObject> objects,
                std::size_t size, std::size_t t) {
    taken_.assign(objects.size(), 0);
    const double least = std::min(coco_thresholds()[t], 1 - 1e-10);
    const auto bit = static_cast<std::uint16_t>(1U << t);
    for (std::size_t i = 0; i < found.size(); ++i) {
      // Objects that count come before those that are ignored, each in their order.
      std::int32_t best = -1;
      for (const bool ignored : {false, true}) {
        if (ignored && best >= 0) break;
        double overlap = least;
        for (std::size_t c = begins_[i]; c < begins_[i + 1]; ++c) {
          const auto& candidate = candidates_[c];
          const HeldObject& object = objects[static_cast<std::size_t>(candidate.object)];
          if (candidate.overlap < overlap || is_ignored(object, size) != ignored) continue;
          if (taken_[static_cast<std::size_t>(candidate.object)] != 0 && !object.crowd) continue;
          overlap = candidate.overlap;
          best = candidate.object;
        }
      }
      if (best < 0) continue;
      const HeldObject& object = objects[static_cast<std::size_t>(best)];
      taken_[static_cast<std::size_t>(best)] = 1;
      MatchedDetection& detection = found[i];
      if (is_ignored(object, size)) {
        detection.ignored[size] |= bit;
      } else if (!object.has_no_id) {
        detection.hit[size] |= bit;
        detection.ignored[size] &= static_cast<std::uint16_t>(~bit);
      }
    }
  }

  static constexpr std::uint16_t all_thresholds = (1U << overlap_thresholds) - 1;

  const DetectionSet& set_;
  const CocoRules& rules_;
  std::vector<Candidate> candidates_;
  std::vector<std::size_t> begins_;
  std::vector<std::uint8_t> taken_;
};

}  // namespace

const std::array<double, overlap_thresholds>& coco_thresholds() {
  static const auto thresholds = [] {
    std::array<double, overlap_thresholds> values{};
    const double step = (0.95 - 0.5) / (overlap_thresholds - 1);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i) * step + 0.5;
    values.back() = 0.95;
    return values;
  }();
  return thresholds;
}

std::vector<MatchedClass> match_boxes(const BoxDataset& truth, const DetectionSet& detections,
                                      const CocoRules& rules) {
  const std::size_t classes = truth.categories.size();
  const auto order = order_of_objects(truth, rules);
  const Groups objects = group_indices(classes, order.size(), [&](std::size_t i) {
    return static_cast<std::size_t>(truth.boxes[static_cast<std::size_t>(order[i])].category);
  });
  const Groups detected = group_indices(classes, detections.boxes.size(), [&](std::size_t i) {
    return static_cast<std::size_t>(detections.boxes[i].category);
  });
  std::vector<MatchedClass> matched(classes);
  for_each_item(classes, [&](std::size_t k) {
    std::vector<HeldObject> held;
    for (const std::int32_t place : objects.of(k)) {
      const TruthBox& box =
          truth.boxes[static_cast<std::size_t>(order[static_cast<std::size_t>(place)])];
      held.push_back({box.image, box.crowd, !rules.zero_is_an_id && box.id == EntryId{},
                      box.crowd || (rules.honour_ignore && box.ignored), box.area,
                      rules.boxes_upright ? upright(box.box) : box.box});
    }
    matched[k] = ClassMatcher(detections, rules).match(detected.of(k), held);
  });
  return matched;
}

}  // namespace plumbline

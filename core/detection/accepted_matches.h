#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/data/box_dataset.h"

namespace plumbline {

/// Marks for what a detection is matched to, besides the index of an object.
inline constexpr std::int32_t no_object = -1;       ///< false: nothing that is there
inline constexpr std::int32_t ignored_object = -2;  ///< neither: in a crowd or an ignored object

struct DetectionMatch {
  std::int32_t object = no_object;  ///< index into BoxDataset::boxes, or a mark
  double overlap = 0;  ///< with that object; of a false one, with the nearest of its class
};

/// Holds detections against objects, one to one: by falling score (of equal ones the earlier in the
/// file) each takes the free object of its class on its image that it overlaps most, at least
/// `overlap` (of equal ones the later). Crowds and ignored objects take what no other object can
/// have. No limit an image. Since nothing depends on detections of lower score, what is matched
/// stays so under any threshold. Reversed boxes are turned round. A match for every detection of
/// the set.
std::vector<DetectionMatch> match_accepted(const BoxDataset& truth, const DetectionSet& detections,
                                           double overlap = 0.5);

/// Whether an object counts: it is no crowd, and its file does not ignore it.
inline bool counts(const TruthBox& box) { return !box.crowd && !box.ignored; }
std::int64_t counted_objects(const BoxDataset& truth);

/// The indices of detections by image: those of image i are items[begin[i]] to items[begin[i + 1] −
/// 1], by falling score.
struct ByImage {
  std::vector<std::size_t> begin;
  std::vector<std::int32_t> items;
  std::span<const std::int32_t> of(std::size_t image) const {
    return std::span(items).subspan(begin[image], begin[image + 1] - begin[image]);
  }
};
ByImage detections_by_image(const BoxDataset& truth, const DetectionSet& detections);
/// The same of objects, in their order.
ByImage objects_by_image(const BoxDataset& truth);

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/box_dataset.h"

namespace plumbline {

/// Where pycocotools leaves its own definition on these data, with the objects that it concerns.
struct CocoDeparture {
  std::string_view key;               ///< a word for scripts
  std::string_view what;              ///< a sentence for people
  std::vector<std::int32_t> objects;  ///< indices into BoxDataset::boxes
  std::int64_t detections = 0;        ///< detections that it concerns, where it concerns some
};

/// All that apply, in a fixed order: zero_id, shared_ids, ties, many_objects, ignored, reversed,
/// classes_without_objects.
std::vector<CocoDeparture> coco_departures(const BoxDataset& truth, const DetectionSet& detections);

}  // namespace plumbline

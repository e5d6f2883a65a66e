#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "core/data/box_dataset.h"

namespace plumbline {

/// Sizes of objects, in COCO's order; an object of exactly 32² or 96² pixels belongs to both.
enum class ObjectSize : std::uint8_t { all, small, medium, large };
inline constexpr std::size_t object_sizes = 4;
inline constexpr std::size_t overlap_thresholds = 10;

/// 0.5, 0.55, … 0.95, as numpy's linspace computes them: 0.6 is not among them to the last bit.
const std::array<double, overlap_thresholds>& coco_thresholds();

/// Where an evaluation leaves pycocotools' ways. All false: its figures to the last bit.
struct CocoRules {
  bool zero_is_an_id = false;    ///< an object of id 0 can be found
  bool distinct_scores = false;  ///< equal scores are one point of a curve, whatever their order
  bool limit_by_objects =
      false;                   ///< more than 100 detections of a class where there are more objects
  bool honour_ignore = false;  ///< an object that the file ignores is neither found nor missed
  bool each_object = false;    ///< objects that share an id count each itself
  bool boxes_upright = false;  ///< reversed boxes are turned round

  static CocoRules pycocotools() { return {}; }
  static CocoRules corrected() { return {true, true, true, true, true, true}; }
};

/// A detection and what it is at each threshold, for each size of objects.
struct MatchedDetection {
  double score = 0;
  std::int32_t image = 0;
  std::int32_t detection = 0;  ///< index into the set
  std::int32_t rank = 0;       ///< among those of its class on its image, by score, from 0
  /// Bit t: a true detection at threshold t; neither true nor false.
  std::array<std::uint16_t, object_sizes> hit{}, ignored{};
};

/// An object and the sizes for which it counts (bit i: ObjectSize i).
struct MatchedObject {
  std::int32_t image = 0;
  std::uint8_t counts = 0;
};

struct MatchedClass {
  std::vector<MatchedDetection> detections;  ///< by falling score, then image, then rank
  std::vector<MatchedObject> objects;
};

/// Holds detections against objects as pycocotools does, class by class, image by image: by falling
/// score each detection takes the free object of greatest overlap, at least the threshold (of equal
/// ones the later), and one that is ignored only where no other can be had. At most 100 detections
/// a class and image. Classes in the data set's order. Deterministic, on all cores.
std::vector<MatchedClass> match_boxes(const BoxDataset& truth, const DetectionSet& detections,
                                      const CocoRules& rules);

}  // namespace plumbline

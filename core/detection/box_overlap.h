#pragma once
#include <algorithm>

#include "core/data/box_dataset.h"

namespace plumbline {

/// Intersection over union of two boxes, in the order of operations of COCO's C code, so that it is
/// equal to its result to the last bit; with a crowd, the intersection's share of the detection.
inline double overlap_of(const PixelBox& detected, const PixelBox& truth, bool crowd = false) {
  const double width =
      std::min(detected.width + detected.x, truth.width + truth.x) - std::max(detected.x, truth.x);
  if (width <= 0) return 0;
  const double height = std::min(detected.height + detected.y, truth.height + truth.y) -
                        std::max(detected.y, truth.y);
  if (height <= 0) return 0;
  const double shared = width * height;
  const double area = detected.width * detected.height;
  return shared / (crowd ? area : area + truth.width * truth.height - shared);
}

}  // namespace plumbline

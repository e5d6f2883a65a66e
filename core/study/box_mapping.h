#pragma once
#include <array>

#include "core/data/box_dataset.h"
#include "core/study/model_card.h"
#include "core/types/view.h"

namespace plumbline {

/// Left, top, right, bottom.
struct BoxSides {
  double left = 0, top = 0, right = 0, bottom = 0;
};

/// Where a box in pixels of a network's input lies in the image that it was made of: the inverse of
/// the card's resize and of the view's geometry in one. Both keep sides upright, so that it is a
/// map of each axis: x of the image is x · u + x0, y is y · v + y0, (u, v) being the point of the
/// input, or with `transposed` (v, u).
struct BoxMapping {
  bool transposed = false;
  double x = 1, x0 = 0, y = 1, y0 = 0;

  /// Neither limits a box to anything. Mirrored sides come out in their order.
  BoxSides to_image(const BoxSides& in_input) const;
  BoxSides to_input(const BoxSides& in_image) const;
};

/// The mapping for one image (its size once it is decoded, upright). Sizes as fit_geometry has them
/// (a letterbox divides by its unrounded ratio, as its authors do); a point of the input that shows
/// none of the image maps to one outside of it. Errors: fit_geometry's; a view that lets a side
/// vanish cannot be undone, and is named.
Result<BoxMapping> box_mapping(const CardInput& input, const View& view,
                               const views::FrameSize& image, std::string_view where);

}  // namespace plumbline

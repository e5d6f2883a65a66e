#pragma once
#include <cstddef>
#include <span>

#include "core/data/image.h"

namespace plumbline {

/// The orientation (1 to 8) in an EXIF block, which begins with its TIFF header ("II*" or "MM*").
/// 1 where there is none, or where the block is damaged.
int exif_orientation(std::span<const std::byte> exif);

/// Where the pixel (x, y) of an upright image is among those that are stored, in pixels: start +
/// x · step_x + y · step_y.
struct StoredWalk {
  std::ptrdiff_t start = 0, step_x = 1, step_y = 0;
  int width = 0, height = 0;  ///< of the upright image
};
/// Of an image that is stored with that size and orientation.
StoredWalk stored_walk(int width, int height, int orientation);

/// Turns and flips an image that is stored with that orientation, so that it stands upright.
Image upright(Image stored, int orientation);

}  // namespace plumbline

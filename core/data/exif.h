#pragma once
#include <cstddef>
#include <span>

#include "core/data/image.h"

namespace plumbline {

/// The orientation (1 to 8) in an EXIF block, which begins with its TIFF header ("II*" or "MM*").
/// 1 where there is none, or where the block is damaged.
int exif_orientation(std::span<const std::byte> exif);

/// Turns and flips an image that is stored with that orientation, so that it stands upright.
Image upright(Image stored, int orientation);

}  // namespace plumbline

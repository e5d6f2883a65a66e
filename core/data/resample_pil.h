#pragma once
#include "core/data/image.h"
#include "core/data/scaled_window.h"

namespace plumbline {

/// Bilinear as PIL's resize with BILINEAR on 8-bit pixels, to the bit: a triangle as wide as the
/// image shrinks (antialiasing), weights of 22 bits, rows first, rounded to 8 bits, then columns.
/// PIL is Pillow up to 12.x: version 13 takes columns first where the height shrinks by more than
/// twice as many pixels as the width, which differs by one grey level (in a quarter of the pixels
/// of noise).
/// 1 or 3 channels. May throw std::bad_alloc.
void resample_pil(const Image& image, const ScaledWindow& window, PixelTarget target);

}  // namespace plumbline

#pragma once
#include "core/data/image.h"
#include "core/data/scaled_window.h"

namespace plumbline {

/// Bilinear as OpenCV's resize with INTER_LINEAR on 8-bit pixels, to the bit: half-pixel centres,
/// weights of 11 bits, no smoothing where the image shrinks. 1 or 3 channels.
/// May throw std::bad_alloc.
void resample_opencv(const Image& image, const ScaledWindow& window, PixelTarget target);

}  // namespace plumbline

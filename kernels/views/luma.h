#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "kernels/views/levels.h"

namespace plumbline::views {

/// BT.601 luma: 0.299 red + 0.587 green + 0.114 blue; of a grey image the levels themselves.
void luma_of(const Levels& levels, std::vector<float>& luma);

/// Gives the image another luma and keeps its chroma (Cb and Cr): each channel changes by the same.
void replace_luma(Levels& levels, const std::vector<float>& before,
                  const std::vector<float>& after);

/// How many of the levels of a plane's rectangle round to each of 0 to 255 (halves upwards).
using Histogram = std::array<std::uint32_t, 256>;
Histogram histogram_of(const float* plane, int width, const PixelRectangle& rectangle);

/// The bin that a level falls into.
inline int bin_of(float level) {
  const auto bin = static_cast<int>(level + 0.5F);
  return bin < 0 ? 0 : (bin > 255 ? 255 : bin);
}

}  // namespace plumbline::views

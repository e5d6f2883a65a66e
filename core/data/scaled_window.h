#pragma once
#include <cstddef>
#include <cstdint>

namespace plumbline {

/// The part that is wanted of an image scaled to full_width × full_height: the rest is never
/// computed. It lies within the scaled image.
struct ScaledWindow {
  std::int64_t full_width = 0, full_height = 0;
  std::int64_t left = 0, top = 0;
  int width = 0, height = 0;
};

/// Where a resampler writes: rows are `row_bytes` apart.
struct PixelTarget {
  std::uint8_t* pixels = nullptr;
  std::size_t row_bytes = 0;

  std::uint8_t* row(int y) const { return pixels + static_cast<std::size_t>(y) * row_bytes; }
};

}  // namespace plumbline

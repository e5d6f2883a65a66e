#pragma once

namespace plumbline {

/// A part of an image in its own pixels, upright as it is decoded: [left, left + width) ×
/// [top, top + height), counted from the top left corner.
struct PixelRect {
  int left = 0, top = 0, width = 0, height = 0;
  friend bool operator==(const PixelRect&, const PixelRect&) = default;
};

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <vector>

namespace plumbline::views {

/// Pixels of an image, half-open.
struct PixelRectangle {
  int left = 0, top = 0, right = 0, bottom = 0;
  friend bool operator==(const PixelRectangle&, const PixelRectangle&) = default;
};

/// Grey levels 0 to 255, unrounded: one plane a channel (1: grey, 3: red, green, blue), rows from
/// the top without gaps. Planes, so that every loop over them is one vector at a time.
struct Levels {
  int width = 0, height = 0, channels = 0;
  std::vector<float> values;  ///< [channels, height, width]
  PixelRectangle valid;       ///< where the image is; padding lies outside of it

  std::size_t plane_size() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
  float* plane(int channel) {
    return values.data() + static_cast<std::size_t>(channel) * plane_size();
  }
  const float* plane(int channel) const {
    return values.data() + static_cast<std::size_t>(channel) * plane_size();
  }
  /// Takes this size; the content is arbitrary afterwards and everything is valid.
  void reshape(int new_width, int new_height, int new_channels) {
    width = new_width;
    height = new_height;
    channels = new_channels;
    valid = {0, 0, width, height};
    values.resize(plane_size() * static_cast<std::size_t>(channels));
  }
};

/// 8-bit pixels that somebody else owns: rows without gaps, channels interleaved (1 or 3, RGB).
struct PixelView {
  const std::uint8_t* pixels = nullptr;
  int width = 0, height = 0, channels = 0;

  std::size_t row_values() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
  std::size_t size() const { return row_values() * static_cast<std::size_t>(height); }
};

/// The same levels as floating-point planes.
void load_levels(const PixelView& pixels, Levels& levels);

/// Limits every level to 0–255.
void clamp_levels(Levels& levels);

/// Rounded to 8 bits (halves upwards), channels interleaved: [height, width, channels].
void store_pixels(const Levels& levels, std::uint8_t* pixels);

}  // namespace plumbline::views

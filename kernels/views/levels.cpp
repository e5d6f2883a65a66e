#include "kernels/views/levels.h"

#include <algorithm>

#include "kernels/vectorised.h"

namespace plumbline::views {

namespace {

PLUMBLINE_VECTORISED void to_float(const std::uint8_t* in, float* out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<float>(in[i]);
}

PLUMBLINE_VECTORISED void split_colours(const std::uint8_t* in, float* red, float* green,
                                        float* blue, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    red[i] = static_cast<float>(in[3 * i]);
    green[i] = static_cast<float>(in[3 * i + 1]);
    blue[i] = static_cast<float>(in[3 * i + 2]);
  }
}

PLUMBLINE_VECTORISED void clamp(float* values, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const float low = values[i] > 0.0F ? values[i] : 0.0F;
    values[i] = low < 255.0F ? low : 255.0F;
  }
}

}  // namespace

void load_levels(const PixelView& pixels, Levels& levels) {
  levels.reshape(pixels.width, pixels.height, pixels.channels);
  if (pixels.channels == 1)
    to_float(pixels.pixels, levels.plane(0), levels.plane_size());
  else
    split_colours(pixels.pixels, levels.plane(0), levels.plane(1), levels.plane(2),
                  levels.plane_size());
}

void clamp_levels(Levels& levels) { clamp(levels.values.data(), levels.values.size()); }

void store_pixels(const Levels& levels, std::uint8_t* pixels) {
  const std::size_t n = levels.plane_size();
  const auto channels = static_cast<std::size_t>(levels.channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const float* plane = levels.plane(static_cast<int>(c));
    for (std::size_t i = 0; i < n; ++i)
      pixels[i * channels + c] =
          static_cast<std::uint8_t>(std::clamp(plane[i], 0.0F, 255.0F) + 0.5F);
  }
}

}  // namespace plumbline::views

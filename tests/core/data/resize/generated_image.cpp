#include "generated_image.h"

plumbline::Image generated_image(Pattern pattern, std::uint32_t seed, int channels, int width,
                                 int height) {
  plumbline::Image image{width, height, channels, {}};
  image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                      static_cast<std::size_t>(channels));
  std::uint32_t state = seed;
  for (std::uint8_t& value : image.pixels) {
    state = 1664525u * state + 1013904223u;
    value =
        static_cast<std::uint8_t>(pattern == Pattern::noise ? state >> 24 : 255u * (state >> 31));
  }
  return image;
}

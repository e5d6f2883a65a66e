#include "core/data/resize.h"

#include <fmt/format.h>
#include <cstddef>
#include <cstring>
#include <new>
#include <vector>

#include "core/data/resample_opencv.h"
#include "core/data/resample_pil.h"
#include "kernels/vectorised.h"

namespace plumbline {

namespace {

std::size_t pixel_count(const Image& image) {
  return static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
}

PLUMBLINE_VECTORISED
void luma(const std::uint8_t* rgb, std::size_t count, std::uint8_t* __restrict out) {
  for (std::size_t i = 0; i < count; ++i) {
    const int weighted =
        rgb[3 * i] * 19595 + rgb[3 * i + 1] * 38470 + rgb[3 * i + 2] * 7471 + 0x8000;
    out[i] = static_cast<std::uint8_t>(weighted >> 16);
  }
}

Image to_grey(const Image& image) {
  Image grey{image.width, image.height, 1, {}};
  grey.pixels.resize(pixel_count(image));
  luma(image.pixels.data(), grey.pixels.size(), grey.pixels.data());
  return grey;
}

void repeat_grey(const std::vector<std::uint8_t>& grey, std::uint8_t* out) {
  for (const std::uint8_t value : grey) {
    out[0] = out[1] = out[2] = value;
    out += 3;
  }
}

/// A window of an image that keeps its size.
void copy_window(const Image& image, const ScaledWindow& window, PixelTarget target) {
  const auto channels = static_cast<std::size_t>(image.channels);
  for (int y = 0; y < window.height; ++y) {
    const auto row = static_cast<std::size_t>(window.top + y);
    const std::size_t first =
        row * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(window.left);
    std::memcpy(target.row(y), image.pixels.data() + first * channels,
                static_cast<std::size_t>(window.width) * channels);
  }
}

/// Writes the input, in the image's own channels.
void place(const Image& image, int width, int height, const FitGeometry& fit, const Resize& resize,
           std::uint8_t* input) {
  const auto channels = static_cast<std::size_t>(image.channels);
  const std::size_t row_bytes = static_cast<std::size_t>(width) * channels;
  const auto [window, left, top] = shown_window(fit, width, height);
  if (window.width < width || window.height < height)
    std::memset(input, margin_level(resize), row_bytes * static_cast<std::size_t>(height));
  const PixelTarget target{
      input + static_cast<std::size_t>(top) * row_bytes + static_cast<std::size_t>(left) * channels,
      row_bytes};

  if (fit.scaled_width == image.width && fit.scaled_height == image.height) {
    copy_window(image, window, target);
  } else if (resize.interpolation == Interpolation::bilinear) {
    resample_opencv(image, window, target);
  } else {
    resample_pil(image, window, target);
  }
}

}  // namespace

Result<void> fit_image_into(const Image& image, int channels, int width, int height,
                            const Resize& resize, std::string_view where,
                            std::span<std::uint8_t> input) {
  if (channels != 1 && channels != 3) {
    return bad_input(fmt::format("cannot become an image of {} channels, only of 1 or 3", channels),
                     std::string(where));
  }
  const auto fit = fit_geometry(image.width, image.height, width, height, resize, where);
  TRY(fit);
  if ((image.channels != 1 && image.channels != 3) ||
      image.pixels.size() != pixel_count(image) * static_cast<std::size_t>(image.channels)) {
    return bad_input(fmt::format("is damaged: {} values for {} × {} pixels of {} channels",
                                 image.pixels.size(), image.width, image.height, image.channels),
                     std::string(where));
  }
  try {
    // Grey is scaled as grey, in either direction: a third of the work.
    if (channels < image.channels) {
      place(to_grey(image), width, height, *fit, resize, input.data());
    } else if (channels == image.channels) {
      place(image, width, height, *fit, resize, input.data());
    } else {
      std::vector<std::uint8_t> grey(input.size() / 3);
      place(image, width, height, *fit, resize, grey.data());
      repeat_grey(grey, input.data());
    }
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "cannot be resized: out of memory", std::string(where));
  }
  return {};
}

Result<Image> fit_image(const Image& image, int channels, int width, int height,
                        const Resize& resize, std::string_view where) {
  // Sizes are checked before memory is taken.
  TRY(fit_geometry(image.width, image.height, width, height, resize, where));
  try {
    Image input{width, height, channels, {}};
    input.pixels.resize(pixel_count(input) * static_cast<std::size_t>(channels == 1 ? 1 : 3));
    TRY(fit_image_into(image, channels, width, height, resize, where, input.pixels));
    return input;
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "cannot be resized: out of memory", std::string(where));
  }
}

}  // namespace plumbline

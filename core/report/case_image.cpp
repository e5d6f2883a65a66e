#include "core/report/case_image.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/data/jpeg_writer.h"
#include "core/data/png_writer.h"
#include "core/data/resize.h"

namespace plumbline {

namespace {

constexpr int exact_side = 96, longest_case_side = 224, case_quality = 88;

/// The part of the image that the rectangle covers; the whole where it covers nothing.
Image cropped_to(const Image& image, const PixelRect& place) {
  const int left = std::clamp(place.left, 0, image.width);
  const int top = std::clamp(place.top, 0, image.height);
  const int right = static_cast<int>(
      std::clamp<std::int64_t>(std::int64_t{place.left} + place.width, left, image.width));
  const int bottom = static_cast<int>(
      std::clamp<std::int64_t>(std::int64_t{place.top} + place.height, top, image.height));
  if (right - left < 1 || bottom - top < 1) return image;
  Image part;
  part.width = right - left;
  part.height = bottom - top;
  part.channels = image.channels;
  const auto row = static_cast<std::size_t>(part.width) * static_cast<std::size_t>(part.channels);
  for (int y = top; y < bottom; ++y) {
    const auto begin = (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                        static_cast<std::size_t>(left)) *
                       static_cast<std::size_t>(image.channels);
    part.pixels.insert(part.pixels.end(), image.pixels.begin() + static_cast<std::ptrdiff_t>(begin),
                       image.pixels.begin() + static_cast<std::ptrdiff_t>(begin + row));
  }
  return part;
}

/// An object with what is around it: 1.35 times its box, and at least 64 pixels.
PixelRect surroundings(const PixelRect& box) {
  const auto widened = [](int begin, int length, int& out_length) {
    out_length = static_cast<int>(std::clamp(1.35 * length, 64.0, 65'536.0));
    return static_cast<int>(std::clamp<std::int64_t>(
        std::int64_t{begin} + (std::int64_t{length} - out_length) / 2, -65'536, 1 << 28));
  };
  PixelRect around;
  around.left = widened(box.left, box.width, around.width);
  around.top = widened(box.top, box.height, around.height);
  return around;
}

using CaseColour = std::array<std::uint8_t, 3>;

/// A line with a dark one on either side, so that it is seen on any ground.
void draw_outline(Image& image, const PixelRect& box, const CaseColour& colour) {
  const auto set = [&](int x, int y, const CaseColour& pixel) {
    if (x < 0 || y < 0 || x >= image.width || y >= image.height) return;
    const auto at = (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                     static_cast<std::size_t>(x)) *
                    static_cast<std::size_t>(image.channels);
    for (std::size_t c = 0; c < static_cast<std::size_t>(image.channels); ++c)
      image.pixels[at + c] = pixel[std::min<std::size_t>(c, 2)];
  };
  const auto draw = [&](int by, const CaseColour& pixel) {
    const int left = std::max(box.left - by, -1), top = std::max(box.top - by, -1);
    const int right = std::min(box.left + box.width + by, image.width);
    const int bottom = std::min(box.top + box.height + by, image.height);
    for (int x = left; x <= right; ++x) {
      set(x, box.top - by, pixel);
      set(x, box.top + box.height + by, pixel);
    }
    for (int y = top; y <= bottom; ++y) {
      set(box.left - by, y, pixel);
      set(box.left + box.width + by, y, pixel);
    }
  };
  constexpr CaseColour dark{30, 30, 30};
  draw(-1, dark);
  draw(1, dark);
  draw(0, colour);
}

}  // namespace

CaseImage read_case_image(const SampleReader& reader, const SampleLocator& sample,
                          const std::optional<PixelRect>& place, std::span<const CaseBox> others) {
  CaseImage made;
  auto image = reader.read(sample, place ? 0 : longest_case_side);
  if (!image) {
    made.problem = "picture missing";
    return made;
  }
  std::vector<CaseBox> outlines;
  if (place) {
    const PixelRect around = surroundings(*place);
    outlines.assign(others.begin(), others.end());
    outlines.push_back({*place, {255, 255, 255}});
    for (CaseBox& outline : outlines) {
      outline.place.left -= std::max(around.left, 0);
      outline.place.top -= std::max(around.top, 0);
    }
    *image = cropped_to(*image, around);
  }
  const int longer = std::max(image->width, image->height);
  if (longer > longest_case_side) {
    const double scale = static_cast<double>(longest_case_side) / longer;
    const auto scaled = [scale](int length) {
      return static_cast<int>(std::lround(length * scale));
    };
    for (CaseBox& outline : outlines)
      outline.place = {scaled(outline.place.left), scaled(outline.place.top),
                       scaled(outline.place.width), scaled(outline.place.height)};
    Resize resize;
    resize.kind = ResizeKind::stretch;
    resize.interpolation = Interpolation::bilinear_antialias;
    image = fit_image(
        *image, image->channels, std::max(1, static_cast<int>(std::lround(image->width * scale))),
        std::max(1, static_cast<int>(std::lround(image->height * scale))), resize, sample.name);
  }
  if (!image) {
    made.problem = "picture missing";
    return made;
  }
  for (const CaseBox& outline : outlines) draw_outline(*image, outline.place, outline.colour);
  const bool exact = longer <= exact_side;
  const auto bytes = exact ? encode_png(*image) : encode_jpeg(*image, case_quality);
  if (!bytes) {
    made.problem = "picture cannot be encoded";
    return made;
  }
  made.mime = exact ? "image/png" : "image/jpeg";
  made.bytes.assign(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  made.width = image->width;
  made.height = image->height;
  return made;
}

}  // namespace plumbline

#include "core/report/case_image.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

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

}  // namespace

CaseImage read_case_image(const SampleReader& reader, const SampleLocator& sample,
                          const std::optional<PixelRect>& place) {
  CaseImage made;
  auto image = reader.read(sample, place ? 0 : longest_case_side);
  if (!image) {
    made.problem = "picture not there";
    return made;
  }
  if (place) *image = cropped_to(*image, *place);
  const int longer = std::max(image->width, image->height);
  if (longer > longest_case_side) {
    const double scale = static_cast<double>(longest_case_side) / longer;
    Resize resize;
    resize.kind = ResizeKind::stretch;
    resize.interpolation = Interpolation::bilinear_antialias;
    image = fit_image(
        *image, image->channels, std::max(1, static_cast<int>(std::lround(image->width * scale))),
        std::max(1, static_cast<int>(std::lround(image->height * scale))), resize, sample.name);
  }
  if (!image) {
    made.problem = "picture not there";
    return made;
  }
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

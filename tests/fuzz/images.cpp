#include "core/data/exif.h"
#include "core/data/image.h"
#include "core/data/jpeg_writer.h"
#include "core/data/plain_jpeg.h"
#include "tests/fuzz/reader.h"

namespace plumbline::fuzz {

namespace {

void look_at(const Result<Image>& result) {
  const Image* image = taken(result);
  if (!image) return;
  expect(image->width > 0 && image->height > 0, "an image has pixels");
  expect(image->channels == 1 || image->channels == 3, "an image is grey or RGB");
  expect(image->pixels.size() == static_cast<std::size_t>(image->width) *
                                     static_cast<std::size_t>(image->height) *
                                     static_cast<std::size_t>(image->channels),
         "an image has the pixels that its size says");
}

}  // namespace

void read_image_content(Content content) {
  look_at(decode_image(content, "image"));
  look_at(decode_image(content, "image", 16));
  // A GPU may decode it: what the host would refuse must not get there.
  if (const auto plain = find_plain_jpeg(content)) {
    const auto image = decode_image(content.first(plain->size), "image");
    expect(image.has_value(), "a plain JPEG is read");
    expect(!image->facts.without_end, "a plain JPEG has its end");
    expect(image->width * std::int64_t{image->height} == std::int64_t{plain->width} * plain->height,
           "a plain JPEG is as large as it says");
  }
}

void read_exif(Content content) {
  const int orientation = exif_orientation(content);
  expect(orientation >= 1 && orientation <= 8, "an orientation is 1 to 8");
  const Image turned = upright({2, 3, 1, {1, 2, 3, 4, 5, 6}}, orientation);
  expect(turned.pixels.size() == 6, "a turned image has the same pixels");
}

}  // namespace plumbline::fuzz

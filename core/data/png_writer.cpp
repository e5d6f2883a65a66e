#include "core/data/png_writer.h"

#include <png.h>

#include <string>

namespace plumbline {

Result<std::vector<std::byte>> encode_png(const Image& image) {
  if (image.width <= 0 || image.height <= 0) return bad_input("an image without pixels");
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  const auto failed = [&] {
    return fail(ErrorKind::device, std::string("a PNG cannot be made: ") + png.message);
  };
  // The first call says how many bytes there will be.
  png_alloc_size_t size = 0;
  if (png_image_write_to_memory(&png, nullptr, &size, 0, image.pixels.data(), 0, nullptr) == 0)
    return failed();
  std::vector<std::byte> bytes(size);
  if (png_image_write_to_memory(&png, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0)
    return failed();
  bytes.resize(size);
  return bytes;
}

}  // namespace plumbline

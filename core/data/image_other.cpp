#include <dlfcn.h>
#include <fmt/format.h>
#include <cstring>
#include <string>
#include <string_view>

#include "core/data/image_codecs.h"
#include "core/data/opencv_module/module.h"
#include "core/data/other_image_header.h"

namespace plumbline {

namespace {

struct Module {
  PlumblineDecode decode = nullptr;
  std::string problem;  ///< why it cannot be loaded; empty where it can
};

Module load_module() {
  Module module;
  // It lies beside this library, wherever the program was moved.
  Dl_info self{};
  if (::dladdr(reinterpret_cast<const void*>(&decode_other), &self) == 0 ||
      self.dli_fname == nullptr) {
    module.problem = "this program's own folder cannot be found";
    return module;
  }
  const auto file = std::filesystem::path(self.dli_fname).parent_path() / "libplumbline_images.so";
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    module.problem = ::dlerror();
    return module;
  }
  module.decode = reinterpret_cast<PlumblineDecode>(::dlsym(library, PLUMBLINE_DECODE_SYMBOL));
  if (module.decode == nullptr) module.problem = file.string() + " is of a different version";
  return module;
}

unsigned char* allocate(void* context, int width, int height, int channels) {
  auto* image = static_cast<Image*>(context);
  try {
    image->width = width;
    image->height = height;
    image->channels = channels;
    image->pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                         static_cast<std::size_t>(channels));
  } catch (...) {  // must not pass through the other library
    return nullptr;
  }
  return image->pixels.data();
}

}  // namespace

Result<Image> decode_other(std::span<const std::byte> content, const std::string& where) {
  const std::string format(other_image_format(content));
  if (format == "GIF" || format == "AVIF" || format == "HEIF") {
    return bad_input(fmt::format("{} images are not read", format), where,
                     "convert them to PNG or JPEG");
  }
  const auto size = other_image_size(content);
  if (!size) return bad_input(fmt::format("the {} header is damaged or cut off", format), where);
  if (auto fits = check_image_size(size->width, size->height, where); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  TRY(check_image_content(size->width, size->height, content.size(), where));
  // OpenCV asks one decoder after the other, and that of DICOM ends the process where it doubts.
  constexpr std::string_view medical = "DICM";
  constexpr std::size_t at = 128;
  if (content.size() >= at + medical.size() &&
      std::memcmp(content.data() + at, medical.data(), medical.size()) == 0)
    return bad_input(fmt::format("is both {} and DICOM by its content; it is not read", format),
                     where, "convert it to PNG or JPEG");
  const int frames = other_image_frames(content);
  if (format == "WebP" && frames > 1)
    return bad_input(fmt::format("is an animated WebP of {} frames, which is not read", frames),
                     where, "save its frames as separate images");
  static const Module module = load_module();
  if (module.decode == nullptr) {
    return bad_input(
        fmt::format("{} images are decoded by OpenCV, which cannot be loaded: {}", format,
                    module.problem),
        where,
        "install libopencv-core406 and libopencv-imgcodecs406 (Debian 12), or convert the images "
        "to PNG or JPEG");
  }
  Image image;
  char message[300] = "";
  PlumblineDecodeRequest request{};
  request.content = reinterpret_cast<const unsigned char*>(content.data());
  request.size = content.size();
  request.max_pixels = max_image_pixels;
  request.allocate = allocate;
  request.context = &image;
  request.message = message;
  request.message_size = sizeof message;
  request.sixteen_bit = &image.facts.sixteen_bit;
  request.transparent = &image.facts.transparent;
  if (module.decode(&request) != 0) {
    return bad_input(fmt::format("the {} file is damaged, or of a kind that is not supported: {}",
                                 format, message),
                     where);
  }
  image.facts.frames = frames;
  return image;
}

}  // namespace plumbline

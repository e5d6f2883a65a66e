#include <csetjmp>
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>

#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

constexpr ViewParameter parameters[] = {{"quality q", 50, 1, 100, true}};

struct ErrorHandler {
  jpeg_error_mgr manager{};
  std::jmp_buf leave{};
};

[[noreturn]] void leave(j_common_ptr info) {
  std::longjmp(reinterpret_cast<ErrorHandler*>(info->err)->leave, 1);
}
void say_nothing(j_common_ptr) {}

void handle_errors(ErrorHandler& handler) {
  jpeg_std_error(&handler.manager);
  handler.manager.error_exit = leave;
  handler.manager.output_message = say_nothing;
}

/// Both directions keep to what lives outside of the frame that is left by longjmp.
bool encode(std::uint8_t* pixels, int width, int height, int channels, int quality,
            unsigned char*& data, unsigned long& size) {
  jpeg_compress_struct info{};
  ErrorHandler handler;
  handle_errors(handler);
  info.err = &handler.manager;
  if (setjmp(handler.leave)) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &data, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = channels;
  info.in_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_set_defaults(&info);
  info.dct_method = JDCT_ISLOW;
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  const auto stride = static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = pixels + info.next_scanline * stride;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

bool decode(std::uint8_t* pixels, int width, int channels, const unsigned char* data,
            unsigned long size) {
  jpeg_decompress_struct info{};
  ErrorHandler handler;
  handle_errors(handler);
  info.err = &handler.manager;
  if (setjmp(handler.leave)) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, data, size);
  jpeg_read_header(&info, TRUE);
  info.dct_method = JDCT_ISLOW;
  info.out_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_start_decompress(&info);
  const auto stride = static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = pixels + info.output_scanline * stride;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return true;
}

/// libjpeg-turbo's defaults: 4:2:0, ISLOW, fancy upsampling.
void apply(Levels& levels, const StepValues& values, const ViewContext&) {
  thread_local std::vector<std::uint8_t> pixels;
  pixels.resize(levels.values.size());
  store_pixels(levels, pixels.data());
  unsigned char* data = nullptr;
  unsigned long size = 0;
  if (encode(pixels.data(), levels.width, levels.height, levels.channels,
             static_cast<int>(values[0]), data, size) &&
      decode(pixels.data(), levels.width, levels.channels, data, size)) {
    const PixelRectangle valid = levels.valid;
    load_levels({pixels.data(), levels.width, levels.height, levels.channels}, levels);
    levels.valid = valid;
  }
  std::free(data);
}

}  // namespace

extern const ViewKind jpeg_view;
const ViewKind jpeg_view = {.name = "jpeg",
                            .summary = "encoded and decoded again, 4:2:0",
                            .parameters = parameters,
                            .apply = apply};

}  // namespace plumbline::views

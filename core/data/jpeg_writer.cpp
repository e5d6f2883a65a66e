#include "core/data/jpeg_writer.h"

#include <fmt/format.h>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <jpeglib.h>

namespace plumbline {

namespace {

struct WriterErrors {
  jpeg_error_mgr base;  // first: libjpeg knows only this part
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void on_write_error(j_common_ptr info) {
  auto* manager = reinterpret_cast<WriterErrors*>(info->err);
  info->err->format_message(info, manager->message);
  std::longjmp(manager->jump, 1);
}

void on_write_message(j_common_ptr, int) {}

/// libjpeg's state and the memory that it writes to.
struct Encoder {
  jpeg_compress_struct info;
  WriterErrors error;
  unsigned char* memory = nullptr;
  unsigned long size = 0;

  Encoder() {
    std::memset(&info, 0, sizeof info);
    info.err = jpeg_std_error(&error.base);
    error.base.error_exit = on_write_error;
    error.base.emit_message = on_write_message;
    error.message[0] = 0;
  }
  ~Encoder() {
    jpeg_destroy_compress(&info);
    std::free(memory);
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
};

/// All that can jump: holds nothing that needs to be destroyed.
bool compress(Encoder& encoder, const Image& image, int quality, JpegSampling sampling) {
  if (setjmp(encoder.error.jump) != 0) return false;
  jpeg_compress_struct& info = encoder.info;
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &encoder.memory, &encoder.size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = image.channels;
  info.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  info.dct_method = JDCT_ISLOW;
  for (int c = 0; c < info.num_components; ++c)
    info.comp_info[c].h_samp_factor = info.comp_info[c].v_samp_factor = 1;
  if (info.num_components == 3) {
    info.comp_info[0].h_samp_factor = sampling.x;
    info.comp_info[0].v_samp_factor = sampling.y;
  }
  jpeg_start_compress(&info, TRUE);
  const std::size_t row_bytes =
      static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
  while (info.next_scanline < info.image_height) {
    // libjpeg reads the rows only; its interface is older than const.
    auto* row = const_cast<JSAMPLE*>(image.pixels.data() + info.next_scanline * row_bytes);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

}  // namespace

Result<std::vector<std::byte>> encode_jpeg(const Image& image, int quality, JpegSampling sampling) {
  const std::size_t bytes = static_cast<std::size_t>(image.width) *
                            static_cast<std::size_t>(image.height) *
                            static_cast<std::size_t>(image.channels);
  if (image.width < 1 || image.height < 1 || (image.channels != 1 && image.channels != 3) ||
      image.pixels.size() != bytes)
    return bad_input("an image without pixels cannot be encoded");
  Encoder encoder;
  if (!compress(encoder, image, quality, sampling))
    return bad_input(fmt::format("the image cannot be encoded: {}", encoder.error.message));
  const auto* begin = reinterpret_cast<const std::byte*>(encoder.memory);
  return std::vector<std::byte>(begin, begin + encoder.size);
}

}  // namespace plumbline

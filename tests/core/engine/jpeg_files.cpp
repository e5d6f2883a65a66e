#include "tests/core/engine/jpeg_files.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <jpeglib.h>

namespace plumbline::test {

Image coloured_picture(int width, int height, unsigned seed) {
  Image picture{width, height, 3, {}, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c) {
        const double wave = 60 * std::sin((x * (c + 1) + 3.0 * seed) / 17) +
                            40 * std::cos((y * (3 - c) + 5.0 * seed) / 13);
        const double edge = (x / 11 + y / 9 + c + static_cast<int>(seed)) % 2 * 30;
        picture.pixels.push_back(
            static_cast<std::uint8_t>(std::lround(std::clamp(120 + wave + edge, 0.0, 255.0))));
      }
  return picture;
}

std::vector<std::byte> jpeg_of(const Image& picture, const JpegKind& kind) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &memory, &size);
  info.image_width = static_cast<JDIMENSION>(picture.width);
  info.image_height = static_cast<JDIMENSION>(picture.height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  if (kind.grey) jpeg_set_colorspace(&info, JCS_GRAYSCALE);
  jpeg_set_quality(&info, kind.quality, TRUE);
  if (!kind.grey) {
    info.comp_info[0].h_samp_factor = kind.sampling_x;
    info.comp_info[0].v_samp_factor = kind.sampling_y;
  }
  if (kind.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  if (kind.orientation != 0) {
    // A TIFF directory with one entry, the orientation.
    std::array<unsigned char, 32> block = {'E', 'x', 'i', 'f', 0, 0,    'I', 'I', 42, 0, 8,
                                           0,   0,   0,   1,   0, 0x12, 1,   3,   0,  1, 0,
                                           0,   0,   0,   0,   0, 0,    0,   0,   0,  0};
    block[24] = static_cast<unsigned char>(kind.orientation);
    jpeg_write_marker(&info, JPEG_APP0 + 1, block.data(), static_cast<unsigned>(block.size()));
  }
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<JSAMPLE*>(picture.pixels.data() +
                                     std::size_t{3} * info.next_scanline * info.image_width);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  const auto* begin = reinterpret_cast<const std::byte*>(memory);
  std::vector<std::byte> bytes(begin, begin + size);
  std::free(memory);
  return bytes;
}

}  // namespace plumbline::test

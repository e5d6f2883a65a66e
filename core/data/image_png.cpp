#include <fmt/format.h>
#include <png.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "core/data/exif.h"
#include "core/data/image_codecs.h"

namespace plumbline {

namespace {

/// Of what is no pixel: a colour profile takes a megabyte or two.
constexpr png_alloc_size_t most_of_a_chunk = png_alloc_size_t{8} << 20;

/// libpng's state. The functions below are all that can jump: they hold nothing that needs to be
/// destroyed, and return false where libpng gave up.
struct PngDecoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const std::byte> rest;  ///< not yet read
  png_alloc_size_t most_at_once = most_of_a_chunk;
  char message[200] = "out of memory";

  ~PngDecoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void on_png_error(png_structp png, png_const_charp message) {
  auto* decoder = static_cast<PngDecoder*>(png_get_error_ptr(png));
  std::snprintf(decoder->message, sizeof decoder->message, "%s", message);
  png_longjmp(png, 1);
}

void on_png_warning(png_structp, png_const_charp) {}  // concern colour profiles, texts and the like

void on_read(png_structp png, png_bytep target, size_t count) {
  auto* decoder = static_cast<PngDecoder*>(png_get_io_ptr(png));
  if (count > decoder->rest.size()) png_error(png, "the file is cut off");
  std::memcpy(target, decoder->rest.data(), count);
  decoder->rest = decoder->rest.subspan(count);
}

/// libpng 1.6.39 takes what an eXIf chunk claims to be long before it has looked at any limit.
png_voidp on_allocate(png_structp png, png_alloc_size_t bytes) {
  const auto* decoder = static_cast<const PngDecoder*>(png_get_mem_ptr(png));
  return bytes > decoder->most_at_once ? nullptr : std::malloc(bytes);
}

void on_free(png_structp, png_voidp memory) { std::free(memory); }

bool read_png_header(PngDecoder& decoder) {
  decoder.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &decoder, on_png_error,
                                         on_png_warning, &decoder, on_allocate, on_free);
  if (decoder.png == nullptr) return false;
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  decoder.info = png_create_info_struct(decoder.png);
  if (decoder.info == nullptr) return false;
  png_set_read_fn(decoder.png, &decoder, on_read);
  png_set_user_limits(decoder.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // ours is on the product
  // A chunk says how long it is before it is read; what is larger holds no pixels and is passed
  // over.
  png_set_chunk_malloc_max(decoder.png, most_of_a_chunk);
  png_read_info(decoder.png, decoder.info);
  // Rows are as long as the image is wide, which is held against its own limit.
  decoder.most_at_once = PNG_SIZE_MAX;
  return true;
}

/// Asks for 8 bits, grey or RGB, with alpha where the file has any.
bool set_transformations(PngDecoder& decoder) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  const int type = png_get_color_type(decoder.png, decoder.info);
  const int depth = png_get_bit_depth(decoder.png, decoder.info);
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(decoder.png);
  if (type == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(decoder.png);
  if (depth == 16) png_set_strip_16(decoder.png);  // the high byte, as OpenCV and PIL take
  if (png_get_valid(decoder.png, decoder.info, PNG_INFO_tRNS) != 0)
    png_set_tRNS_to_alpha(decoder.png);
  png_set_interlace_handling(decoder.png);
  png_read_update_info(decoder.png, decoder.info);
  return true;
}

/// Reads all rows and what follows, up to the end chunk.
bool read_rows(PngDecoder& decoder, png_bytepp rows) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_read_image(decoder.png, rows);
  decoder.most_at_once = most_of_a_chunk;  // chunks may stand after the pixels, too
  png_read_end(decoder.png, decoder.info);
  return true;
}

int png_orientation(PngDecoder& decoder) {
  png_bytep exif = nullptr;
  png_uint_32 count = 0;
  if (png_get_eXIf_1(decoder.png, decoder.info, &count, &exif) == 0) return 1;
  return exif_orientation(std::as_bytes(std::span(exif, count)));
}

/// The frames of an animated PNG, whose control chunk stands before the pixels; 1 for any other.
int png_frames(std::span<const std::byte> content) {
  constexpr std::size_t signature = 8, head = 8, check = 4;
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
      value = value << 8 | std::to_integer<std::uint32_t>(content[at + i]);
    return value;
  };
  for (std::size_t at = signature; at + head + 4 <= content.size();) {
    const std::string_view kind(reinterpret_cast<const char*>(content.data()) + at + 4, 4);
    if (kind == "acTL") return static_cast<int>(std::min(number(at + head), 1'000'000u));
    if (kind == "IDAT") break;
    at += head + number(at) + check;
  }
  return 1;
}

/// Drops alpha, the last value of each pixel; returns whether any pixel is not opaque.
bool drop_alpha(Image& image) {
  const auto kept = static_cast<std::size_t>(image.channels - 1);
  const std::size_t pixels = image.pixels.size() / (kept + 1);
  bool transparent = false;
  std::uint8_t* target = image.pixels.data();
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t* pixel = image.pixels.data() + i * (kept + 1);
    transparent |= pixel[kept] != 255;
    for (std::size_t c = 0; c < kept; ++c) *target++ = pixel[c];
  }
  image.pixels.resize(pixels * kept);
  image.channels = static_cast<int>(kept);
  return transparent;
}

}  // namespace

Result<Image> decode_png(std::span<const std::byte> content, const std::string& where) {
  PngDecoder decoder;
  decoder.rest = content;
  const auto damaged = [&] {
    return bad_input(fmt::format("the PNG is damaged: {}", decoder.message), where);
  };
  if (!read_png_header(decoder)) return damaged();
  const std::int64_t width = png_get_image_width(decoder.png, decoder.info);
  const std::int64_t height = png_get_image_height(decoder.png, decoder.info);
  if (auto size = check_image_size(width, height, where); !size) {
    return tl::unexpected(std::move(size.error()));
  }
  // Deflate packs 1,032 bytes into one at most.
  const std::uint64_t stored =
      png_get_rowbytes(decoder.png, decoder.info) * static_cast<std::uint64_t>(height);
  if (stored / 1032 > content.size()) {
    return bad_input(fmt::format("the PNG is cut off: {} bytes cannot hold {} × {} pixels",
                                 content.size(), width, height),
                     where);
  }
  const bool sixteen_bit = png_get_bit_depth(decoder.png, decoder.info) == 16;
  if (!set_transformations(decoder)) return damaged();

  Image image;
  image.width = static_cast<int>(width);
  image.height = static_cast<int>(height);
  image.channels = png_get_channels(decoder.png, decoder.info);
  const std::size_t row_bytes =
      static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
  if (image.channels < 1 || image.channels > 4 ||
      png_get_rowbytes(decoder.png, decoder.info) != row_bytes) {
    return bad_input("the PNG has pixels of an unknown kind", where);
  }
  image.pixels.resize(row_bytes * static_cast<std::size_t>(image.height));
  std::vector<png_bytep> rows(static_cast<std::size_t>(image.height));
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = image.pixels.data() + y * row_bytes;
  if (!read_rows(decoder, rows.data())) return damaged();
  image.facts.sixteen_bit = sixteen_bit;
  image.facts.frames = std::max(1, png_frames(content));
  if (image.channels % 2 == 0) image.facts.transparent = drop_alpha(image);
  return upright(std::move(image), png_orientation(decoder));
}

}  // namespace plumbline

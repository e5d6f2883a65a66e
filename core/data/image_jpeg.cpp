#include <fmt/format.h>
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <utility>

#include <jpeglib.h>

#include <jerror.h>

#include "core/data/exif.h"
#include "core/data/image_codecs.h"

namespace plumbline {

namespace {

/// A small file could otherwise keep the decoder busy with thousands of progressive scans.
constexpr int max_scans = 100;

struct ErrorManager {
  jpeg_error_mgr base;  // first: libjpeg knows only this part
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
  bool ended_early;  ///< the file ended before its end marker
};

[[noreturn]] void on_error(j_common_ptr info) {
  auto* manager = reinterpret_cast<ErrorManager*>(info->err);
  info->err->format_message(info, manager->message);
  std::longjmp(manager->jump, 1);
}

/// The warnings of libjpeg that concern no pixel; many files of ImageNet cause the first.
bool is_harmless(int code) {
  return code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR ||
         code == JWRN_BOGUS_ICC;
}

/// Where the file ends before its end marker, libjpeg goes on as if that stood there. Pixels that
/// are missing then have a warning of their own; a progressive file's are seen afterwards.
void on_message(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) {
    reinterpret_cast<ErrorManager*>(info->err)->ended_early = true;
    return;
  }
  if (level < 0 && !is_harmless(info->err->msg_code)) on_error(info);
}

void on_progress(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= max_scans) return;
  auto* manager = reinterpret_cast<ErrorManager*>(info->err);
  std::snprintf(manager->message, sizeof manager->message, "more than %d scans", max_scans);
  std::longjmp(manager->jump, 1);
}

/// libjpeg's state. The functions below are all that can jump: they hold nothing that needs to be
/// destroyed, and return false where libjpeg gave up.
struct Decoder {
  jpeg_decompress_struct info;
  ErrorManager error;
  jpeg_progress_mgr progress;

  Decoder() {
    std::memset(&info, 0, sizeof info);
    std::memset(&progress, 0, sizeof progress);
    info.err = jpeg_std_error(&error.base);
    error.base.error_exit = on_error;
    error.base.emit_message = on_message;
    error.message[0] = 0;
    error.ended_early = false;
    progress.progress_monitor = on_progress;
  }
  ~Decoder() { jpeg_destroy_decompress(&info); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
};

bool read_jpeg_header(Decoder& decoder, std::span<const std::byte> content) {
  if (setjmp(decoder.error.jump) != 0) return false;
  jpeg_create_decompress(&decoder.info);
  decoder.info.progress = &decoder.progress;
  jpeg_mem_src(&decoder.info, reinterpret_cast<const unsigned char*>(content.data()),
               content.size());
  jpeg_save_markers(&decoder.info, JPEG_APP0 + 1, 0xFFFF);
  jpeg_read_header(&decoder.info, TRUE);
  return true;
}

bool start(Decoder& decoder) {
  if (setjmp(decoder.error.jump) != 0) return false;
  jpeg_start_decompress(&decoder.info);
  return true;
}

/// Whether every bit of every coefficient has come. Where each scan has all bits of its components,
/// a missing scan has no other sign than the early end.
bool is_complete(const jpeg_decompress_struct& info) {
  if (info.arith_code) return false;  // which pads what is missing without a word
  if (!info.progressive_mode) return info.comps_in_scan == info.num_components;
  if (info.coef_bits == nullptr) return false;
  for (int c = 0; c < info.num_components; ++c)
    for (int k = 0; k < DCTSIZE2; ++k)
      if (info.coef_bits[c][k] != 0) return false;
  return true;
}

/// Reads one row; after the last, the rest of the file up to the end-of-image marker.
bool read_row(Decoder& decoder, std::uint8_t* row) {
  if (setjmp(decoder.error.jump) != 0) return false;
  jpeg_read_scanlines(&decoder.info, &row, 1);
  if (decoder.info.output_scanline == decoder.info.output_height) {
    if (decoder.error.ended_early && !is_complete(decoder.info)) {
      std::snprintf(decoder.error.message, sizeof decoder.error.message, "it is cut off");
      return false;
    }
    jpeg_finish_decompress(&decoder.info);
  }
  return true;
}

int jpeg_orientation(const jpeg_decompress_struct& info) {
  constexpr std::size_t prefix = 6;
  for (auto* marker = info.marker_list; marker != nullptr; marker = marker->next) {
    if (marker->marker != JPEG_APP0 + 1 || marker->data_length < prefix) continue;
    if (std::memcmp(marker->data, "Exif\0", 5) != 0) continue;
    return exif_orientation(
        std::as_bytes(std::span(marker->data, marker->data_length)).subspan(prefix));
  }
  return 1;
}

/// Converts inks that are stored as amounts of light (255: no ink), as Adobe's programs do.
void inks_to_rgb(const std::uint8_t* inks, bool inverted, int width, std::uint8_t* rgb) {
  const int flip = inverted ? 0 : 255;
  for (int x = 0; x < width; ++x, inks += 4, rgb += 3) {
    const int black = inks[3] ^ flip;
    for (int c = 0; c < 3; ++c) {
      rgb[c] = static_cast<std::uint8_t>(((inks[c] ^ flip) * black + 127) / 255);
    }
  }
}

}  // namespace

std::string_view decoder_name() {
#define PLUMBLINE_TEXT(x) PLUMBLINE_TEXT_OF(x)
#define PLUMBLINE_TEXT_OF(x) #x
  return "libjpeg-turbo " PLUMBLINE_TEXT(LIBJPEG_TURBO_VERSION);
}

Result<Image> decode_jpeg(std::span<const std::byte> content, const std::string& where,
                          int longest_side, std::vector<std::uint8_t> memory) {
  Decoder decoder;
  auto& info = decoder.info;
  const auto damaged = [&] {
    return bad_input(fmt::format("the JPEG is damaged: {}", decoder.error.message), where);
  };
  if (!read_jpeg_header(decoder, content)) return damaged();
  const std::int64_t width = info.image_width, height = info.image_height;
  if (auto size = check_image_size(width, height, where); !size) {
    return tl::unexpected(std::move(size.error()));
  }
  // A Huffman-coded block takes a bit at least, and no file covers more than 1,024 pixels with one.
  // Arithmetic coding has no such bound; what a few bytes may claim ends there all the same, since
  // coefficients of several scans are in memory together.
  if (static_cast<std::uint64_t>(width * height) / 8192 > content.size()) {
    return bad_input(info.arith_code
                         ? fmt::format("the JPEG claims {} × {} pixels in {} bytes of arithmetic "
                                       "coding; at most 8,192 pixels per byte are read",
                                       width, height, content.size())
                         : fmt::format("the JPEG is cut off: {} bytes cannot hold {} × {} pixels",
                                       content.size(), width, height),
                     where);
  }

  const int stored_orientation = jpeg_orientation(info);  // libjpeg forgets the markers at the end
  bool inks = false;
  switch (info.jpeg_color_space) {
    case JCS_GRAYSCALE: info.out_color_space = JCS_GRAYSCALE; break;
    case JCS_YCbCr:
    case JCS_RGB: info.out_color_space = JCS_RGB; break;
    case JCS_CMYK:
    case JCS_YCCK:
      info.out_color_space = JCS_CMYK;
      inks = true;
      break;
    default:
      return bad_input(
          fmt::format("the JPEG has {} channels of an unknown colour space", info.num_components),
          where);
  }
  info.dct_method = JDCT_ISLOW;
  info.do_fancy_upsampling = TRUE;
  info.scale_num = 8;
  info.scale_denom = 8;
  if (longest_side > 0) {
    const std::int64_t longer = std::max(width, height);
    for (const int divisor : {8, 4, 2}) {
      if ((longer + divisor - 1) / divisor < longest_side) continue;
      info.scale_num = static_cast<unsigned>(8 / divisor);
      break;
    }
  }
  if (!start(decoder)) return damaged();

  Image image;
  image.width = static_cast<int>(info.output_width);
  image.height = static_cast<int>(info.output_height);
  image.channels = info.out_color_space == JCS_GRAYSCALE ? 1 : 3;
  image.reduction = 8 / static_cast<int>(info.scale_num);
  const std::size_t row_bytes =
      static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
  image.pixels = std::move(memory);
  image.pixels.resize(row_bytes * static_cast<std::size_t>(image.height));
  std::vector<std::uint8_t> ink_row(inks ? static_cast<std::size_t>(image.width) * 4 : 0);
  const bool inverted = info.saw_Adobe_marker;
  std::uint8_t* row = image.pixels.data();
  for (int y = 0; y < image.height; ++y, row += row_bytes) {
    if (!read_row(decoder, inks ? ink_row.data() : row)) return damaged();
    if (inks) inks_to_rgb(ink_row.data(), inverted, image.width, row);
  }
  image.facts.without_end = decoder.error.ended_early;
  return upright(std::move(image), stored_orientation);
}

}  // namespace plumbline

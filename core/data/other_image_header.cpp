#include "core/data/other_image_header.h"

#include <algorithm>
#include <cctype>

namespace plumbline {

namespace {

using Bytes = std::span<const std::byte>;

std::string_view as_text(Bytes content) {
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

/// An unsigned number of `count` bytes; nothing beyond the end.
std::optional<std::uint32_t> number_at(Bytes content, std::size_t offset, std::size_t count,
                                       bool little) {
  if (offset > content.size() || count > content.size() - offset) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = offset + (little ? count - 1 - i : i);
    value = value << 8 | std::to_integer<std::uint32_t>(content[place]);
  }
  return value;
}

std::optional<ImageSize> size_of(std::optional<std::uint32_t> width,
                                 std::optional<std::uint32_t> height) {
  if (!width || !height) return std::nullopt;
  return ImageSize{*width, *height};
}

std::optional<ImageSize> bmp_size(Bytes content) {
  const auto header = number_at(content, 14, 4, true);
  if (header == 12u)
    return size_of(number_at(content, 18, 2, true), number_at(content, 20, 2, true));
  auto size = size_of(number_at(content, 18, 4, true), number_at(content, 22, 4, true));
  // A negative height means that rows start at the top.
  if (size && size->height >= std::int64_t{1} << 31) {
    size->height = (std::int64_t{1} << 32) - size->height;
  }
  return size;
}

std::optional<ImageSize> webp_size(Bytes content) {
  const std::string_view text = as_text(content);
  if (text.size() < 16) return std::nullopt;
  const std::string_view chunk = text.substr(12, 4);
  if (chunk == "VP8X") {
    auto size = size_of(number_at(content, 24, 3, true), number_at(content, 27, 3, true));
    if (size) size = ImageSize{size->width + 1, size->height + 1};
    return size;
  }
  if (chunk == "VP8L") {
    const auto bits = number_at(content, 21, 4, true);
    if (!bits) return std::nullopt;
    return ImageSize{(*bits & 0x3FFF) + 1, (*bits >> 14 & 0x3FFF) + 1};
  }
  if (chunk == "VP8 ") {
    auto size = size_of(number_at(content, 26, 2, true), number_at(content, 28, 2, true));
    if (size) size = ImageSize{size->width & 0x3FFF, size->height & 0x3FFF};
    return size;
  }
  return std::nullopt;
}

std::optional<ImageSize> tiff_size(Bytes content) {
  const bool little = as_text(content).starts_with("II");
  const auto directory = number_at(content, 4, 4, little);
  if (!directory) return std::nullopt;
  const auto entries = number_at(content, *directory, 2, little);
  if (!entries) return std::nullopt;
  std::optional<std::uint32_t> width, height;
  for (std::size_t i = 0; i < *entries; ++i) {
    const std::size_t entry = std::size_t{*directory} + 2 + 12 * i;
    const auto tag = number_at(content, entry, 2, little);
    if (!tag) return std::nullopt;
    if (*tag != 256 && *tag != 257) continue;
    const bool is_short = number_at(content, entry + 2, 2, little) == 3u;
    const auto value = number_at(content, entry + 8, is_short ? 2 : 4, little);
    (*tag == 256 ? width : height) = value;
  }
  return size_of(width, height);
}

std::optional<ImageSize> pnm_size(Bytes content) {
  const std::string_view text = as_text(content);
  std::size_t at = 2;
  std::int64_t numbers[2] = {0, 0};
  for (auto& value : numbers) {
    while (at < text.size() &&
           (std::isspace(static_cast<unsigned char>(text[at])) || text[at] == '#')) {
      if (text[at] == '#') {
        while (at < text.size() && text[at] != '\n' && text[at] != '\r') ++at;
      } else {
        ++at;
      }
    }
    const std::size_t first = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && at - first < 10; ++at) {
      value = value * 10 + (text[at] - '0');
    }
    // Readers do not agree where a comment, say, follows a number at once, and what one takes for a
    // small image another takes for a large one.
    if (at == first || at == text.size() || std::isspace(static_cast<unsigned char>(text[at])) == 0)
      return std::nullopt;
  }
  return ImageSize{numbers[0], numbers[1]};
}

/// The size is in the first box "ihdr" of a JP2 file, or in the SIZ segment of a bare codestream.
std::optional<ImageSize> jpeg2000_size(Bytes content) {
  if (as_text(content).starts_with("\xff\x4f\xff\x51")) {
    const auto x0 = number_at(content, 16, 4, false), y0 = number_at(content, 20, 4, false);
    const auto x1 = number_at(content, 8, 4, false), y1 = number_at(content, 12, 4, false);
    if (!x0 || !y0) return std::nullopt;
    return ImageSize{std::int64_t{*x1} - *x0, std::int64_t{*y1} - *y0};
  }
  const std::size_t box =
      as_text(content.first(std::min<std::size_t>(content.size(), 4096))).find("ihdr");
  if (box == std::string_view::npos) return std::nullopt;
  return size_of(number_at(content, box + 8, 4, false), number_at(content, box + 4, 4, false));
}

constexpr int most_frames = 100'000;

/// The directories of a TIFF follow each other; each is a page.
int tiff_pages(Bytes content) {
  const bool little = as_text(content).starts_with("II");
  int pages = 0;
  auto directory = number_at(content, 4, 4, little);
  // One that comes before the last, or leads in a circle, ends with the bound.
  for (; directory && *directory != 0 && pages < most_frames; ++pages) {
    const auto entries = number_at(content, *directory, 2, little);
    if (!entries) break;
    directory = number_at(content, std::size_t{*directory} + 2 + 12 * *entries, 4, little);
  }
  return std::max(1, pages);
}

int webp_frames(Bytes content) {
  int frames = 0;
  for (std::size_t at = 12; at + 8 <= content.size() && frames < most_frames;) {
    frames += as_text(content).substr(at, 4) == "ANMF";
    const std::size_t bytes = *number_at(content, at + 4, 4, true);
    at += 8 + bytes + bytes % 2;
  }
  return std::max(1, frames);
}

}  // namespace

std::string_view other_image_format(std::span<const std::byte> content) {
  using namespace std::string_view_literals;
  const std::string_view text = as_text(content);
  const auto at = [&](std::size_t offset, std::string_view magic) {
    return text.size() >= offset + magic.size() && text.substr(offset, magic.size()) == magic;
  };
  // "BM" alone begins many a text: the header's length follows at byte 14.
  const auto bmp_header = number_at(content, 14, 4, true);
  if (at(0, "BM") && bmp_header &&
      (*bmp_header == 12 || (*bmp_header >= 40 && *bmp_header <= 124))) {
    return "BMP";
  }
  if (at(0, "II*\0"sv) || at(0, "MM\0*"sv)) return "TIFF";
  if (at(0, "RIFF") && at(8, "WEBP")) return "WebP";
  if (text.size() > 3 && text[0] == 'P' && text[1] >= '1' && text[1] <= '6' &&
      (std::isspace(static_cast<unsigned char>(text[2])) != 0) &&
      (text[3] == '#' || std::isspace(static_cast<unsigned char>(text[3])) != 0 ||
       std::isdigit(static_cast<unsigned char>(text[3])) != 0)) {
    return "PNM";
  }
  if (at(4, "jP  \r\n\x87\n") || at(0, "\xff\x4f\xff\x51")) return "JPEG 2000";
  if (at(0, "GIF87a") || at(0, "GIF89a")) return "GIF";
  if (at(4, "ftypavif")) return "AVIF";
  if (at(4, "ftyphei") || at(4, "ftypmif1")) return "HEIF";
  return {};
}

int other_image_frames(std::span<const std::byte> content) {
  const std::string_view format = other_image_format(content);
  if (format == "TIFF") return tiff_pages(content);
  if (format == "WebP") return webp_frames(content);
  return 1;
}

std::optional<ImageSize> other_image_size(std::span<const std::byte> content) {
  const std::string_view format = other_image_format(content);
  if (format == "BMP") return bmp_size(content);
  if (format == "TIFF") return tiff_size(content);
  if (format == "WebP") return webp_size(content);
  if (format == "PNM") return pnm_size(content);
  if (format == "JPEG 2000") return jpeg2000_size(content);
  return std::nullopt;
}

}  // namespace plumbline

#include "core/data/image.h"

#include <fmt/format.h>
#include <new>
#include <utility>

#include "core/data/file_handle.h"
#include "core/data/hash.h"
#include "core/data/image_codecs.h"
#include "core/data/other_image_header.h"

namespace plumbline {

namespace {

constexpr std::uint64_t max_image_bytes = std::uint64_t{1} << 30;

bool begins_with(std::span<const std::byte> content, std::string_view magic) {
  const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
  return text.starts_with(magic);
}

}  // namespace

ImageEncoding image_encoding(std::span<const std::byte> content) {
  if (begins_with(content, "\xff\xd8\xff")) return ImageEncoding::jpeg;
  if (begins_with(content, "\x89PNG\r\n\x1a\n")) return ImageEncoding::png;
  return other_image_format(content).empty() ? ImageEncoding::not_an_image : ImageEncoding::other;
}

Result<Image> decode_image(std::span<const std::byte> content, std::string_view where,
                           int longest_side, std::vector<std::uint8_t> memory) {
  try {
    const std::string file(where);
    if (content.empty()) return bad_input("is empty", file);
    switch (image_encoding(content)) {
      case ImageEncoding::jpeg: return decode_jpeg(content, file, longest_side, std::move(memory));
      case ImageEncoding::png: return decode_png(content, file);
      case ImageEncoding::other: return decode_other(content, file);
      case ImageEncoding::not_an_image: break;
    }
    return bad_input("is not an image of a known format", file);
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "cannot be decoded: out of memory", std::string(where));
  }
}

Result<std::vector<std::byte>> read_image_file(const std::filesystem::path& file,
                                               std::string_view hash) {
  try {
    auto content = read_whole_file(file, max_image_bytes);
    TRY(content);
    if (!hash.empty() && hash_bytes(*content) != hash)
      return bad_input("has changed since it was imported", file.string(),
                       "restore it, or import the images as another data set");
    return content;
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "cannot be read: out of memory", file.string());
  }
}

Result<Image> read_image(const std::filesystem::path& file, int longest_side,
                         std::string_view hash) {
  const auto content = read_image_file(file, hash);
  TRY(content);
  return decode_image(*content, file.string(), longest_side);
}

Result<void> check_image_size(std::int64_t width, std::int64_t height, const std::string& where) {
  if (width <= 0 || height <= 0) return bad_input("is damaged: an image without pixels", where);
  if (width > max_image_pixels / height) {
    return bad_input(fmt::format("claims {} × {} pixels, more than the {} that are decoded", width,
                                 height, max_image_pixels),
                     where);
  }
  return {};
}

Result<void> check_image_content(std::int64_t width, std::int64_t height, std::size_t bytes,
                                 const std::string& where) {
  constexpr std::int64_t always = std::int64_t{1} << 22, pixels_a_byte = 16'384;
  const std::int64_t pixels = width * height;
  if (pixels <= always || pixels / pixels_a_byte <= static_cast<std::int64_t>(bytes)) return {};
  return bad_input(
      fmt::format("is damaged, or made to exhaust memory: {} bytes cannot hold {} × {} pixels",
                  bytes, width, height),
      where);
}

}  // namespace plumbline

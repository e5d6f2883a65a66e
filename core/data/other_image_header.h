#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace plumbline {

/// The name of an image format besides JPEG and PNG, by the content's first bytes: "BMP", "TIFF",
/// "WebP", "PNM", "JPEG 2000", or one that is recognised but not read ("GIF", "HEIF", "AVIF").
/// Empty where the content is no image.
std::string_view other_image_format(std::span<const std::byte> content);

struct ImageSize {
  std::int64_t width = 0, height = 0;
};

/// What the header says, before anything is decoded; nothing where it is damaged or the format is
/// one that is not read.
std::optional<ImageSize> other_image_size(std::span<const std::byte> content);

/// The frames of an animated WebP, the pages of a TIFF; 1 of any other format, and where the
/// content does not say.
int other_image_frames(std::span<const std::byte> content);

}  // namespace plumbline

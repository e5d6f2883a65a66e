#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// What a file holds that the pixels do not show.
struct ImageFacts {
  bool transparent = false;  ///< its alpha is not opaque everywhere, and was dropped
  bool sixteen_bit = false;  ///< values of 16 bits, of which the high byte was taken
  int frames = 1;            ///< in the file, of which the first was taken
  bool without_end = false;  ///< a JPEG whose pixels are whole, but not its end marker
};

/// A decoded image: 8 bits a value, rows from the top, channels interleaved, RGB where it has 3.
/// Upright: EXIF orientation has been applied.
struct Image {
  int width = 0, height = 0;
  int channels = 0;  ///< 1 (grey) or 3 (RGB)
  std::vector<std::uint8_t> pixels;
  ImageFacts facts;
  int reduction = 1;  ///< how many times wider and higher the file's image is (`longest_side`)
};

/// The most pixels that are decoded; a header that claims more is refused before memory is taken.
inline constexpr std::int64_t max_image_pixels = std::int64_t{1} << 28;

/// How the file's content, not its name, says that it is encoded.
enum class ImageEncoding { jpeg, png, other, not_an_image };
ImageEncoding image_encoding(std::span<const std::byte> content);

/// Decodes a whole file that is in memory. JPEG by libjpeg-turbo (ISLOW, fancy upsampling), PNG by
/// libpng, anything else by the OpenCV module, loaded when first needed. Grey stays grey;
/// everything else becomes RGB. Of every format alike: of 16 bits the high byte is taken;
/// transparency (alpha, also beside grey, or of a palette's entries) is dropped and the colours
/// below it are kept; of several frames or pages the first is taken. What was lost so is in
/// `facts`. `longest_side`, where positive, lets the JPEG decoder scale by 1/2, 1/4 or 1/8 as long
/// as the longer side stays at least that long (for thumbnails; never for a network's input). A
/// file that is cut off or damaged is an error, never a partly grey picture; a JPEG that lacks no
/// more than its end marker is whole. Thread-safe.
/// `memory`: of pixels that nobody needs any more, which a JPEG's may take.
Result<Image> decode_image(std::span<const std::byte> content, std::string_view where,
                           int longest_side = 0, std::vector<std::uint8_t> memory = {});

/// A whole file, 1 GiB at most. `hash`, where it is not empty, is the XXH3-128 that the file's
/// content had: a file that was changed since is an error that says so.
Result<std::vector<std::byte>> read_image_file(const std::filesystem::path& file,
                                               std::string_view hash = {});

/// Reads and decodes a file, as the two above.
Result<Image> read_image(const std::filesystem::path& file, int longest_side = 0,
                         std::string_view hash = {});

/// Names the decoder with its version, as it is kept with predictions: "libjpeg-turbo".
std::string_view decoder_name();

}  // namespace plumbline

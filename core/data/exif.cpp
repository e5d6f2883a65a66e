#include "core/data/exif.h"

#include <cstdint>
#include <cstring>
#include <utility>

namespace plumbline {

namespace {

/// Numbers of either byte order, bounds checked.
class TiffBytes {
 public:
  TiffBytes(std::span<const std::byte> bytes, bool little) : bytes_(bytes), little_(little) {}

  bool has(std::size_t offset, std::size_t count) const {
    return offset <= bytes_.size() && count <= bytes_.size() - offset;
  }
  std::uint32_t number(std::size_t offset, int count) const {
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i) {
      const int place = little_ ? count - 1 - i : i;
      value = value << 8 | std::to_integer<std::uint32_t>(bytes_[offset + std::size_t(place)]);
    }
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool little_;
};

}  // namespace

int exif_orientation(std::span<const std::byte> exif) {
  constexpr std::size_t entry_bytes = 12;
  constexpr std::uint32_t orientation_tag = 0x0112, short_type = 3;
  if (exif.size() < 8) return 1;
  const bool little = std::memcmp(exif.data(), "II*\0", 4) == 0;
  if (!little && std::memcmp(exif.data(), "MM\0*", 4) != 0) return 1;
  const TiffBytes tiff(exif, little);
  const std::size_t directory = tiff.number(4, 4);
  if (!tiff.has(directory, 2)) return 1;
  const std::size_t entries = tiff.number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * entry_bytes;
    if (!tiff.has(entry, entry_bytes)) return 1;
    if (tiff.number(entry, 2) != orientation_tag) continue;
    if (tiff.number(entry + 2, 2) != short_type || tiff.number(entry + 4, 4) != 1) return 1;
    const std::uint32_t value = tiff.number(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

StoredWalk stored_walk(int width, int height, int orientation) {
  const std::ptrdiff_t w = width, h = height;
  const std::ptrdiff_t right = w - 1, bottom = (h - 1) * w;
  switch (orientation) {
    case 2: return {right, -1, w, width, height};
    case 3: return {bottom + right, -1, -w, width, height};
    case 4: return {bottom, 1, -w, width, height};
    case 5: return {0, w, 1, height, width};
    case 6: return {bottom, -w, 1, height, width};
    case 7: return {bottom + right, -w, -1, height, width};
    case 8: return {right, w, -1, height, width};
    default: return {0, 1, w, width, height};
  }
}

Image upright(Image stored, int orientation) {
  if (orientation <= 1 || orientation > 8) return stored;
  const StoredWalk walk = stored_walk(stored.width, stored.height, orientation);
  Image image;
  image.width = walk.width;
  image.height = walk.height;
  image.channels = stored.channels;
  image.facts = stored.facts;
  image.reduction = stored.reduction;
  image.pixels.resize(stored.pixels.size());

  const auto channels = static_cast<std::size_t>(stored.channels);
  std::uint8_t* target = image.pixels.data();
  for (int y = 0; y < image.height; ++y) {
    std::ptrdiff_t source = walk.start + y * walk.step_y;
    for (int x = 0; x < image.width; ++x, source += walk.step_x, target += channels) {
      std::memcpy(target, stored.pixels.data() + std::size_t(source) * channels, channels);
    }
  }
  return image;
}

}  // namespace plumbline

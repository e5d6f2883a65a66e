#include "core/data/zip_directory.h"

#include <algorithm>
#include <cstdint>

namespace plumbline {

namespace {

/// Little-endian numbers, bounds checked: 0 beyond the end.
class ZipBytes {
 public:
  explicit ZipBytes(std::span<const std::byte> content) : content_(content) {}

  std::uint64_t number(std::uint64_t offset, int bytes) const {
    if (!has(offset, static_cast<std::uint64_t>(bytes))) return 0;
    std::uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; --i)
      value = value << 8 | std::to_integer<std::uint64_t>(content_[offset + std::uint64_t(i)]);
    return value;
  }
  bool has(std::uint64_t offset, std::uint64_t bytes) const {
    return offset <= content_.size() && bytes <= content_.size() - offset;
  }
  bool is(std::uint64_t offset, std::uint32_t signature) const {
    return number(offset, 4) == signature;
  }
  std::string_view text(std::uint64_t offset, std::uint64_t bytes) const {
    return {reinterpret_cast<const char*>(content_.data()) + offset,
            static_cast<std::size_t>(bytes)};
  }
  std::uint64_t size() const { return content_.size(); }

 private:
  std::span<const std::byte> content_;
};

constexpr std::uint32_t entry_signature = 0x02014b50, end_signature = 0x06054b50,
                        end64_signature = 0x06064b50, locator64_signature = 0x07064b50;
constexpr std::uint64_t zip_entry_bytes = 46, zip_end_bytes = 22, locator64_bytes = 20,
                        end64_bytes = 56;

struct ZipDirectory {
  std::uint64_t offset, bytes, entries;
};

/// The offset of the record that ends the archive: the last one whose comment ends with the file.
std::optional<std::uint64_t> find_end(const ZipBytes& zip) {
  constexpr std::uint64_t longest_comment = 0xffff;
  if (zip.size() < zip_end_bytes) return std::nullopt;
  const std::uint64_t last = zip.size() - zip_end_bytes;
  for (std::uint64_t back = 0; back <= std::min(last, longest_comment); ++back)
    if (const std::uint64_t place = last - back;
        zip.is(place, end_signature) && zip.number(place + 20, 2) == back)
      return place;
  return std::nullopt;
}

std::optional<ZipDirectory> find_directory(const ZipBytes& zip) {
  const auto end = find_end(zip);
  if (!end) return std::nullopt;
  ZipDirectory directory{zip.number(*end + 16, 4), zip.number(*end + 12, 4),
                         zip.number(*end + 10, 2)};
  if (*end >= locator64_bytes && zip.is(*end - locator64_bytes, locator64_signature)) {
    const std::uint64_t end64 = zip.number(*end - locator64_bytes + 8, 8);
    if (!zip.has(end64, end64_bytes) || !zip.is(end64, end64_signature)) return std::nullopt;
    directory = {zip.number(end64 + 48, 8), zip.number(end64 + 40, 8), zip.number(end64 + 32, 8)};
  }
  if (!zip.has(directory.offset, directory.bytes)) return std::nullopt;
  return directory;
}

}  // namespace

std::optional<std::vector<std::string_view>> zip_entries(std::span<const std::byte> content) {
  const ZipBytes zip(content);
  const auto directory = find_directory(zip);
  // A number of entries for which the directory is too small is a lie.
  if (!directory || directory->entries > directory->bytes / zip_entry_bytes) return std::nullopt;
  std::vector<std::string_view> names;
  names.reserve(static_cast<std::size_t>(directory->entries));
  std::uint64_t place = directory->offset;
  const std::uint64_t end = directory->offset + directory->bytes;
  for (std::uint64_t i = 0; i < directory->entries; ++i) {
    if (place + zip_entry_bytes > end || !zip.is(place, entry_signature)) return std::nullopt;
    const std::uint64_t name = zip.number(place + 28, 2);
    const std::uint64_t rest = zip.number(place + 30, 2) + zip.number(place + 32, 2);
    if (place + zip_entry_bytes + name + rest > end) return std::nullopt;
    names.push_back(zip.text(place + zip_entry_bytes, name));
    place += zip_entry_bytes + name + rest;
  }
  return names;
}

ArchiveKind archive_kind(std::span<const std::byte> content) {
  const auto names = zip_entries(content);
  if (!names) return ArchiveKind::none;
  // Each of these lies in the archive's one folder, whose name is the file's.
  const auto has = [&](std::string_view entry) {
    return std::ranges::any_of(*names, [&](std::string_view name) {
      const auto slash = name.find('/');
      return slash != name.npos && name.substr(slash + 1) == entry;
    });
  };
  if (has("archive_format")) return ArchiveKind::package;
  if (has("constants.pkl")) return ArchiveKind::torchscript;
  if (has("data.pkl")) return ArchiveKind::pickle;
  return ArchiveKind::other;
}

}  // namespace plumbline

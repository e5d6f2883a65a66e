#include "core/data/zip_directory.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include <fmt/format.h>

#include "core/data/utf8.h"

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

constexpr std::uint32_t entry_signature = 0x02014b50, local_signature = 0x04034b50,
                        end_signature = 0x06054b50, end64_signature = 0x06064b50,
                        locator64_signature = 0x07064b50;
constexpr std::uint64_t zip_entry_bytes = 46, zip_local_bytes = 30, zip_end_bytes = 22,
                        locator64_bytes = 20, end64_bytes = 56;

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

/// Numbers that do not fit 32 bits stand in an extra field of their own, in this order.
void read_zip64(const ZipBytes& zip, std::uint64_t place, std::uint64_t bytes, ZipEntry& entry) {
  constexpr std::uint64_t wide = 0xffffffff;
  for (std::uint64_t at = place; at + 4 <= place + bytes;) {
    const std::uint64_t kind = zip.number(at, 2), length = zip.number(at + 2, 2);
    std::uint64_t next = at + 4;
    const std::uint64_t end = std::min(next + length, place + bytes);
    if (kind == 1)
      for (std::uint64_t* value : {&entry.unpacked, &entry.packed, &entry.offset}) {
        if (*value != wide || next + 8 > end) continue;
        *value = zip.number(next, 8);
        next += 8;
      }
    at = end;
  }
}

bool leads_out(std::string_view name) {
  return name.empty() || name.front() == '/' || name.find('\\') != name.npos || name == ".." ||
         name.starts_with("../") || name.ends_with("/..") || name.find("/../") != name.npos ||
         name.find('\0') != name.npos;
}

/// Source code, which LibTorch compresses: "ARCHIVE/code/…".
bool is_source(std::string_view name) {
  const auto slash = name.find('/');
  return slash != name.npos && name.substr(slash + 1).starts_with("code/");
}

/// An entry that begins before the one in front of it has ended.
std::optional<ZipEntry> overlapping(std::vector<ZipEntry> entries) {
  std::ranges::sort(entries, {}, &ZipEntry::offset);
  for (std::size_t i = 1; i < entries.size(); ++i) {
    const ZipEntry& before = entries[i - 1];
    const std::uint64_t least = zip_local_bytes + before.name.size();
    const std::uint64_t room = entries[i].offset - before.offset;
    if (room < least || room - least < before.packed) return entries[i];
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<std::string_view>> zip_entries(std::span<const std::byte> content) {
  const auto listing = zip_listing(content);
  if (!listing) return std::nullopt;
  std::vector<std::string_view> names;
  names.reserve(listing->size());
  for (const ZipEntry& entry : *listing) names.push_back(entry.name);
  return names;
}

std::optional<std::vector<ZipEntry>> zip_listing(std::span<const std::byte> content) {
  const ZipBytes zip(content);
  const auto directory = find_directory(zip);
  // A number of entries for which the directory is too small is a lie.
  if (!directory || directory->entries > directory->bytes / zip_entry_bytes) return std::nullopt;
  std::vector<ZipEntry> entries;
  entries.reserve(static_cast<std::size_t>(directory->entries));
  std::uint64_t place = directory->offset;
  const std::uint64_t end = directory->offset + directory->bytes;
  for (std::uint64_t i = 0; i < directory->entries; ++i) {
    if (place + zip_entry_bytes > end || !zip.is(place, entry_signature)) return std::nullopt;
    const std::uint64_t name = zip.number(place + 28, 2);
    const std::uint64_t rest = zip.number(place + 30, 2) + zip.number(place + 32, 2);
    if (place + zip_entry_bytes + name + rest > end) return std::nullopt;
    ZipEntry& entry = entries.emplace_back();
    entry.name = zip.text(place + zip_entry_bytes, name);
    entry.packed = zip.number(place + 20, 4);
    entry.unpacked = zip.number(place + 24, 4);
    entry.offset = zip.number(place + 42, 4);
    read_zip64(zip, place + zip_entry_bytes + name, zip.number(place + 30, 2), entry);
    place += zip_entry_bytes + name + rest;
  }
  return entries;
}

Result<std::span<const std::byte>> stored_entry(std::span<const std::byte> content,
                                                const ZipEntry& entry,
                                                const std::filesystem::path& where) {
  const ZipBytes zip(content);
  const auto refuse = [&](std::string_view what) {
    return bad_input(
        fmt::format("the archive's entry '{}' {}", escaped(entry.name.substr(0, 200)), what),
        where.string(), "copy or download the file again");
  };
  if (!zip.has(entry.offset, zip_local_bytes) || !zip.is(entry.offset, local_signature))
    return refuse("has no header");
  constexpr std::uint64_t encrypted = 1;
  const std::uint64_t flags = zip.number(entry.offset + 6, 2);
  const std::uint64_t method = zip.number(entry.offset + 8, 2);
  if ((flags & encrypted) != 0 || method != 0 || entry.packed != entry.unpacked)
    return refuse("is compressed or encrypted");
  const std::uint64_t name = zip.number(entry.offset + 26, 2);
  const std::uint64_t begin =
      entry.offset + zip_local_bytes + name + zip.number(entry.offset + 28, 2);
  if (!zip.has(entry.offset + zip_local_bytes, name) ||
      zip.text(entry.offset + zip_local_bytes, name) != entry.name)
    return refuse("has another name in its own header");
  if (!zip.has(begin, entry.packed)) return refuse("is outside it");
  return content.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(entry.packed));
}

Result<void> check_archive_entries(std::span<const std::byte> content,
                                   const std::filesystem::path& where) {
  constexpr std::size_t most_entries = 100'000;
  constexpr std::uint64_t most_source = 256 << 20, most_ratio = 200, little_source = 1 << 20;
  const auto refuse = [&](std::string message) {
    return bad_input(std::move(message), where.string(), "LibTorch does not write such archives");
  };
  const auto entries = zip_listing(content);
  if (!entries) return refuse("the archive's directory is damaged or cut off");
  if (entries->size() > most_entries)
    return refuse(fmt::format("the archive has {} entries", entries->size()));
  std::set<std::string_view> names;
  std::uint64_t sources = 0;
  for (const ZipEntry& entry : *entries) {
    const std::string name = escaped(entry.name.substr(0, 200));
    if (leads_out(entry.name))
      return refuse(fmt::format("the archive's entry '{}' leads out of it", name));
    if (!names.insert(entry.name).second)
      return refuse(fmt::format("the archive has two entries '{}'", name));
    if (entry.packed > content.size() || entry.offset > content.size() - entry.packed)
      return refuse(fmt::format("the archive's entry '{}' is outside it", name));
    if (!is_source(entry.name) && entry.unpacked != entry.packed)
      return refuse(fmt::format("the archive's entry '{}' is compressed: {} bytes would become {}",
                                name, entry.packed, entry.unpacked));
    if (is_source(entry.name)) sources += std::min(entry.unpacked, most_source + 1);
    if (sources > most_source)
      return refuse(
          fmt::format("the archive has more than {} MB of source code", most_source >> 20));
  }
  if (sources > little_source && sources > most_ratio * content.size())
    return refuse(fmt::format("the archive's source code unpacks to {} times the file's size",
                              sources / content.size()));
  if (const auto entry = overlapping(*entries))
    return refuse(fmt::format("the archive's entry '{}' overlaps another",
                              escaped(entry->name.substr(0, 200))));
  return {};
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

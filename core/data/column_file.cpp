#include "core/data/column_file.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>

#include "core/data/atomic_file.h"
#include "core/data/hash.h"
#include "core/data/mapped_file.h"
#include "core/types/parallel_items.h"

namespace plumbline {

namespace {

constexpr std::size_t column_alignment = 64;
constexpr std::array<std::byte, column_alignment> column_padding{};

using HexHash = std::array<char, 32>;

struct ColumnFileHeader {
  ColumnMagic magic;
  std::uint32_t facts, columns;
  std::uint64_t length;
  HexHash hash;  ///< of facts and places
  std::uint64_t reserved;
};
static_assert(sizeof(ColumnFileHeader) == 64);

struct ColumnPlace {
  std::uint64_t offset, length;
  HexHash hash;
};
static_assert(sizeof(ColumnPlace) == 48);

std::size_t after_padding(std::size_t length) {
  return (length + column_alignment - 1) / column_alignment * column_alignment;
}

HexHash hex_hash(std::span<const std::byte> bytes) {
  HexHash hash{};
  const std::string digits = hash_bytes(bytes);
  std::copy_n(digits.begin(), std::min(digits.size(), hash.size()), hash.begin());
  return hash;
}

/// Hashes of all columns, on all cores, the longest first.
std::vector<HexHash> hashes_of(std::span<const std::span<const std::byte>> columns) {
  std::vector<HexHash> hashes(columns.size());
  std::vector<std::size_t> order(columns.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(),
                           [&](std::size_t c) { return columns[c].size(); });
  for_each_item(order.size(),
                [&](std::size_t i) { hashes[order[i]] = hex_hash(columns[order[i]]); });
  return hashes;
}

tl::unexpected<Error> damaged_columns(const std::filesystem::path& file, const char* what) {
  return bad_input(what, file.string());
}

}  // namespace

Result<void> write_columns(const std::filesystem::path& file, const ColumnMagic& magic,
                           const ColumnSet& set) {
  const std::size_t facts = set.facts.size(), columns = set.columns.size();
  if (facts > most_columns || columns > most_columns)
    return usage_error("a file has no room for so many columns", file.string());
  const std::size_t directory = facts * sizeof(std::int64_t) + columns * sizeof(ColumnPlace);
  std::vector<std::byte> head(after_padding(sizeof(ColumnFileHeader) + directory));
  std::vector<ColumnPlace> places(columns);
  const auto hashes = hashes_of(set.columns);
  std::size_t offset = head.size();
  for (std::size_t c = 0; c < columns; ++c) {
    places[c] = {offset, set.columns[c].size(), hashes[c]};
    offset += after_padding(set.columns[c].size());
  }
  std::byte* at = head.data() + sizeof(ColumnFileHeader);
  if (facts > 0) std::memcpy(at, set.facts.data(), facts * sizeof(std::int64_t));
  if (columns > 0)
    std::memcpy(at + facts * sizeof(std::int64_t), places.data(), columns * sizeof(ColumnPlace));
  const ColumnFileHeader header{
      magic,  static_cast<std::uint32_t>(facts), static_cast<std::uint32_t>(columns),
      offset, hex_hash({at, directory}),         0};
  std::memcpy(head.data(), &header, sizeof header);
  std::vector<std::span<const std::byte>> pieces = {head};
  for (const auto column : set.columns) {
    pieces.push_back(column);
    pieces.push_back(std::span(column_padding).first(after_padding(column.size()) - column.size()));
  }
  std::error_code code;
  std::filesystem::create_directories(file.parent_path(), code);
  return write_file_atomically(file, pieces);
}

Result<ColumnSet> map_columns(const std::filesystem::path& file, const ColumnMagic& magic) {
  auto mapped = MappedFile::open(file);
  TRY(mapped);
  auto memory = std::make_shared<const MappedFile>(std::move(*mapped));
  const auto content = memory->content();
  if (content.size() < sizeof(ColumnFileHeader)) return damaged_columns(file, "is too short");
  ColumnFileHeader header;
  std::memcpy(&header, content.data(), sizeof header);
  if (header.magic != magic) return damaged_columns(file, "is of another kind or version");
  if (header.facts > most_columns || header.columns > most_columns)
    return damaged_columns(file, "names more columns than there can be");
  const std::size_t directory =
      header.facts * sizeof(std::int64_t) + header.columns * sizeof(ColumnPlace);
  if (header.length != content.size() || content.size() < sizeof header + directory)
    return damaged_columns(file, "is not as long as its header says");
  const auto entries = content.subspan(sizeof header, directory);
  if (hex_hash(entries) != header.hash)
    return damaged_columns(file, "has damaged column positions");
  ColumnSet set;
  set.facts.resize(header.facts);
  std::vector<ColumnPlace> places(header.columns);
  if (!set.facts.empty())
    std::memcpy(set.facts.data(), entries.data(), set.facts.size() * sizeof(std::int64_t));
  if (!places.empty())
    std::memcpy(places.data(), entries.data() + set.facts.size() * sizeof(std::int64_t),
                places.size() * sizeof(ColumnPlace));
  for (const ColumnPlace& place : places) {
    // By subtraction: both may be any number.
    if (place.offset % column_alignment != 0 || place.offset > content.size() ||
        place.length > content.size() - place.offset)
      return damaged_columns(file, "has a column beyond its end");
    set.columns.push_back(content.subspan(place.offset, place.length));
  }
  const auto hashes = hashes_of(set.columns);
  for (std::size_t c = 0; c < places.size(); ++c)
    if (hashes[c] != places[c].hash) return damaged_columns(file, "has a damaged column");
  set.memory = std::move(memory);
  return set;
}

void keep_latest_files(const std::filesystem::path& folder, std::string_view prefix,
                       std::size_t files, std::uintmax_t bytes) {
  namespace fs = std::filesystem;
  struct KeptFile {
    fs::file_time_type time;
    std::uintmax_t size = 0;
    fs::path path;
  };
  std::error_code code;
  std::vector<KeptFile> all;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code)) {
    std::error_code ignored;
    const auto name = entry->path().filename().string();
    if (!name.starts_with(prefix) || !entry->is_regular_file(ignored)) continue;
    const auto time = entry->last_write_time(ignored);
    const auto size = entry->file_size(ignored);
    all.push_back({time, ignored ? 0 : size, entry->path()});
  }
  std::ranges::sort(all, std::ranges::greater(), &KeptFile::time);
  std::uintmax_t sum = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    sum += all[i].size;
    if (i > 0 && (i >= files || sum > bytes)) fs::remove(all[i].path, code);
  }
}

}  // namespace plumbline

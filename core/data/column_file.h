#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// Columns of plain values, in memory or in a file that is mapped: what a cache keeps of a result
/// that takes long. Copies share the memory.
struct ColumnSet {
  std::vector<std::int64_t> facts;
  std::vector<std::span<const std::byte>> columns;
  std::shared_ptr<const void> memory;

  template <class T>
  void add(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    columns.push_back(std::as_bytes(values));
  }
  /// Nothing where there is no such column, or it does not hold whole values. What they are is for
  /// the caller to check: a file may be anybody's.
  template <class T>
  std::optional<std::span<const T>> column(std::size_t place) const {
    static_assert(std::is_trivially_copyable_v<T>);
    if (place >= columns.size() || columns[place].size() % sizeof(T) != 0) return std::nullopt;
    return std::span(reinterpret_cast<const T*>(columns[place].data()),
                     columns[place].size() / sizeof(T));
  }
};

/// What a file of columns begins with; says their meaning and version.
using ColumnMagic = std::array<char, 8>;

/// As many facts, and as many columns, as a file may have.
inline constexpr std::size_t most_columns = 64;

/// Replaces `file` as write_file_atomically does, whose errors it has; its folder is made.
///
/// A file is 64 bytes of header (magic, number of facts and of columns, 4 bytes each, the file's
/// length, and the XXH3-128 of facts and places in hex), the facts (int64), a place for each column
/// (offset and length in bytes, 8 each, and the XXH3-128 of its content), then the columns, each at
/// a multiple of 64 bytes; little-endian.
Result<void> write_columns(const std::filesystem::path& file, const ColumnMagic& magic,
                           const ColumnSet& set);

/// Maps a file of columns and checks all of it: length, places and hashes, on all cores. Errors
/// (bad input) say what is wrong: no such file, another magic, damage.
Result<ColumnSet> map_columns(const std::filesystem::path& file, const ColumnMagic& magic);

/// Removes files of a folder whose names begin with `prefix`, those first that were changed longest
/// ago, until there are at most `files` and `bytes` of them; the latest always stays. What somebody
/// has mapped stays readable.
void keep_latest_files(const std::filesystem::path& folder, std::string_view prefix,
                       std::size_t files, std::uintmax_t bytes);

}  // namespace plumbline

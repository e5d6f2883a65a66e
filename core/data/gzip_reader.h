#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/data/file_handle.h"
#include "core/types/error.h"

namespace plumbline {

/// Deflate packs this many bytes into one at most: a larger claim is a lie.
inline constexpr std::uint64_t max_deflate_ratio = 1032;

/// Inflates a gzip file from its beginning to its end, in the pieces that the caller asks for; how
/// much memory that takes is the caller's choice. Checksums are checked.
class GzipReader {
 public:
  /// `file` must outlive the reader.
  explicit GzipReader(const FileHandle& file);
  ~GzipReader();
  GzipReader(GzipReader&&) noexcept;

  /// By the content's first two bytes, whatever the name.
  static Result<bool> is_gzip(const FileHandle& file);

  /// Fills `target`; gives less only at the end of the data. Errors: damaged, cut off, or followed
  /// by something that is not gzip.
  Result<std::size_t> read(std::span<std::byte> target);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plumbline

#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/data/file_handle.h"
#include "core/types/error.h"

namespace plumbline {

/// Unpacks an .xz file from its beginning to its end, in the pieces that the caller asks for; how
/// much memory that takes besides the dictionary (256 MiB at most, `xz -9` needs 65) is the
/// caller's choice. Checksums are checked.
class XzReader {
 public:
  /// `file` must outlive the reader.
  explicit XzReader(const FileHandle& file);
  ~XzReader();
  XzReader(XzReader&&) noexcept;

  /// By the content's first six bytes, whatever the name.
  static Result<bool> is_xz(const FileHandle& file);

  /// Fills `target`; gives less only at the end of the data. Errors: damaged, cut off, followed by
  /// something that is not xz, or a dictionary that is too large.
  Result<std::size_t> read(std::span<std::byte> target);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plumbline

#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// An Error for a failed system call: "cannot be opened: Permission denied". A full disk, no
/// memory and the like are ErrorKind::device, everything else is ErrorKind::bad_input.
Error system_error(int error_number, std::string_view doing, const std::filesystem::path& where);

/// A regular file that is open for reading. Reads at an offset share no position, so that threads
/// may read from one handle at once.
class FileHandle {
 public:
  /// Errors: no such file, no permission, a folder, a device, a pipe (which would block).
  static Result<FileHandle> open(const std::filesystem::path& path);
  FileHandle(FileHandle&& other) noexcept;
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();

  std::uint64_t size() const { return size_; }  ///< bytes, when it was opened
  const std::filesystem::path& path() const { return path_; }
  int descriptor() const { return descriptor_; }

  /// Fills `target` from `offset`. A file that ends before is an error ("is cut off").
  Result<void> read_at(std::uint64_t offset, std::span<std::byte> target) const;

 private:
  FileHandle() = default;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::filesystem::path path_;
};

/// The whole file, of `max_size` bytes at most; a larger one is refused before memory is taken.
Result<std::vector<std::byte>> read_whole_file(const std::filesystem::path& path,
                                               std::uint64_t max_size);

}  // namespace plumbline

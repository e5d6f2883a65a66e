#pragma once
#include <filesystem>
#include <optional>

#include "core/types/error.h"

namespace plumbline {

/// An exclusive flock on a file, held while it lives and given up by the system when the process
/// dies, however it dies. Move-only.
class FileLock {
 public:
  /// Nothing where another process holds it. Errors: the file cannot be made.
  static Result<std::optional<FileLock>> try_lock(const std::filesystem::path& file);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace plumbline

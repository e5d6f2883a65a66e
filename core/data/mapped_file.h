#pragma once
#include <cstddef>
#include <filesystem>
#include <span>

#include "core/types/error.h"

namespace plumbline {

/// A file as read-only memory. Only for files that nobody changes after their rename: one that is
/// truncated while it is mapped ends the process with SIGBUS.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  /// Page-aligned; stays where it is when the object is moved.
  std::span<const std::byte> content() const { return {data_, size_}; }

 private:
  MappedFile() = default;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace plumbline

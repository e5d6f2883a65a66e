#include "core/data/mapped_file.h"

#include <sys/mman.h>
#include <cerrno>
#include <utility>

#include "core/data/file_handle.h"

namespace plumbline {

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  auto file = FileHandle::open(path);
  TRY(file);
  MappedFile mapped;
  mapped.size_ = file->size();
  if (mapped.size_ == 0) return mapped;
  void* memory = ::mmap(nullptr, mapped.size_, PROT_READ, MAP_SHARED, file->descriptor(), 0);
  if (memory == MAP_FAILED) {
    return tl::unexpected(system_error(errno, "cannot be mapped into memory", path));
  }
  mapped.data_ = static_cast<const std::byte*>(memory);
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace plumbline

#include "core/data/file_handle.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <system_error>
#include <utility>

namespace plumbline {

Error system_error(int error_number, std::string_view doing, const std::filesystem::path& where) {
  const bool disk_full = error_number == ENOSPC || error_number == EDQUOT;
  const bool resources = disk_full || error_number == ENOMEM || error_number == EMFILE ||
                         error_number == ENFILE || error_number == EIO;
  Error error;
  error.kind = resources ? ErrorKind::device : ErrorKind::bad_input;
  error.message =
      fmt::format("{}: {}", doing,
                  disk_full ? "the disk is full" : std::generic_category().message(error_number));
  error.where = where.string();
  if (disk_full) error.hint = "free some space and try again; nothing was changed";
  if (error_number == EROFS || error_number == EACCES) error.hint = "check the permissions";
  return error;
}

Result<FileHandle> FileHandle::open(const std::filesystem::path& path) {
  FileHandle file;
  file.path_ = path;
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  file.descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file.descriptor_ < 0) {
    return tl::unexpected(system_error(errno, "cannot be opened", path));
  }
  struct stat status{};
  if (::fstat(file.descriptor_, &status) != 0) {
    return tl::unexpected(system_error(errno, "cannot be read", path));
  }
  if (S_ISDIR(status.st_mode)) return bad_input("is a folder, not a file", path.string());
  if (!S_ISREG(status.st_mode)) return bad_input("is not a regular file", path.string());
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  return file;
}

FileHandle::FileHandle(FileHandle&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      path_(std::move(other.path_)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(path_, other.path_);
  return *this;
}

FileHandle::~FileHandle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> FileHandle::read_at(std::uint64_t offset, std::span<std::byte> target) const {
  while (!target.empty()) {
    const ssize_t got =
        ::pread(descriptor_, target.data(), target.size(), static_cast<off_t>(offset));
    if (got < 0) {
      if (errno == EINTR) continue;
      Error error = system_error(errno, "cannot be read", path_);
      // One bad sector spoils one file, not the machine.
      if (errno == EIO) error.kind = ErrorKind::bad_input;
      return tl::unexpected(std::move(error));
    }
    if (got == 0) return bad_input(fmt::format("is cut off at byte {}", offset), path_.string());
    offset += static_cast<std::uint64_t>(got);
    target = target.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<std::vector<std::byte>> read_whole_file(const std::filesystem::path& path,
                                               std::uint64_t max_size) {
  auto file = FileHandle::open(path);
  TRY(file);
  if (file->size() > max_size) {
    return bad_input(fmt::format("has {} bytes; at most {} are read", file->size(), max_size),
                     path.string());
  }
  std::vector<std::byte> content(file->size());
  TRY(file->read_at(0, content));
  return content;
}

}  // namespace plumbline

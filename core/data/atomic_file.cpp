#include "core/data/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <utility>

#include "core/data/file_handle.h"

namespace plumbline {

namespace {

/// A temporary file that is removed unless it has been renamed.
struct Temporary {
  std::filesystem::path path;
  int descriptor = -1;

  ~Temporary() {
    if (descriptor >= 0) ::close(descriptor);
    if (!path.empty()) ::unlink(path.c_str());
  }
};

/// Returns 0 or the error number.
int write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

Result<void> write_file_atomically(const std::filesystem::path& path,
                                   std::span<const std::span<const std::byte>> pieces) {
  static std::atomic<unsigned> counter{0};
  const auto failed = [&](int error_number) {
    return tl::unexpected(system_error(error_number, "cannot be written", path));
  };
  Temporary temporary;
  for (int attempt = 0; temporary.descriptor < 0; ++attempt) {
    // Unique, so that two writers of one file do not mix their bytes; the later rename wins.
    auto name = path;
    name += fmt::format(".{}-{}.tmp", ::getpid(), counter.fetch_add(1));
    temporary.descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (temporary.descriptor >= 0) {
      temporary.path = name;
    } else if (errno != EEXIST || attempt == 100) {
      return failed(errno);
    }
  }
  for (const auto piece : pieces) {
    if (const int error_number = write_all(temporary.descriptor, piece)) {
      return failed(error_number);
    }
  }
  if (::fsync(temporary.descriptor) != 0) return failed(errno);
  // Network file systems report a full disk only here.
  if (::close(std::exchange(temporary.descriptor, -1)) != 0) return failed(errno);
  if (::rename(temporary.path.c_str(), path.c_str()) != 0) return failed(errno);
  temporary.path.clear();
  const auto folder = path.parent_path();
  return sync_folder(folder.empty() ? "." : folder);
}

Result<void> write_file_atomically(const std::filesystem::path& path,
                                   std::span<const std::byte> content) {
  return write_file_atomically(path, std::span(&content, 1));
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  return write_file_atomically(path, std::as_bytes(std::span(text)));
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return tl::unexpected(system_error(errno, "cannot be opened", folder));
  const int error_number = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  // Some file systems cannot sync a folder; there the rename is as durable as it gets.
  if (error_number != 0 && error_number != EINVAL && error_number != ENOTSUP) {
    return tl::unexpected(system_error(error_number, "cannot be synced", folder));
  }
  return {};
}

}  // namespace plumbline

#include "core/data/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>

#include "core/data/file_handle.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

/// An open file; a temporary one has a path and is removed unless it has been renamed.
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

namespace {

/// A new file beside `path`, open for writing. Returns 0 or the error number.
int open_temporary(const std::filesystem::path& path, Temporary& temporary) {
  static std::atomic<unsigned> counter{0};
  for (int attempt = 0; temporary.descriptor < 0; ++attempt) {
    // Unique, so that two writers of one file do not mix their bytes; the later rename wins.
    auto name = path;
    name += fmt::format(".{}-{}.tmp", ::getpid(), counter.fetch_add(1));
    temporary.descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (temporary.descriptor >= 0)
      temporary.path = name;
    else if (errno != EEXIST || attempt == 100)
      return errno;
  }
  return 0;
}

/// Syncs the temporary file and puts it in the place of `path`. Returns 0 or the error number.
int put_in_place(const std::filesystem::path& path, Temporary& temporary) {
  if (::fsync(temporary.descriptor) != 0) return errno;
  // Network file systems report a full disk only here.
  if (::close(std::exchange(temporary.descriptor, -1)) != 0) return errno;
  if (::rename(temporary.path.c_str(), path.c_str()) != 0) return errno;
  temporary.path.clear();
  return 0;
}

Result<void> sync_folder_of(const std::filesystem::path& path) {
  const auto folder = path.parent_path();
  return sync_folder(folder.empty() ? "." : folder);
}

}  // namespace

Result<void> write_file_atomically(const std::filesystem::path& path,
                                   std::span<const std::span<const std::byte>> pieces) {
  const auto failed = [&](int error_number) {
    return tl::unexpected(system_error(error_number, "cannot be written", path));
  };
  Temporary temporary;
  if (const int error_number = open_temporary(path, temporary)) return failed(error_number);
  for (const auto piece : pieces)
    if (const int error_number = write_all(temporary.descriptor, piece))
      return failed(error_number);
  if (const int error_number = put_in_place(path, temporary)) return failed(error_number);
  return sync_folder_of(path);
}

Result<void> write_file_atomically(const std::filesystem::path& path,
                                   std::span<const std::byte> content) {
  return write_file_atomically(path, std::span(&content, 1));
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  return write_file_atomically(path, std::as_bytes(std::span(text)));
}

namespace {

constexpr int most_links = 40;  // as Linux follows

/// Where a name leads: one of this process's open files, or a path that is no link.
struct Destination {
  int open_file = -1;
  std::filesystem::path path;
};

/// Follows links one by one, since /proc/self/fd/N names what is open and not a file: to open it by
/// its name would begin at the file's beginning, and a rename would put another in its place.
Destination destination_of(const std::filesystem::path& named) {
  if (named == "-") return {STDOUT_FILENO, {}};
  std::error_code code;
  std::filesystem::path path = named;
  for (int i = 0; i < most_links; ++i) {
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const auto real = std::filesystem::canonical(folder, code);
    if (!code && real == fmt::format("/proc/{}/fd", ::getpid()))
      if (const auto number = parse_integer(path.filename().string()); number && *number >= 0)
        return {static_cast<int>(*number), {}};
    const auto target = std::filesystem::read_symlink(path, code);
    if (code) break;  // no link, or nothing there
    path = target.is_absolute() ? target : folder / target;
  }
  return {-1, path};
}

/// Something open that a user's name leads to. Whoever opens a FIFO waits for its reader.
int open_through(const Destination& destination) {
  return destination.open_file >= 0 ? ::fcntl(destination.open_file, F_DUPFD_CLOEXEC, 3)
                                    : ::open(destination.path.c_str(), O_WRONLY | O_CLOEXEC);
}

}  // namespace

struct OutputFile::State {
  std::filesystem::path named;   ///< as the user wrote it, for messages
  std::filesystem::path target;  ///< empty: written through
  Temporary file;                ///< its path is empty where it is written through
};

OutputFile::OutputFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
OutputFile::OutputFile(OutputFile&&) noexcept = default;
OutputFile& OutputFile::operator=(OutputFile&&) noexcept = default;
OutputFile::~OutputFile() = default;

Result<OutputFile> OutputFile::open(const std::filesystem::path& path) {
  auto state = std::make_unique<State>();
  state->named = path;
  const auto failed = [&](int error_number) {
    return tl::unexpected(system_error(error_number, "cannot be written", path));
  };
  if (path.empty()) return usage_error("a file must be named", "-o");
  const Destination destination = destination_of(path);
  struct stat status{};
  const bool exists = destination.open_file >= 0 || ::stat(destination.path.c_str(), &status) == 0;
  if (!exists && errno != ENOENT) return failed(errno);
  if (exists && destination.open_file < 0 && S_ISDIR(status.st_mode))
    return bad_input("is a folder, not a file", path.string(), "name a file in it");
  if (destination.open_file >= 0 || (exists && !S_ISREG(status.st_mode))) {
    // A process that reads less than everything ends the pipe: an error, not the end of this one.
    ::signal(SIGPIPE, SIG_IGN);
    state->file.descriptor = open_through(destination);
    if (state->file.descriptor < 0) return failed(errno);
    return OutputFile(std::move(state));
  }
  if (exists && ::access(destination.path.c_str(), W_OK) != 0) return failed(errno);
  state->target = destination.path;
  if (const int error_number = open_temporary(state->target, state->file))
    return failed(error_number);
  if (exists) {
    // The owner first: changing it takes away the bits that give a program its owner's rights.
    static_cast<void>(::fchown(state->file.descriptor, status.st_uid, status.st_gid) == 0);
    static_cast<void>(::fchmod(state->file.descriptor, status.st_mode & 07777) == 0);
  }
  return OutputFile(std::move(state));
}

Result<void> OutputFile::write(std::span<const std::byte> bytes) {
  const int error_number = write_all(state_->file.descriptor, bytes);
  if (error_number == 0) return {};
  if (error_number == EPIPE)
    return fail(ErrorKind::device, "its reader has closed it", state_->named.string());
  return tl::unexpected(system_error(error_number, "cannot be written", state_->named));
}

Result<void> OutputFile::write(std::string_view text) {
  return write(std::as_bytes(std::span(text)));
}

Result<void> OutputFile::finish() {
  Temporary& file = state_->file;
  if (state_->target.empty()) {
    if (::close(std::exchange(file.descriptor, -1)) != 0)
      return tl::unexpected(system_error(errno, "cannot be written", state_->named));
    return {};
  }
  if (const int error_number = put_in_place(state_->target, file))
    return tl::unexpected(system_error(error_number, "cannot be written", state_->named));
  return sync_folder_of(state_->target);
}

Result<void> write_output(const std::filesystem::path& path,
                          std::span<const std::span<const std::byte>> pieces) {
  auto file = OutputFile::open(path);
  TRY(file);
  for (const auto piece : pieces) TRY(file->write(piece));
  return file->finish();
}

Result<void> write_output(const std::filesystem::path& path, std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return write_output(path, std::span(&bytes, 1));
}

bool is_standard_output(const std::filesystem::path& path) {
  const Destination destination = destination_of(path);
  if (destination.open_file >= 0) return destination.open_file == STDOUT_FILENO;
  struct stat named{}, standard{};
  return ::stat(destination.path.c_str(), &named) == 0 && !S_ISREG(named.st_mode) &&
         ::fstat(STDOUT_FILENO, &standard) == 0 && named.st_dev == standard.st_dev &&
         named.st_ino == standard.st_ino;
}

bool is_regular_output(const std::filesystem::path& path) {
  const Destination destination = destination_of(path);
  struct stat status{};
  return destination.open_file < 0 &&
         (::stat(destination.path.c_str(), &status) != 0 || S_ISREG(status.st_mode));
}

std::filesystem::path output_target(const std::filesystem::path& path) {
  const Destination destination = destination_of(path);
  return destination.open_file >= 0 ? path : destination.path;
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

#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "core/types/error.h"

namespace plumbline {

/// Makes or replaces the file `path` with the pieces, one after the other. Whoever reads `path`
/// sees the old content or the new, never a part, also after a crash or a loss of power: a
/// temporary file in the same folder (its name ends in ".tmp") is written, synced and renamed, then
/// the folder is synced. A failed write removes the temporary file and leaves `path` as it was; a
/// killed one may leave a file "*.tmp" behind.
/// Errors: ErrorKind::device for a full disk, which the message names; otherwise what the system
/// says.
Result<void> write_file_atomically(const std::filesystem::path& path,
                                   std::span<const std::span<const std::byte>> pieces);
Result<void> write_file_atomically(const std::filesystem::path& path,
                                   std::span<const std::byte> content);
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// A file that a user has named (`-o`), written piece by piece. Unlike the files of a study, which
/// are replaced whatever stands there, nothing but a regular file is ever replaced:
/// - `-` is standard output, and so is every name that leads to it (/dev/stdout, /dev/fd/1);
/// - links are followed, also to a file that is not there yet; the link stays;
/// - a FIFO, a device or a socket is written through and stays what it is;
/// - a regular file is replaced as by write_file_atomically and keeps its mode, and its owner where
///   this process may give it away.
class OutputFile {
 public:
  /// Errors: no such folder, no permission, a folder in the file's place.
  static Result<OutputFile> open(const std::filesystem::path& path);
  OutputFile(OutputFile&&) noexcept;
  OutputFile& operator=(OutputFile&&) noexcept;
  /// A regular file that was not finished stays what it was.
  ~OutputFile();

  /// Errors (device): a full disk, behind a pipe or standard output too.
  Result<void> write(std::span<const std::byte> bytes);
  Result<void> write(std::string_view text);
  /// Nothing may be written afterwards.
  Result<void> finish();

 private:
  struct State;
  explicit OutputFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The same in one step.
Result<void> write_output(const std::filesystem::path& path,
                          std::span<const std::span<const std::byte>> pieces);
Result<void> write_output(const std::filesystem::path& path, std::string_view text);

/// Whether what is written to the name goes to this process's standard output, so that nothing else
/// belongs there.
bool is_standard_output(const std::filesystem::path& path);

/// Whether a name stands for a regular file, there or to be made: then others may lie beside it.
bool is_regular_output(const std::filesystem::path& path);

/// Where the links of a name lead: the file that is written.
std::filesystem::path output_target(const std::filesystem::path& path);

/// Syncs a folder, so that what was renamed into it survives a loss of power.
Result<void> sync_folder(const std::filesystem::path& folder);

}  // namespace plumbline

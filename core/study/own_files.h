#pragma once
#include <filesystem>
#include <utility>
#include <vector>

#include "core/types/error.h"

/// Files that a study has made itself. A damaged or hostile study can name others.
namespace plumbline {

/// Whether the path below the study's folder leads to something in a folder of the study, and not
/// elsewhere by dots or by a link to a folder; a link in the last place is itself the study's.
bool is_own_file(const std::filesystem::path& study, const std::filesystem::path& below);

/// A file below the study's folder, and what it is to be called.
using FileRenaming = std::pair<std::filesystem::path, std::filesystem::path>;

/// Files on their way to other names, so that a process that ends at any moment leaves each of them
/// whole below its old name, its new one or both: they have both until keep() takes the old ones
/// away. Without keep() the new ones go.
class RenamedFiles {
 public:
  /// Gives the files their further names, as hard links, or as copies where the file system has no
  /// links. Errors: a file is not the study's own; another file has the name.
  static Result<RenamedFiles> begin(const std::filesystem::path& study,
                                    const std::vector<FileRenaming>& moves);
  RenamedFiles(RenamedFiles&& other) noexcept : added_(std::exchange(other.added_, {})) {}
  RenamedFiles& operator=(RenamedFiles&&) = delete;
  ~RenamedFiles();

  void keep();

 private:
  RenamedFiles() = default;
  std::vector<FileRenaming> added_;  ///< whole paths
};

}  // namespace plumbline

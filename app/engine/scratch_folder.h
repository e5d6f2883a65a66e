#pragma once
#include <filesystem>
#include <string_view>

#include "core/types/error.h"

namespace plumbline {

/// A folder of this process alone below the temporary one, which goes with it.
class ScratchFolder {
 public:
  /// `purpose` is in its name: plumbline-PURPOSE-XXXXXX. Errors (device): it cannot be made.
  static Result<ScratchFolder> make(std::string_view purpose);
  ScratchFolder(ScratchFolder&& other) noexcept;
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// From now on libraries that need a temporary file make it in this folder, which is made if it is
/// absent.
void use_as_temporary(const std::filesystem::path& folder);

}  // namespace plumbline

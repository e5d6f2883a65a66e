#include "app/engine/scratch_folder.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace plumbline {

namespace fs = std::filesystem;

Result<ScratchFolder> ScratchFolder::make(std::string_view purpose) {
  std::error_code code;
  std::string pattern =
      (fs::temp_directory_path(code) / fmt::format("plumbline-{}-XXXXXX", purpose)).string();
  if (code || ::mkdtemp(pattern.data()) == nullptr)
    return fail(ErrorKind::device, "no temporary folder can be made", pattern,
                "set TMPDIR to a folder that can be written");
  return ScratchFolder(std::move(pattern));
}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept : path_(std::move(other.path_)) {
  other.path_.clear();
}

ScratchFolder::~ScratchFolder() {
  std::error_code code;
  if (!path_.empty()) fs::remove_all(path_, code);
}

void use_as_temporary(const fs::path& folder) {
  std::error_code code;
  const fs::path temporary = fs::absolute(folder, code);
  fs::create_directories(temporary, code);
  if (code) {
    fmt::print(stderr, "warning: the folder for temporary files, {}, cannot be made: {}\n",
               temporary.string(), code.message());
    return;
  }
  for (const char* name : {"TMPDIR", "SQLITE_TMPDIR"}) ::setenv(name, temporary.c_str(), 1);
}

}  // namespace plumbline

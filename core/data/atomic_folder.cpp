#include "core/data/atomic_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include "core/data/atomic_file.h"

namespace plumbline {

namespace fs = std::filesystem;

Result<void> write_folder_atomically(const fs::path& path,
                                     const std::function<Result<void>(const fs::path&)>& fill) {
  std::error_code code;
  const fs::path target = fs::absolute(path, code).lexically_normal();
  if (fs::exists(fs::symlink_status(target, code)))
    return bad_input("something of this name already exists", path.string(),
                     "remove it, or choose another name");
  if (!fs::is_directory(target.parent_path(), code))
    return bad_input("there is no such folder", target.parent_path().string());
  fs::path part = target;
  part += fmt::format(".{}.tmp", ::getpid());
  fs::create_directory(part, code);
  if (code) return bad_input("cannot be made: " + code.message(), part.string());
  const auto write_all = [&]() -> Result<void> {
    TRY(fill(part));
    fs::rename(part, target, code);
    if (code) return bad_input("cannot be renamed: " + code.message(), target.string());
    return sync_folder(target.parent_path());
  };
  auto written = write_all();
  if (!written) fs::remove_all(part, code);
  return written;
}

}  // namespace plumbline

#include "core/study/own_files.h"

namespace plumbline {

namespace fs = std::filesystem;

bool is_own_file(const fs::path& study, const fs::path& below) {
  const fs::path plain = below.lexically_normal();
  if (plain.is_absolute() || plain.parent_path().empty() || !plain.has_filename()) return false;
  std::error_code no_root, no_parent;
  const fs::path root = fs::weakly_canonical(study, no_root);
  const fs::path parent = fs::weakly_canonical(root / plain.parent_path(), no_parent);
  if (no_root || no_parent) return false;
  const fs::path from_root = parent.lexically_relative(root);
  return !from_root.empty() && *from_root.begin() != ".." && from_root != ".";
}

Result<RenamedFiles> RenamedFiles::begin(const fs::path& study,
                                         const std::vector<FileRenaming>& moves) {
  RenamedFiles files;
  for (const auto& [below, to_below] : moves) {
    for (const fs::path& path : {below, to_below})
      if (!is_own_file(study, path))
        return bad_input("leads out of the study's folder", (study / path).string(),
                         "the study names a file that is not its own; nothing was renamed");
    const fs::path from = study / below.lexically_normal(),
                   to = study / to_below.lexically_normal();
    std::error_code code;
    // The same file is what was left by an attempt that ended in between.
    const auto there = fs::symlink_status(to, code);
    if (fs::exists(there)) {
      const bool is_left = !fs::is_symlink(there) &&
                           fs::is_regular_file(fs::symlink_status(from, code)) &&
                           fs::equivalent(from, to, code) &&
                           // Two names, not one name that is written in two ways.
                           fs::hard_link_count(from, code) > 1;
      if (!is_left)
        return bad_input("a file of this name is in the way", to.string(),
                         "remove it, or choose another name");
      files.added_.emplace_back(from, to);
      continue;
    }
    fs::create_directories(to.parent_path(), code);
    fs::create_hard_link(from, to, code);
    std::error_code unread;
    if (code && code != std::errc::file_exists &&
        fs::is_regular_file(fs::symlink_status(from, unread))) {
      code.clear();
      fs::copy_file(from, to, code);
      // A part of a copy is of no use to anybody.
      if (code && code != std::errc::file_exists) files.added_.emplace_back(from, to);
    }
    if (code) return fail(ErrorKind::device, "cannot be renamed: " + code.message(), from.string());
    files.added_.emplace_back(from, to);
  }
  return files;
}

void RenamedFiles::keep() {
  for (const auto& [from, to] : added_) {
    std::error_code code;
    fs::remove(from, code);
  }
  added_.clear();
}

RenamedFiles::~RenamedFiles() {
  for (const auto& [from, to] : added_) {
    std::error_code code;
    fs::remove(to, code);
  }
}

}  // namespace plumbline

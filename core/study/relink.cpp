#include "core/study/relink.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/data/hash.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t hashed_images = 1000;

/// Where a path lies after the move; empty where it does not lie below `from`.
fs::path moved_path(const fs::path& path, const fs::path& from, const fs::path& to) {
  const fs::path below = path.lexically_normal().lexically_relative(from);
  if (below.empty() || *below.begin() == "..") return {};
  return below == "." ? to : to / below;
}

fs::path tidy_path(const fs::path& path) {
  std::error_code code;
  fs::path absolute = fs::absolute(path, code).lexically_normal();
  // "a/b/" has an empty last part, which nothing is relative to.
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

tl::unexpected<Error> not_the_same(std::string message, const fs::path& path) {
  return bad_input(std::move(message), path.string(), "nothing was changed in the study");
}

Result<void> check_moved_size(const fs::path& path, std::uint64_t size) {
  std::error_code code;
  if (!fs::is_regular_file(path, code)) return not_the_same("does not exist", path);
  const auto found = fs::file_size(path, code);
  if (!code && found == size) return {};
  return not_the_same(fmt::format("has {} bytes, but had {} when it was imported", found, size),
                      path);
}

Result<void> check_moved_hash(const fs::path& path, const std::string& expected) {
  const auto hash = hash_file(path);
  TRY(hash);
  if (*hash == expected) return {};
  return not_the_same("is not the file that was imported", path);
}

struct FileMove {
  OutsideFile file;
  fs::path to;
  std::vector<ImportedImage> images;  ///< of a folder
};

class MoveChecker {
 public:
  MoveChecker(std::int64_t total, const RelinkProgress& progress)
      : total_(total), progress_(progress) {}

  Result<void> check(const FileMove& move) {
    const OutsideFile& file = move.file;
    if (!move.images.empty()) return check_images(move);
    if (file.kind == OutsideFile::Kind::source && file.hash.empty()) return step();
    if (file.size > 0) TRY(check_moved_size(move.to, file.size));
    TRY(check_moved_hash(move.to, file.hash));
    return step();
  }

 private:
  Result<void> check_images(const FileMove& move) {
    const std::size_t every = std::max<std::size_t>(1, move.images.size() / hashed_images);
    for (std::size_t i = 0; i < move.images.size(); ++i) {
      const ImportedImage& image = move.images[i];
      TRY(check_moved_size(move.to / image.name, image.size));
      if (i % every == 0) TRY(check_moved_hash(move.to / image.name, image.hash));
      TRY(step());
    }
    return {};
  }

  Result<void> step() {
    ++done_;
    if (!progress_ || !progress_(done_, total_)) return {};
    return fail(ErrorKind::cancelled, "cancelled; nothing was changed in the study");
  }

  std::int64_t done_ = 0, total_;
  const RelinkProgress& progress_;
};

}  // namespace

Result<Relinked> relink(Study& study, const fs::path& from, const fs::path& to,
                        const RelinkProgress& progress) {
  const auto files = study.outside_files();
  TRY(files);
  const fs::path old_place = tidy_path(from), new_place = tidy_path(to);
  std::vector<FileMove> moves;
  Relinked result;
  for (const OutsideFile& file : *files) {
    const fs::path target = moved_path(file.path, old_place, new_place);
    if (target.empty()) continue;
    FileMove move{file, target, {}};
    if (file.kind == OutsideFile::Kind::source && file.hash.empty()) {
      auto images = study.images_of(file.id);
      TRY(images);
      move.images = std::move(*images);
    }
    result.files += std::max<std::int64_t>(1, static_cast<std::int64_t>(move.images.size()));
    if (std::ranges::find(result.owners, file.owner) == result.owners.end())
      result.owners.push_back(file.owner);
    moves.push_back(std::move(move));
  }
  if (moves.empty())
    return bad_input("no file of the study is there", old_place.string(),
                     "plumbline-engine usage lists where its files are");
  MoveChecker checker(result.files, progress);
  std::vector<std::pair<OutsideFile, fs::path>> notes;
  for (FileMove& move : moves) {
    TRY(checker.check(move));
    notes.emplace_back(std::move(move.file), std::move(move.to));
  }
  TRY(study.move_files(notes));
  return result;
}

}  // namespace plumbline

#include "core/study/study_usage.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <utility>

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// Rows of each model in each prediction file.
using RowsByModel = std::map<std::string, std::map<std::string, std::int64_t>>;

Result<RowsByModel> rows_by_model(const Study& study) {
  RowsByModel files;
  const auto sets = study.all_prediction_sets();
  TRY(sets);
  for (const PredictionSet& set : *sets) {
    const auto rows = study.shard_rows(set.id);
    TRY(rows);
    for (const ShardRow& row : *rows) ++files[row.shard.file.string()][set.key.model];
  }
  return files;
}

class UsageSum {
 public:
  explicit UsageSum(RowsByModel rows) : rows_(std::move(rows)) {}

  void add(const fs::path& below, std::uint64_t bytes) {
    const std::string top = below.begin()->string();
    const std::string file = below.filename().string();
    const bool in_folder = std::next(below.begin()) != below.end();
    if (!in_folder)
      return add(top.starts_with("study.sqlite") ? "database" : "other", "", 1, bytes);
    if (top == "predictions") return add_predictions(file, bytes);
    if (top == "searches") return add("searches", std::next(below.begin())->string(), 1, bytes);
    // NAME.safetensors and, where its tokens are words, NAME.words.
    if (top == "networks") return add(top, below.stem().string(), 1, bytes);
    for (const char* known : {"models", "checkpoints", "jobs", "cache"})
      if (top == known) return add(top, "", 1, bytes);
    add("other", "", 1, bytes);
  }

  std::vector<UsageEntry> entries() const {
    std::vector<UsageEntry> all;
    for (const auto& [key, entry] : entries_) all.push_back(entry);
    std::ranges::stable_sort(all, std::greater(), &UsageEntry::bytes);
    return all;
  }

 private:
  void add(const std::string& what, const std::string& name, std::int64_t files,
           std::uint64_t bytes) {
    UsageEntry& entry = entries_[{what, name}];
    entry.what = what;
    entry.name = name;
    entry.files += files;
    entry.bytes += bytes;
  }

  void add_predictions(const std::string& file, std::uint64_t bytes) {
    const auto found = rows_.find(file);
    if (found == rows_.end()) return add("unnamed predictions", "", 1, bytes);
    std::int64_t rows = 0;
    for (const auto& [model, count] : found->second) rows += count;
    // What division leaves over is the last one's, so that the sum is the file.
    std::uint64_t rest = bytes;
    for (auto model = found->second.begin(); model != found->second.end(); ++model) {
      const bool last = std::next(model) == found->second.end();
      const std::uint64_t share = last ? rest
                                       : bytes / static_cast<std::uint64_t>(rows) *
                                             static_cast<std::uint64_t>(model->second);
      add("predictions", model->first, 1, share);
      rest -= share;
    }
  }

  RowsByModel rows_;
  std::map<std::pair<std::string, std::string>, UsageEntry> entries_;
};

Result<std::vector<OutsideUsage>> outside_usage(const Study& study) {
  const auto files = study.outside_files();
  TRY(files);
  std::vector<OutsideUsage> all;
  for (const OutsideFile& file : *files) {
    std::error_code code;
    OutsideUsage usage{file.owner, file.path.string(), file.size, fs::exists(file.path, code)};
    if (file.kind == OutsideFile::Kind::source && file.hash.empty()) {
      const auto images = study.images_of(file.id);
      TRY(images);
      usage.bytes = std::accumulate(
          images->begin(), images->end(), std::uint64_t{0},
          [](std::uint64_t sum, const ImportedImage& image) { return sum + image.size; });
    } else if (file.size == 0 && usage.there) {
      const auto size = fs::file_size(file.path, code);
      if (!code) usage.bytes = size;
    }
    all.push_back(std::move(usage));
  }
  return all;
}

}  // namespace

Result<StudyUsage> study_usage(const Study& study) {
  auto rows = rows_by_model(study);
  TRY(rows);
  UsageSum sum(std::move(*rows));
  StudyUsage usage;
  std::error_code code;
  const fs::path folder = study.folder();
  for (auto file = fs::recursive_directory_iterator(folder, code);
       !code && file != fs::recursive_directory_iterator(); file.increment(code)) {
    // Links are not followed: what they lead to is not the study's.
    std::error_code gone;
    if (file->is_symlink(gone) || !file->is_regular_file(gone)) continue;
    const auto bytes = file->file_size(gone);
    if (gone) continue;  // a job has removed it in the meantime
    usage.bytes += bytes;
    sum.add(file->path().lexically_relative(folder), bytes);
  }
  if (code) return bad_input("cannot be read: " + code.message(), folder.string());
  usage.entries = sum.entries();
  auto outside = outside_usage(study);
  TRY(outside);
  usage.outside = std::move(*outside);
  return usage;
}

}  // namespace plumbline

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <tuple>

#include "core/data/dataset_scan.h"
#include "core/data/file_handle.h"
#include "core/data/hash.h"
#include "core/data/image.h"
#include "core/data/image_list.h"
#include "core/data/image_notes.h"
#include "core/data/utf8.h"
#include "core/types/threads.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_file_bytes = std::uint64_t{1} << 30;
constexpr int max_depth = 64;

/// Collects the files of one data set, by name alone.
class Walk {
 public:
  Walk(fs::path root, DatasetScan& scan, const ScanProgress& progress)
      : root_(std::move(root)), scan_(scan), progress_(progress) {}

  Result<void> run() {
    std::error_code code;
    canonical_root_ = fs::canonical(root_, code);
    if (code) return bad_input("cannot be opened: " + code.message(), root_.string());
    if (!fs::is_directory(canonical_root_)) return bad_input("is not a folder", root_.string());

    std::vector<std::string> classes;
    std::size_t loose = 0;
    const bool listed = list(root_, "", [&](const fs::directory_entry& entry, std::string name) {
      if (is_folder(entry, name)) {
        classes.push_back(std::move(name));
      } else {
        loose += has_image_suffix(name) ? 1 : 0;
      }
    });
    if (!listed) {
      return bad_input("cannot be read: " + scan_.warnings.back().message, root_.string());
    }
    if (classes.empty()) {
      return bad_input("has no sub-folder", root_.string(),
                       "an image folder has one sub-folder per class");
    }
    if (classes.size() > static_cast<std::size_t>(max_classes)) {
      return bad_input(
          fmt::format("has {} sub-folders, more than {} classes", classes.size(), max_classes),
          root_.string());
    }
    if (loose > 0) {
      warn(root_.string(),
           fmt::format("images outside the folders of classes; left out: {}", loose));
    }
    std::sort(classes.begin(), classes.end());
    for (std::size_t i = 0; i < classes.size(); ++i) {
      descend(classes[i], static_cast<ClassIndex>(i), 1);
      if (cancelled_) return fail(ErrorKind::cancelled, "cancelled", root_.string());
    }
    scan_.classes = std::move(classes);
    std::sort(scan_.samples.begin(), scan_.samples.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return {};
  }

 private:
  void warn(std::string where, std::string message) {
    scan_.warnings.push_back({std::move(where), std::move(message)});
  }

  /// Calls `use(entry, name)` for what is in a folder and is neither hidden, nor misnamed, nor a
  /// folder that a system put there.
  template <class Use>
  bool list(const fs::path& folder, const std::string& below, Use use) {
    std::error_code code;
    fs::directory_iterator entries(folder, code);
    for (; !code && entries != fs::directory_iterator(); entries.increment(code)) {
      std::string name = entries->path().filename().string();
      if (name.starts_with('.')) continue;
      if (!is_utf8(name)) {
        warn(below + escaped(name), "the name is not UTF-8; left out");
        continue;
      }
      std::error_code unknown;
      if (is_system_folder(name) && entries->is_directory(unknown)) {
        warn(below + name, "is a folder that an operating system made, not a class; left out");
        continue;
      }
      use(*entries, below + name);
    }
    if (code) warn(below.empty() ? root_.string() : below, code.message());
    return !code;
  }

  /// Whether it is a real folder; a link to one is not followed, since it leads out of the data set
  /// or
  /// to what is seen anyway.
  bool is_folder(const fs::directory_entry& entry, const std::string& name) {
    std::error_code code;
    if (!entry.is_directory(code)) return false;
    if (entry.is_symlink(code)) {
      warn(name, "is a link to a folder; it is not followed");
      return false;
    }
    return true;
  }

  bool stays_inside(const fs::path& link) const {
    std::error_code code;
    const fs::path target = fs::canonical(link, code);
    if (code) return false;
    const auto [root_end, unused] =
        std::mismatch(canonical_root_.begin(), canonical_root_.end(), target.begin(), target.end());
    return root_end == canonical_root_.end();
  }

  void descend(const std::string& below, ClassIndex label, int depth) {
    if (depth > max_depth) {
      warn(below, "is nested too deeply; left out");
      return;
    }
    std::vector<std::string> folders;
    list(root_ / below, below + '/', [&](const fs::directory_entry& entry, std::string name) {
      if (cancelled_) return;
      std::error_code code;
      if (is_folder(entry, name)) {
        folders.push_back(std::move(name));
      } else if (entry.is_symlink(code) && !entry.is_directory(code) &&
                 !stays_inside(entry.path())) {
        warn(name, "is a link that leads out of the folder, or nowhere; it is not followed");
      } else if (entry.is_regular_file(code)) {
        ScannedSample sample;
        sample.name = std::move(name);
        sample.label = label;
        scan_.samples.push_back(std::move(sample));
        if (progress_ && scan_.samples.size() % 4096 == 0) cancelled_ = !progress_(0, 0);
      }
    });
    for (const std::string& folder : folders) {
      if (!cancelled_) descend(folder, label, depth + 1);
    }
  }

  fs::path root_, canonical_root_;
  DatasetScan& scan_;
  const ScanProgress& progress_;
  bool cancelled_ = false;
};

enum class Verdict : std::uint8_t { unseen, good, broken, no_image };

/// Decodes every file once, on all cores. Each worker writes only to its own samples, so that the
/// result does not depend on who did what.
class Check {
 public:
  Check(const fs::path& root, DatasetScan& scan)
      : root_(root),
        scan_(scan),
        verdicts_(scan.samples.size(), Verdict::unseen),
        notes_(scan.samples.size()) {}

  Result<void> run(const ScanProgress& progress) {
    const auto total = static_cast<std::int64_t>(scan_.samples.size());
    {
      const auto body = [this] { work(); };
      const auto workers = start_threads(core_count(), body);
      if (workers.empty()) work();
      std::unique_lock lock(mutex_);
      while (finished_ < workers.size()) {
        changed_.wait_for(lock, std::chrono::milliseconds(100));
        lock.unlock();
        if (progress && !stop_ && !progress(done_, total)) stop_ = cancelled_ = true;
        lock.lock();
      }
    }
    if (fatal_) return tl::unexpected(std::move(*fatal_));
    if (progress && !cancelled_) cancelled_ = !progress(total, total);
    if (cancelled_) return fail(ErrorKind::cancelled, "cancelled", root_.string());
    for (auto& [index, message] : broken_) {
      scan_.warnings.push_back({scan_.samples[index].name, std::move(message)});
    }
    add_notes();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < scan_.samples.size(); ++i) {
      if (verdicts_[i] != Verdict::good) continue;
      if (kept != i) scan_.samples[kept] = std::move(scan_.samples[i]);
      ++kept;
    }
    scan_.samples.resize(kept);
    return {};
  }

 private:
  void add_notes() {
    std::vector<ImageNote> notes;
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < notes_.size(); ++i) {
      if (!notes_[i].any() || verdicts_[i] != Verdict::good) continue;
      notes.push_back(notes_[i]);
      names.emplace_back(scan_.samples[i].name);
    }
    std::ranges::move(warnings_of(notes, names), std::back_inserter(scan_.warnings));
  }

  void work() {
    try {
      for (std::size_t i; !stop_ && (i = next_.fetch_add(1)) < scan_.samples.size();) {
        verdicts_[i] = check(i);
        ++done_;
      }
    } catch (const std::bad_alloc&) {
      give_up(Error{ErrorKind::device, "out of memory", root_.string(), ""});
    }
    const std::lock_guard lock(mutex_);
    ++finished_;
    changed_.notify_one();
  }

  Verdict check(std::size_t index) {
    ScannedSample& sample = scan_.samples[index];
    const auto content = read_whole_file(root_ / sample.name, max_file_bytes);
    if (!content) return broken(index, content.error());
    if (image_encoding(*content) == ImageEncoding::not_an_image && !has_image_suffix(sample.name)) {
      return Verdict::no_image;
    }
    // At an eighth of its size where the decoder can: every bit of the file is read all the same.
    const auto image = decode_image(*content, sample.name, 1);
    if (!image) return broken(index, image.error());
    notes_[index] = note_of(*image);
    // A small picture of it may be of one colour where the image is not.
    if (notes_[index].one_colour && image->reduction > 1)
      if (const auto whole = decode_image(*content, sample.name)) notes_[index] = note_of(*whole);
    sample.size = content->size();
    sample.hash = hash_bytes(*content);
    return Verdict::good;
  }

  Verdict broken(std::size_t index, const Error& error) {
    if (error.kind == ErrorKind::device) {
      give_up(error);
    } else {
      const std::lock_guard lock(mutex_);
      broken_.emplace(index, error.message);
    }
    return Verdict::broken;
  }

  /// The machine failed, not the file: going on would lose good samples.
  void give_up(Error error) {
    const std::lock_guard lock(mutex_);
    if (!fatal_) fatal_ = std::move(error);
    stop_ = true;
  }

  const fs::path& root_;
  DatasetScan& scan_;
  std::vector<Verdict> verdicts_;
  std::vector<ImageNote> notes_;  ///< by sample
  std::atomic<std::size_t> next_{0};
  std::atomic<std::int64_t> done_{0};
  std::atomic<bool> stop_{false};
  bool cancelled_ = false;
  std::mutex mutex_;  ///< guards all below
  std::condition_variable changed_;
  std::size_t finished_ = 0;
  std::map<std::size_t, std::string> broken_;
  std::optional<Error> fatal_;
};

}  // namespace

Result<DatasetScan> scan_image_folder(const fs::path& folder, const ScanProgress& progress) {
  try {
    DatasetScan scan;
    scan.format = DatasetFormat::image_folder;
    fs::path root = fs::absolute(folder).lexically_normal();
    if (!root.has_filename()) root = root.parent_path();  // "photos/" is "photos"
    scan.sources.push_back({root, 0, ""});
    if (auto walked = Walk(root, scan, progress).run(); !walked) {
      return tl::unexpected(std::move(walked.error()));
    }
    if (auto checked = Check(root, scan).run(progress); !checked) {
      return tl::unexpected(std::move(checked.error()));
    }
    if (scan.samples.empty()) {
      return bad_input("contains no image that can be decoded", root.string(),
                       scan.warnings.empty()
                           ? ""
                           : scan.warnings.front().where + ": " + scan.warnings.front().message);
    }
    std::vector<bool> used(scan.classes.size());
    for (const auto& sample : scan.samples) used[sample.label] = true;
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (!used[i]) scan.warnings.push_back({scan.classes[i], "the class has no image"});
    }
    std::sort(scan.warnings.begin(), scan.warnings.end(), [](const auto& a, const auto& b) {
      return std::tie(a.where, a.message) < std::tie(b.where, b.message);
    });
    return scan;
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "out of memory", folder.string());
  } catch (const fs::filesystem_error& error) {
    return bad_input(error.code().message(), folder.string());
  }
}

}  // namespace plumbline

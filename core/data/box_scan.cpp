#include "core/data/box_scan.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "core/data/coco_json.h"
#include "core/data/exif.h"
#include "core/data/file_handle.h"
#include "core/data/hash.h"
#include "core/data/image.h"
#include "core/data/odd_entries.h"
#include "core/data/utf8.h"
#include "core/types/threads.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_image_file = 1U << 30;
constexpr std::size_t most_image_files = 1U << 28;

bool has_image_ending(const fs::path& file) {
  std::string ending = file.extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::array<std::string_view, 9> endings = {".jpg",  ".jpeg", ".png", ".bmp", ".tif",
                                                       ".tiff", ".webp", ".jp2", ".gif"};
  return std::ranges::find(endings, ending) != endings.end();
}

/// Names come from a file that may be anybody's: none may lead out of the folder.
bool leads_elsewhere(const fs::path& name) {
  return name.empty() || name.is_absolute() ||
         std::ranges::any_of(name, [](const fs::path& part) { return part == ".."; });
}

/// The orientation that a JPEG file has in its EXIF block, which is within its first bytes.
int stored_orientation(std::span<const std::byte> content) {
  constexpr std::string_view mark{"Exif\0\0", 6};
  const std::string_view text(reinterpret_cast<const char*>(content.data()),
                              std::min<std::size_t>(content.size(), 1U << 17));
  const auto place = text.find(mark);
  return place == text.npos ? 1 : exif_orientation(content.subspan(place + mark.size()));
}

/// What was found of one image.
struct CheckedImage {
  std::string file;  ///< below the folder
  std::uint64_t size = 0;
  std::string hash, problem;
  int width = 0, height = 0;  ///< upright
  int orientation = 1;
};

CheckedImage check_image(const fs::path& root, const std::string& named) {
  CheckedImage checked;
  if (leads_elsewhere(named) || !is_utf8(named)) {
    checked.problem = "the name leads out of the folder";
    return checked;
  }
  std::error_code code;
  fs::path name = named;
  // COCO's own files say "a.jpg", others "train2017/a.jpg" of the same folder.
  if (!fs::exists(root / name, code)) name = name.filename();
  checked.file = name.generic_string();
  const auto content = read_whole_file(root / name, largest_image_file);
  const auto image =
      content ? decode_image(*content, checked.file) : tl::unexpected(content.error());
  if (!image) {
    checked.problem = image.error().message;
    return checked;
  }
  checked.size = content->size();
  checked.hash = hash_bytes(*content);
  checked.width = image->width;
  checked.height = image->height;
  checked.orientation = stored_orientation(*content);
  return checked;
}

/// Checks all images, each by whoever is free; the result does not depend on who did what.
Result<std::vector<CheckedImage>> check_images(const fs::path& root, const BoxDataset& data,
                                               const ScanProgress& progress) {
  const std::size_t total = data.images.size();
  std::vector<CheckedImage> checked(total);
  std::atomic<std::size_t> next = 0, done = 0;
  std::atomic<bool> stop = false;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t finished = 0;
  const auto body = [&] {
    for (std::size_t i; !stop && (i = next.fetch_add(1)) < total; ++done) {
      try {
        checked[i] = check_image(root, data.images[i].file);
      } catch (const std::exception& error) {
        checked[i].problem = error.what();
      }
    }
    const std::lock_guard lock(mutex);
    ++finished;
    changed.notify_one();
  };
  {
    const auto workers = start_threads(core_count(), body);
    if (workers.empty()) body();
    std::unique_lock lock(mutex);
    while (finished < workers.size()) {
      changed.wait_for(lock, std::chrono::milliseconds(100));
      lock.unlock();
      if (progress && !stop &&
          !progress(static_cast<std::int64_t>(done), static_cast<std::int64_t>(total)))
        stop = true;
      lock.lock();
    }
  }
  if (stop) return fail(ErrorKind::cancelled, "cancelled", root.string());
  return checked;
}

/// A box of the image as it is stored, in the upright one. Orientations 5 to 8 exchange the sides.
PixelBox turned_upright(const PixelBox& box, int orientation, double width, double height) {
  const PixelBox b = upright(box);
  const double x = orientation == 5 || orientation == 8 ? b.y : height - b.bottom();
  const double y = orientation == 5 || orientation == 6 ? b.x : width - b.right();
  return {x, y, b.height, b.width};
}

/// Puts boxes into pixels of the upright images and drops images that were not read.
class BoxPlacer {
 public:
  BoxPlacer(BoxDataset& data, std::vector<CheckedImage>& checked, bool fractions)
      : data_(data), checked_(checked), fractions_(fractions) {}

  void place(DatasetScan& scan) {
    std::vector<std::int32_t> place_of(data_.images.size(), -1);
    std::vector<BoxImage> kept;
    for (std::size_t i = 0; i < checked_.size(); ++i) {
      CheckedImage& image = checked_[i];
      if (!image.problem.empty()) {
        scan.warnings.push_back({data_.images[i].file, image.problem});
        continue;
      }
      place_of[i] = static_cast<std::int32_t>(kept.size());
      kept.push_back(data_.images[i]);
      frame(kept.back(), image);
      ScannedSample sample;
      sample.name = image.file;
      sample.size = image.size;
      sample.hash = std::move(image.hash);
      scan.samples.push_back(std::move(sample));
    }
    std::size_t count = 0;
    for (TruthBox& box : data_.boxes) {
      const auto image = static_cast<std::size_t>(box.image);
      if (place_of[image] < 0) {
        odd_.count("objects of images that could not be read; left out", data_.images[image].file);
        continue;
      }
      move(box, image);
      box.image = place_of[image];
      data_.boxes[count++] = std::move(box);
    }
    data_.boxes.resize(count);
    data_.images = std::move(kept);
    for (const std::string& note : data_.notes) scan.warnings.push_back({"boxes", note});
    for (const std::string& note : odd_.lines()) scan.warnings.push_back({"boxes", note});
  }

 private:
  /// Holds the size that the file says against the image's, which replaces it.
  void frame(BoxImage& said, CheckedImage& image) {
    const bool is_turned = image.orientation >= 5 && image.orientation <= 8;
    const bool fits = said.width == image.width && said.height == image.height;
    const bool fits_stored = said.width == image.height && said.height == image.width;
    const bool is_said = said.width > 0 && said.height > 0;
    if (is_said && !fits && fits_stored && is_turned) {
      odd_.count("images whose size is that before the EXIF rotation; their boxes are rotated",
                 image.file);
    } else {
      if (is_said && !fits)
        odd_.count("images whose size is not what the file says; their boxes are kept as they are",
                   fmt::format("{}: {} × {}, not {} × {}", image.file, image.width, image.height,
                               said.width, said.height));
      image.orientation = 1;
    }
    said.width = image.width;
    said.height = image.height;
  }

  void move(TruthBox& box, std::size_t image) const {
    const CheckedImage& checked = checked_[image];
    const double width = checked.width, height = checked.height;
    if (fractions_) {
      box.box = {box.box.x * width, box.box.y * height, box.box.width * width,
                 box.box.height * height};
      box.area = box.box.width * box.box.height;
    } else if (checked.orientation != 1) {
      box.box = turned_upright(box.box, checked.orientation, height, width);
    }
  }

  BoxDataset& data_;
  std::vector<CheckedImage>& checked_;
  bool fractions_;
  OddEntries odd_;
};

Result<BoxSource> read_source(DatasetFormat format, const BoxScanRequest& request,
                              const ScanProgress& progress) {
  if (format == DatasetFormat::yolo) return read_yolo(request);
  if (format == DatasetFormat::voc) return read_voc(request);
  if (request.labels.empty())
    return usage_error("COCO's instances JSON is needed", "--labels",
                       "--images is the images' folder");
  auto data = read_coco_truth(
      request.labels, {.segmentation = true, .progress = progress, .scratch = request.scratch});
  TRY(data);
  return BoxSource{std::move(*data), request.images};
}

}  // namespace

Result<std::vector<std::string>> image_files_below(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code code;
  fs::recursive_directory_iterator entries(folder, code);
  for (; !code && entries != fs::recursive_directory_iterator(); entries.increment(code)) {
    if (files.size() >= most_image_files || entries.depth() > 64) break;
    std::error_code ignored;
    if (entries->is_regular_file(ignored) && has_image_ending(entries->path()))
      files.push_back(entries->path().lexically_relative(folder).generic_string());
  }
  if (code) return bad_input("cannot be read: " + code.message(), folder.string());
  if (files.empty()) return bad_input("contains no image", folder.string());
  std::ranges::sort(files);
  return files;
}

Result<DatasetScan> scan_boxes(DatasetFormat format, const BoxScanRequest& request,
                               const ScanProgress& progress) {
  try {
    auto source = read_source(format, request, progress);
    TRY(source);
    fs::path root = fs::absolute(source->root).lexically_normal();
    if (!root.has_filename()) root = root.parent_path();
    std::error_code code;
    if (!fs::is_directory(root, code)) return bad_input("is not a folder", root.string());
    auto checked = check_images(root, source->data, progress);
    TRY(checked);
    DatasetScan scan;
    scan.format = format;
    scan.sources.push_back({root, 0, ""});
    BoxPlacer(source->data, *checked, format == DatasetFormat::yolo).place(scan);
    if (scan.samples.empty())
      return bad_input("contains no image that can be decoded", root.string(),
                       scan.warnings.empty()
                           ? ""
                           : scan.warnings.front().where + ": " + scan.warnings.front().message);
    for (const BoxCategory& category : source->data.categories)
      scan.classes.push_back(category.name);
    scan.boxes = std::make_shared<const BoxDataset>(std::move(source->data));
    return scan;
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "out of memory", request.images.string());
  } catch (const fs::filesystem_error& error) {
    return bad_input(error.code().message(), request.images.string());
  }
}

}  // namespace plumbline

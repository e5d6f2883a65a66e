#include "core/data/dataset_paths.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace plumbline {

namespace {

namespace fs = std::filesystem;

enum class PathKind { file, folder };

/// What an option has to name: "an IDX file", and how it is called.
struct WantedPath {
  PathKind kind{};
  std::string_view what, example;
};

struct WantedPaths {
  WantedPath images, labels;
};

constexpr WantedPath boxes_images = {PathKind::folder, "the images' folder", "FOLDER/val2017"};

/// In the order of DatasetFormat. An image folder has no labels, nor has CIFAR-10.
constexpr std::array<WantedPaths, 6> wanted_paths = {{
    {{PathKind::folder, "a folder with one sub-folder per class", "FOLDER"}, {}},
    {{PathKind::file, "an IDX file of images", "t10k-images-idx3-ubyte.gz"},
     {PathKind::file, "an IDX file of labels", "t10k-labels-idx1-ubyte.gz"}},
    {{PathKind::file, "a .bin file of CIFAR-10", "test_batch.bin"}, {}},
    {boxes_images, {PathKind::file, "COCO's instances JSON", "instances_val2017.json"}},
    {{PathKind::folder, "the images' folder, or data.yaml", "data.yaml"},
     {PathKind::file, "data.yaml, or a text file of the classes' names", "data.yaml"}},
    {boxes_images, {PathKind::folder, "VOC's folder Annotations", "FOLDER/Annotations"}},
}};
static_assert(wanted_paths.size() == static_cast<std::size_t>(DatasetFormat::voc) + 1);

Result<void> check_path(const fs::path& path, const WantedPath& wanted, const char* option) {
  std::error_code code;
  const bool is_folder = fs::is_directory(path, code);
  if (wanted.what.empty() || code || (!is_folder && !fs::is_regular_file(path, code))) return {};
  if (is_folder == (wanted.kind == PathKind::folder)) return {};
  return bad_input(
      fmt::format("is a {}; {} is {}", is_folder ? "folder" : "file", option, wanted.what),
      path.string(), fmt::format("{} {}", option, wanted.example));
}

}  // namespace

bool is_yaml_file(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

Result<void> check_dataset_paths(DatasetFormat format, const std::vector<fs::path>& images,
                                 const fs::path& labels) {
  const WantedPaths& wanted = wanted_paths[static_cast<std::size_t>(format)];
  for (const fs::path& path : images)
    if (format != DatasetFormat::yolo || !is_yaml_file(path))
      TRY(check_path(path, wanted.images, "--images"));
  if (labels.empty()) return {};
  return check_path(labels, wanted.labels, "--labels");
}

}  // namespace plumbline

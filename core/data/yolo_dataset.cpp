#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "core/data/box_scan.h"
#include "core/data/dataset_paths.h"
#include "core/data/file_handle.h"
#include "core/data/odd_entries.h"
#include "core/types/list_text.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_yaml = 1U << 20, largest_label_file = 64U << 20;
constexpr std::size_t most_yolo_classes = 65'535;

Result<std::string> text_of_file(const fs::path& file, std::uint64_t largest) {
  const auto content = read_whole_file(file, largest);
  TRY(content);
  return std::string(reinterpret_cast<const char*>(content->data()), content->size());
}

/// What data.yaml says: the classes' names, and where the part's images are.
struct YoloYaml {
  std::vector<std::string> names;
  fs::path images;  ///< empty where the file does not say
};

Result<YoloYaml> read_yolo_yaml(const fs::path& file, const std::string& split) {
  const auto text = text_of_file(file, largest_yaml);
  TRY(text);
  try {
    const YAML::Node root = YAML::Load(*text);
    YoloYaml yaml;
    const YAML::Node names = root["names"];
    if (names.IsSequence()) {
      for (const auto& name : names) yaml.names.push_back(name.as<std::string>());
    } else if (names.IsMap()) {
      for (const auto& entry : names) {
        const auto number = entry.first.as<std::int64_t>();
        if (number < 0 || number >= static_cast<std::int64_t>(most_yolo_classes))
          return bad_input(
              fmt::format("'names' has a class {}; classes are numbered from 0 to 65,534", number),
              file.string());
        if (std::ssize(yaml.names) <= number)
          yaml.names.resize(static_cast<std::size_t>(number) + 1);
        yaml.names[static_cast<std::size_t>(number)] = entry.second.as<std::string>();
      }
    }
    if (yaml.names.empty() || yaml.names.size() > most_yolo_classes)
      return bad_input("has no class names", file.string(), "names: [person, car]");
    for (std::size_t i = 0; i < yaml.names.size(); ++i)
      if (yaml.names[i].empty()) yaml.names[i] = fmt::format("{}", i);
    const YAML::Node part = root[split == "validation" ? "val" : split];
    if (part && part.IsScalar()) {
      fs::path base = root["path"] && root["path"].IsScalar()
                          ? fs::path(root["path"].as<std::string>())
                          : fs::path(".");
      std::error_code code;
      if (base.is_relative()) base = file.parent_path() / base;
      // A path of the machine where the file was written is not there: then beside the file.
      yaml.images = base / part.as<std::string>();
      if (!fs::exists(yaml.images, code)) yaml.images = file.parent_path() / part.as<std::string>();
    }
    return yaml;
  } catch (const YAML::Exception& error) {
    return bad_input(fmt::format("is not the YAML of a data.yaml: {}", error.what()),
                     file.string());
  }
}

/// ".../images/train" has its labels in ".../labels/train"; nothing where no part is "images".
std::optional<fs::path> beside_images(const fs::path& path) {
  std::vector<fs::path> parts(path.begin(), path.end());
  const auto last = std::find(parts.rbegin(), parts.rend(), fs::path("images"));
  if (last == parts.rend()) return std::nullopt;
  *last = "labels";
  fs::path labels;
  for (const fs::path& part : parts) labels /= part;
  return labels;
}

/// A label file lies where beside_images says, or beside the image.
std::optional<fs::path> label_file(const fs::path& image) {
  fs::path beside = image;
  beside.replace_extension(".txt");
  std::error_code code;
  if (auto file = beside_images(image)) {
    file->replace_extension(".txt");
    if (fs::is_regular_file(*file, code)) return file;
  }
  return fs::is_regular_file(beside, code) ? std::optional(beside) : std::nullopt;
}

/// Text files below a folder in byte order, as far as they can be listed.
std::vector<fs::path> text_files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code code;
  fs::recursive_directory_iterator entries(folder, code);
  for (; !code && entries != fs::recursive_directory_iterator(); entries.increment(code)) {
    if (entries.depth() > 64) break;
    std::error_code ignored;
    if (entries->path().extension() == ".txt" && entries->is_regular_file(ignored))
      files.push_back(entries->path());
  }
  std::ranges::sort(files);
  return files;
}

class YoloReader {
 public:
  Result<BoxSource> read(const BoxScanRequest& request) {
    BoxSource source;
    source.root = request.images;
    const bool images_by_yaml = is_yaml_file(request.images);
    const fs::path names_file = images_by_yaml ? request.images : request.labels;
    std::vector<std::string> names;
    if (is_yaml_file(names_file)) {
      auto yaml = read_yolo_yaml(names_file, request.split);
      TRY(yaml);
      names = std::move(yaml->names);
      if (images_by_yaml && yaml->images.empty())
        return bad_input(fmt::format("names no folder of images for the split '{}'", request.split),
                         names_file.string(), "--split names it: train, val or test");
      if (images_by_yaml) source.root = yaml->images;
    } else if (!names_file.empty()) {
      const auto text = text_of_file(names_file, largest_yaml);
      TRY(text);
      for (const std::string_view line : parts_between(*text, '\n'))
        if (!line.empty()) names.emplace_back(line);
    }
    if (names.empty())
      return usage_error("the classes' names are needed", "--labels",
                         "data.yaml, or a text file with one name per line");
    for (const std::string& name : names)
      source.data.categories.push_back({{std::ssize(source.data.categories), ""}, name});
    const auto files = image_files_below(source.root);
    TRY(files);
    const fs::path root = fs::absolute(source.root).lexically_normal();
    for (const std::string& file : *files) {
      const auto place = static_cast<std::int32_t>(source.data.images.size());
      BoxImage& image = source.data.images.emplace_back();
      image.id.text = image.file = file;
      image.position = place;
      const auto labels = label_file(root / file);
      if (!labels)
        odd_.count("images without a label file; taken for images without objects", file);
      else
        TRY(read_labels(*labels, place, source.data));
      if (labels) read_.insert(*labels);
    }
    count_orphans(root, fs::absolute(names_file).lexically_normal());
    source.data.notes = odd_.lines();
    return source;
  }

 private:
  /// Files of labels whose image is not there; a list of names is none. Beside images a text file
  /// may be anything: there it is one of labels only where others are.
  void count_orphans(const fs::path& root, const fs::path& names_file) {
    const auto apart = beside_images(root);
    std::error_code code;
    const bool lie_apart = apart && fs::is_directory(*apart, code);
    if (!lie_apart && read_.empty()) return;
    std::set<fs::path> holding;  // folders in which labels lie
    for (const fs::path& file : read_) holding.insert(file.parent_path());
    for (const fs::path& file : text_files_below(lie_apart ? *apart : root)) {
      const bool is_list = file == names_file || file.filename() == "classes.txt";
      const bool may_be_one = lie_apart || holding.contains(file.parent_path());
      if (may_be_one && !read_.contains(file) && !is_list)
        odd_.count("label files without an image; left out", file.string());
    }
  }

  Result<void> read_labels(const fs::path& file, std::int32_t image, BoxDataset& data) {
    const auto text = text_of_file(file, largest_label_file);
    TRY(text);
    int number = 0;
    for (const std::string_view line : parts_between(*text, '\n')) {  // trimmed: no \r is left
      ++number;
      if (line.empty()) continue;
      TRY(read_line(line, fmt::format("{}: line {}", file.string(), number), image, data));
    }
    return {};
  }

  Result<void> read_line(std::string_view line, const std::string& where, std::int32_t image,
                         BoxDataset& data) {
    std::vector<double> values;
    for (std::size_t begin = 0; begin < line.size();) {
      const auto end = std::min(line.find_first_of(" \t", begin), line.size());
      if (end > begin) {
        const auto value = parse_number(line.substr(begin, end - begin));
        if (!value)
          return bad_input(fmt::format("'{}' is not a number", line.substr(begin, end - begin)),
                           where);
        values.push_back(*value);
      }
      begin = end + 1;
    }
    if (values[0] != std::floor(values[0]) || values[0] < 0)
      return bad_input(
          fmt::format("there is no class {}: classes are whole numbers from 0", values[0]), where);
    TruthBox box;
    box.image = image;
    box.id = {std::ssize(data.boxes) + 1, ""};
    if (values.size() == 5 || values.size() == 6) {
      box.box = {values[1] - values[3] / 2, values[2] - values[4] / 2, values[3], values[4]};
      if (values.size() == 6) odd_.count("boxes with a sixth value, which is left out", where);
    } else if (values.size() >= 7 && values.size() % 2 == 1) {
      box.box = bounds_of(values);
      odd_.count("segmentation outlines; read as the boxes around them", where);
    } else {
      return bad_input(
          fmt::format("has {} values; a box has 5, an outline has a class and at least 3 points",
                      values.size()),
          where);
    }
    if (values[0] >= static_cast<double>(data.categories.size())) {
      odd_.count(fmt::format("objects of classes that are not listed (names has {}); left out",
                             data.categories.size()),
                 fmt::format("{}, class {}", where, values[0]));
      return {};
    }
    box.category = static_cast<std::int32_t>(values[0]);
    if (box.box.x < -1e-6 || box.box.y < -1e-6 || box.box.right() > 1 + 1e-6 ||
        box.box.bottom() > 1 + 1e-6)
      odd_.count("boxes that extend beyond their image; kept as they are", where);
    data.boxes.push_back(box);
    return {};
  }

  static PixelBox bounds_of(const std::vector<double>& values) {
    double left = values[1], right = left, top = values[2], bottom = top;
    for (std::size_t i = 1; i + 1 < values.size(); i += 2) {
      left = std::min(left, values[i]);
      right = std::max(right, values[i]);
      top = std::min(top, values[i + 1]);
      bottom = std::max(bottom, values[i + 1]);
    }
    return {left, top, right - left, bottom - top};
  }

  OddEntries odd_;
  std::set<fs::path> read_;  ///< files of labels
};

}  // namespace

Result<BoxSource> read_yolo(const BoxScanRequest& request) { return YoloReader().read(request); }

}  // namespace plumbline

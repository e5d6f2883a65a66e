#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "core/data/box_scan.h"
#include "core/data/file_handle.h"
#include "core/data/odd_entries.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_annotation = 16U << 20;

/// VOC counts pixels from 1 and a box's last pixel belongs to it.
Result<PixelBox> voc_box(const pugi::xml_node& bounds, const std::string& where) {
  std::array<double, 4> values{};
  std::size_t i = 0;
  for (const char* name : {"xmin", "ymin", "xmax", "ymax"}) {
    const auto value = parse_number(trimmed(bounds.child(name).text().get()));
    if (!value) return bad_input(fmt::format("{} of a bndbox is not a number", name), where);
    values[i++] = *value;
  }
  return PixelBox{values[0] - 1, values[1] - 1, values[2] - values[0] + 1,
                  values[3] - values[1] + 1};
}

bool is_set(const pugi::xml_node& object, const char* name) {
  const std::string_view text = trimmed(object.child(name).text().get());
  return !text.empty() && text != "0";
}

class VocReader {
 public:
  Result<BoxSource> read(const BoxScanRequest& request) {
    BoxSource source;
    fs::path images = request.images, labels = request.labels;
    std::error_code code;
    if (fs::is_directory(images / "JPEGImages", code)) images /= "JPEGImages";
    if (labels.empty())
      labels = fs::absolute(images).lexically_normal().parent_path() / "Annotations";
    if (!fs::is_directory(labels, code))
      return bad_input("is not a folder", labels.string(),
                       "--labels names VOC's folder Annotations, with one XML file per image");
    const auto files = image_files_below(images);
    TRY(files);
    for (const std::string& file : *files) {
      const auto place = static_cast<std::int32_t>(source.data.images.size());
      BoxImage& image = source.data.images.emplace_back();
      image.id.text = image.file = file;
      image.position = place;
      const fs::path annotation = labels / fs::path(file).replace_extension(".xml");
      if (!fs::exists(annotation, code)) {
        odd_.count("images without an annotation file; taken for images without objects", file);
        continue;
      }
      TRY(read_annotation(annotation, place, source.data));
    }
    order_classes(source.data);
    source.data.notes = odd_.lines();
    source.root = images;
    return source;
  }

 private:
  Result<void> read_annotation(const fs::path& file, std::int32_t image, BoxDataset& data) {
    const auto content = read_whole_file(file, largest_annotation);
    TRY(content);
    pugi::xml_document document;
    // No document type is read, and pugixml knows XML's five entities alone: nothing is expanded.
    const auto parsed = document.load_buffer(content->data(), content->size(),
                                             pugi::parse_minimal | pugi::parse_escapes);
    if (!parsed)
      return bad_input(
          fmt::format("is not XML at byte {}: {}", parsed.offset, parsed.description()),
          file.string());
    const pugi::xml_node root = document.child("annotation");
    if (!root) return bad_input("has no element annotation", file.string());
    BoxImage& said = data.images[static_cast<std::size_t>(image)];
    said.width = parse_number(trimmed(root.child("size").child("width").text().get())).value_or(0);
    said.height =
        parse_number(trimmed(root.child("size").child("height").text().get())).value_or(0);
    int number = 0;
    for (const pugi::xml_node object : root.children("object")) {
      const std::string where = fmt::format("{}: object {}", file.string(), number++);
      const std::string name(trimmed(object.child("name").text().get()));
      if (name.empty()) return bad_input("has no name", where);
      const pugi::xml_node bounds = object.child("bndbox");
      if (!bounds) return bad_input("has no bndbox", where);
      const auto box = voc_box(bounds, where);
      TRY(box);
      TruthBox read;
      read.image = image;
      read.category = category(name);
      read.box = *box;
      read.area = box->width * box->height;
      read.ignored = is_set(object, "difficult");
      if (read.ignored) odd_.count("objects marked difficult; neither found nor missed", where);
      if (is_set(object, "truncated")) odd_.count("objects marked truncated; kept", where);
      if (object.child("part"))
        odd_.count("objects with parts; the parts are not counted as objects", where);
      if (box->width <= 0 || box->height <= 0)
        odd_.count("boxes that are empty or reversed; kept as they are", where);
      read.id = {std::ssize(data.boxes) + 1, ""};
      data.boxes.push_back(read);
    }
    return {};
  }

  std::int32_t category(const std::string& name) {
    return classes_.emplace(name, static_cast<std::int32_t>(classes_.size())).first->second;
  }

  void order_classes(BoxDataset& data) const {
    std::vector<std::int32_t> place(classes_.size());
    for (const auto& [name, number] : classes_) {  // in byte order
      place[static_cast<std::size_t>(number)] = static_cast<std::int32_t>(data.categories.size());
      data.categories.push_back({{std::ssize(data.categories), ""}, name});
    }
    for (TruthBox& box : data.boxes) box.category = place[static_cast<std::size_t>(box.category)];
  }

  std::map<std::string, std::int32_t> classes_;
  OddEntries odd_;
};

}  // namespace

Result<BoxSource> read_voc(const BoxScanRequest& request) { return VocReader().read(request); }

}  // namespace plumbline

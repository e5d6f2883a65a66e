#include "core/data/coco_json.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/data/coco_fields.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// An index is 32 bits wide; no data set has as many boxes.
constexpr std::size_t most_entries = 1U << 30;

/// Ids and their places in a list that is ordered by them.
template <class Entry>
std::int32_t place_of(const std::vector<Entry>& ordered, const EntryId& id) {
  const auto found = std::ranges::lower_bound(ordered, id, {}, &Entry::id);
  return found == ordered.end() || found->id != id
             ? -1
             : static_cast<std::int32_t>(found - ordered.begin());
}

/// Orders by id; of those with the same id the last stays.
template <class Entry>
std::size_t order_by_id(std::vector<Entry>& entries) {
  std::ranges::stable_sort(entries, {}, &Entry::id);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i + 1 < entries.size() && entries[i + 1].id == entries[i].id) continue;
    if (kept != i) entries[kept] = std::move(entries[i]);
    ++kept;
  }
  const std::size_t dropped = entries.size() - kept;
  entries.resize(kept);
  return dropped;
}

class TruthReader {
 public:
  TruthReader(const fs::path& file, bool segmentation)
      : file_(file.string()), segmentation_(segmentation) {}

  Result<void> take(const CocoEntry& entry) {
    if (entry.list.empty())
      return bad_input("is a list, as results are, not a data set", file_,
                       "ground truth is an object with images, annotations and categories");
    if (entry.list == "images") return take_image(entry);
    if (entry.list == "categories") return take_category(entry);
    return take_object(entry);
  }

  Result<BoxDataset> finish() {
    BoxDataset& data = dataset_;
    if (!objects_seen_ && data.images.empty())
      return bad_input("has no list of annotations or images", file_,
                       "is it COCO's instances JSON?");
    if (data.images.empty()) {
      std::set<EntryId> ids;
      for (const auto& [image, category] : references_) ids.insert(image);
      for (const EntryId& id : ids) data.images.push_back({id, "", 0, 0, std::ssize(data.images)});
      data.notes.emplace_back(
          "the list of images is missing or empty; the images are those with annotations");
    }
    if (data.categories.empty() && !references_.empty()) {
      std::set<EntryId> ids;
      for (const auto& [image, category] : references_) ids.insert(category);
      for (const EntryId& id : ids) data.categories.push_back({id, to_string(id)});
      data.notes.emplace_back(
          "the list of categories is missing or empty; the classes are those of annotations");
    }
    if (const auto dropped = order_by_id(data.images); dropped > 0)
      data.notes.push_back(
          fmt::format("images with an id that a later one has; the later counts: {}", dropped));
    if (const auto dropped = order_by_id(data.categories); dropped > 0)
      data.notes.push_back(
          fmt::format("classes with an id that a later one has; the later counts: {}", dropped));
    resolve();
    number_the_nameless();
    for (const std::string& line : odd_.lines()) data.notes.push_back(line);
    return std::move(data);
  }

 private:
  Result<void> take_image(const CocoEntry& entry) {
    const auto id = read_reference(entry, entry.id, "id", file_, odd_);
    TRY(id);
    bool text = false;
    BoxImage image{*id, entry.file_name, 0, 0, entry.index};
    image.width = std::max(0.0, read_number(entry.width, text).value_or(0));
    image.height = std::max(0.0, read_number(entry.height, text).value_or(0));
    if (image.width == 0 || image.height == 0)
      odd_.count("images without a size; their boxes are not held against it", entry_name(entry));
    dataset_.images.push_back(std::move(image));
    return within_bounds(dataset_.images.size());
  }

  Result<void> take_category(const CocoEntry& entry) {
    const auto id = read_reference(entry, entry.id, "id", file_, odd_);
    TRY(id);
    if (entry.name.empty())
      odd_.count("classes without a name; called by their ids", entry_name(entry));
    dataset_.categories.push_back({*id, entry.name.empty() ? to_string(*id) : entry.name});
    return within_bounds(dataset_.categories.size());
  }

  Result<void> take_object(const CocoEntry& entry) {
    objects_seen_ = true;
    const auto image = read_reference(entry, entry.image_id, "image_id", file_, odd_);
    TRY(image);
    const auto category = read_reference(entry, entry.category_id, "category_id", file_, odd_);
    TRY(category);
    const auto box = read_box(entry, file_, odd_);
    TRY(box);
    TruthBox object;
    object.box = *box;
    bool text = false;
    if (const auto area = read_number(entry.area, text)) {
      object.area = *area;
    } else {
      odd_.count("objects without an area; their box's is taken", entry_name(entry));
      object.area = box->width * box->height;
    }
    object.crowd = read_number(entry.crowd, text).value_or(0) != 0;
    object.ignored = read_number(entry.ignore, text).value_or(0) != 0;
    if (object.ignored && !object.crowd)
      odd_.count(
          "objects with \"ignore\"; pycocotools' figures take no notice of it, all others do",
          entry_name(entry));
    if (text) odd_.count("figures of objects written as texts; read as numbers", entry_name(entry));
    if (const auto id = read_id(entry.id)) {
      object.id = id->id;
      if (id->odd) odd_.count("ids of objects not written as integers", entry_name(entry));
      if (id->id == EntryId{0, ""})
        odd_.count("objects with the id 0, which pycocotools takes for no match",
                   entry_name(entry));
    } else {
      object.id.text = "?";
      odd_.count("objects without an id; numbered after the others", entry_name(entry));
    }
    if (segmentation_) object.segmentation = entry.segmentation;
    dataset_.boxes.push_back(std::move(object));
    references_.emplace_back(*image, *category);
    return within_bounds(dataset_.boxes.size());
  }

  Result<void> within_bounds(std::size_t count) const {
    if (count > most_entries) return bad_input("has more than 1,073,741,824 entries", file_);
    return {};
  }

  /// Turns ids into places, drops boxes of what is not listed, and looks at what is left.
  void resolve() {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < dataset_.boxes.size(); ++i) {
      TruthBox& box = dataset_.boxes[i];
      const std::string where = fmt::format("annotations[{}]", i);
      box.image = place_of(dataset_.images, references_[i].first);
      box.category = place_of(dataset_.categories, references_[i].second);
      if (box.image < 0 || box.category < 0) {
        odd_.count(box.image < 0 ? "objects of images that are not listed; left out"
                                 : "objects of classes that are not listed; left out",
                   where);
        continue;
      }
      const BoxImage& image = dataset_.images[static_cast<std::size_t>(box.image)];
      count_odd_box(box.box, image, where, odd_);
      if (reaches_out(box.box, image))
        odd_.count("boxes that reach out of their image by more than a pixel; kept as they are",
                   where);
      if (kept != i) dataset_.boxes[kept] = std::move(box);
      ++kept;
    }
    dataset_.boxes.resize(kept);
    references_ = {};
  }

  void number_the_nameless() {
    std::vector<EntryId> ids;
    std::int64_t greatest = 0;
    for (const TruthBox& box : dataset_.boxes) {
      ids.push_back(box.id);
      greatest = std::max(greatest, box.id.number);
    }
    std::ranges::sort(ids);
    for (std::size_t i = 1; i < ids.size(); ++i)
      if (ids[i] == ids[i - 1] && ids[i].text != "?")
        odd_.count(
            "objects with an id that others have; pycocotools' figures count the last of them "
            "in place of each, all others each itself",
            "id " + to_string(ids[i]));
    for (TruthBox& box : dataset_.boxes)
      if (box.id.text == "?" && greatest < INT64_MAX) box.id = {++greatest, ""};
  }

  std::string file_;
  bool segmentation_, objects_seen_ = false;
  BoxDataset dataset_;
  std::vector<std::pair<EntryId, EntryId>> references_;  ///< image and class of each box
  OddEntries odd_;
};

}  // namespace

Result<BoxDataset> read_coco_truth(const fs::path& file, const CocoReading& reading) {
  TruthReader reader(file, reading.segmentation);
  TRY(stream_coco(file,
                  {reading.segmentation, [&](const CocoEntry& entry) { return reader.take(entry); },
                   reading.progress}));
  return reader.finish();
}

Result<DetectionSet> read_coco_results(const fs::path& file, const BoxDataset& truth,
                                       const CocoReading& reading) {
  DetectionSet detections;
  detections.name = file.stem().string();
  OddEntries odd;
  const auto take = [&](const CocoEntry& entry) -> Result<void> {
    if (!entry.list.empty() && entry.list != "annotations") return {};
    const std::string where = file.string();
    const auto image = read_reference(entry, entry.image_id, "image_id", where, odd);
    TRY(image);
    const auto category = read_reference(entry, entry.category_id, "category_id", where, odd);
    TRY(category);
    const auto box = read_box(entry, where, odd);
    TRY(box);
    bool text = false;
    const auto score = read_number(entry.score, text);
    if (!score)
      return bad_input(entry_name(entry) + " has no score that is a finite number", where,
                       entry.list.empty() ? "" : "is it ground truth?");
    if (text) odd.count("scores written as texts; read as numbers", entry_name(entry));
    if (*score < 0 || *score > 1)
      odd.count(reading.limits_scores ? "scores outside of 0 to 1; limited to it"
                                      : "scores outside of 0 to 1; kept as they are",
                entry_name(entry));
    const DetectedBox read{place_of(truth.images, *image), place_of(truth.categories, *category),
                           *box, reading.limits_scores ? std::clamp(*score, 0.0, 1.0) : *score};
    if (read.image < 0 || read.category < 0) {
      odd.count(read.image < 0 ? "detections on images that the ground truth lacks; left out"
                               : "detections of classes that the ground truth lacks; left out",
                entry_name(entry));
      return {};
    }
    count_odd_box(*box, truth.images[static_cast<std::size_t>(read.image)], entry_name(entry), odd);
    if (detections.boxes.size() >= most_entries)
      return bad_input("has more than 1,073,741,824 detections", where);
    detections.boxes.push_back(read);
    return {};
  };
  TRY(stream_coco(file, {false, take, reading.progress}));
  detections.notes = odd.lines();
  return detections;
}

}  // namespace plumbline

#include "core/data/coco_json.h"

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>

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

/// Ids by the order in which they are first met: what annotations refer to, while the lists of
/// images and classes may still follow.
class MetIds {
 public:
  std::int32_t number_of(const EntryId& id) {
    // Annotations of one image mostly stand together.
    if (last_ >= 0 && *ids_[static_cast<std::size_t>(last_)] == id) return last_;
    const auto [place, is_new] = numbers_.try_emplace(id, static_cast<std::int32_t>(ids_.size()));
    if (is_new) ids_.push_back(&place->first);
    return last_ = place->second;
  }
  bool empty() const { return ids_.empty(); }
  /// In their own order.
  std::vector<EntryId> sorted() const {
    std::vector<EntryId> sorted;
    for (const auto& [id, number] : numbers_) sorted.push_back(id);
    return sorted;
  }
  /// Each one's place in a list; −1 where it has none.
  template <class Entry>
  std::vector<std::int32_t> places_in(const std::vector<Entry>& ordered) const {
    std::vector<std::int32_t> places;
    for (const EntryId* id : ids_) places.push_back(place_of(ordered, *id));
    return places;
  }

 private:
  std::map<EntryId, std::int32_t> numbers_;
  std::vector<const EntryId*> ids_;  ///< of the map, by number
  std::int32_t last_ = -1;
};

class TruthReader {
 public:
  TruthReader(const fs::path& file, std::shared_ptr<TextSpill> segmentations)
      : file_(file.string()) {
    dataset_.segmentations = std::move(segmentations);
  }

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
      for (const EntryId& id : met_images_.sorted())
        data.images.push_back({id, "", 0, 0, std::ssize(data.images)});
      data.notes.emplace_back(
          "the list of images is missing or empty; the images are those with annotations");
    }
    if (data.categories.empty() && !met_classes_.empty()) {
      for (const EntryId& id : met_classes_.sorted())
        data.categories.push_back({id, to_string(id)});
      data.notes.emplace_back(
          "the list of categories is missing or empty; the classes are those of annotations");
    }
    if (const auto dropped = order_by_id(data.images); dropped > 0)
      data.notes.push_back(
          fmt::format("images whose id is used again; the last one counts: {}", dropped));
    if (const auto dropped = order_by_id(data.categories); dropped > 0)
      data.notes.push_back(
          fmt::format("classes whose id is used again; the last one counts: {}", dropped));
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
      odd_.count("images without a size; their boxes are not checked against it",
                 entry_name(entry));
    dataset_.images.push_back(std::move(image));
    return within_bounds(dataset_.images.size());
  }

  Result<void> take_category(const CocoEntry& entry) {
    const auto id = read_reference(entry, entry.id, "id", file_, odd_);
    TRY(id);
    if (entry.name.empty())
      odd_.count("classes without a name; named by their ids", entry_name(entry));
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
      odd_.count("objects without an area; that of their box is used", entry_name(entry));
      object.area = box->width * box->height;
    }
    object.crowd = read_number(entry.crowd, text).value_or(0) != 0;
    object.ignored = read_number(entry.ignore, text).value_or(0) != 0;
    if (object.ignored && !object.crowd)
      odd_.count(
          "objects with \"ignore\"; pycocotools' figures take no notice of it, all others do",
          entry_name(entry));
    if (text)
      odd_.count("numbers of objects written as strings; read as numbers", entry_name(entry));
    if (const auto id = read_id(entry.id)) {
      object.id = id->id;
      if (id->odd) odd_.count("ids of objects not written as integers", entry_name(entry));
      if (id->id == EntryId{0, ""})
        odd_.count("objects with the id 0, which pycocotools takes for \"no match\"",
                   entry_name(entry));
    } else {
      object.id.text = "?";
      odd_.count("objects without an id; numbered after the others", entry_name(entry));
    }
    if (dataset_.segmentations != nullptr && !entry.segmentation.empty()) {
      const auto place = dataset_.segmentations->add(entry.segmentation);
      TRY(place);
      object.segmentation = *place;
    }
    object.image = met_images_.number_of(*image);
    object.category = met_classes_.number_of(*category);
    make_room(entry.share);
    dataset_.boxes.push_back(std::move(object));
    return within_bounds(dataset_.boxes.size());
  }

  /// Room for as many boxes as the rest of the file will hold if it goes on as it began, so that
  /// the list is seldom copied: what is copied is in memory twice.
  void make_room(double share) {
    constexpr std::size_t small = 1U << 16;
    auto& boxes = dataset_.boxes;
    if (boxes.empty()) first_share_ = share;
    if (boxes.size() < boxes.capacity() || boxes.size() < small) return;
    const auto count = static_cast<double>(boxes.size());
    const double read = share - first_share_;
    const double expected = read > 0 ? 1.02 * count * (1 + (1 - share) / read) : 0;
    boxes.reserve(static_cast<std::size_t>(std::clamp(expected, 1.25 * count, 8 * count)));
  }

  Result<void> within_bounds(std::size_t count) const {
    if (count > most_entries) return bad_input("has more than 1,073,741,824 entries", file_);
    return {};
  }

  /// Turns ids into places, drops boxes of what is not listed, and looks at what is left.
  void resolve() {
    const auto image_places = met_images_.places_in(dataset_.images),
               class_places = met_classes_.places_in(dataset_.categories);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < dataset_.boxes.size(); ++i) {
      TruthBox& box = dataset_.boxes[i];
      const std::string where = fmt::format("annotations[{}]", i);
      box.image = image_places[static_cast<std::size_t>(box.image)];
      box.category = class_places[static_cast<std::size_t>(box.category)];
      if (box.image < 0 || box.category < 0) {
        odd_.count(box.image < 0 ? "objects of images that are not listed; left out"
                                 : "objects of classes that are not listed; left out",
                   where);
        continue;
      }
      const BoxImage& image = dataset_.images[static_cast<std::size_t>(box.image)];
      count_odd_box(box.box, image, where, odd_);
      if (reaches_out(box.box, image))
        odd_.count("boxes that extend beyond their image by more than a pixel; kept as they are",
                   where);
      if (kept != i) dataset_.boxes[kept] = std::move(box);
      ++kept;
    }
    dataset_.boxes.resize(kept);
  }

  void number_the_nameless() {
    const auto& boxes = dataset_.boxes;
    std::vector<std::uint32_t> order(boxes.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&](std::uint32_t i) -> const EntryId& { return boxes[i].id; });
    for (std::size_t i = 1; i < order.size(); ++i) {
      const EntryId& id = boxes[order[i]].id;
      if (id == boxes[order[i - 1]].id && id.text != "?")
        odd_.count(
            "objects that share an id; pycocotools' figures count the last of them in place of "
            "each, all other figures count each one",
            "id " + to_string(id));
    }
    std::int64_t greatest = 0;
    for (const TruthBox& box : boxes) greatest = std::max(greatest, box.id.number);
    for (TruthBox& box : dataset_.boxes)
      if (box.id.text == "?" && greatest < INT64_MAX) box.id = {++greatest, ""};
  }

  std::string file_;
  bool objects_seen_ = false;
  double first_share_ = 0;  ///< of the file, where annotations began
  BoxDataset dataset_;  ///< until it is resolved boxes have the numbers of the ids that were met
  MetIds met_images_, met_classes_;
  OddEntries odd_;
};

}  // namespace

Result<BoxDataset> read_coco_truth(const fs::path& file, const CocoReading& reading) {
  std::shared_ptr<TextSpill> segmentations;
  if (reading.segmentation) {
    auto opened = TextSpill::open(reading.scratch);
    TRY(opened);
    segmentations = std::move(*opened);
  }
  TruthReader reader(file, std::move(segmentations));
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
    if (text) odd.count("scores written as strings; read as numbers", entry_name(entry));
    if (*score < 0 || *score > 1)
      odd.count(reading.limits_scores ? "scores outside 0 to 1; clamped to it"
                                      : "scores outside 0 to 1; kept as they are",
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

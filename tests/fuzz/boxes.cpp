#include <algorithm>
#include <cmath>
#include <string>

#include "core/data/box_scan.h"
#include "core/data/coco_json.h"
#include "core/detection/coco_figures.h"
#include "core/detection/detection_files.h"
#include "core/detection/lrp.h"
#include "core/detection/tide.h"
#include "tests/fuzz/reader.h"

/// Data sets of boxes, and detections.
namespace plumbline::fuzz {

namespace {

namespace fs = std::filesystem;

bool is_finite(const PixelBox& box) {
  return std::isfinite(box.x) && std::isfinite(box.y) && std::isfinite(box.width) &&
         std::isfinite(box.height);
}

template <class Entry>
bool rises_by_id(const std::vector<Entry>& entries) {
  return std::ranges::adjacent_find(entries, std::ranges::greater_equal{}, &Entry::id) ==
         entries.end();
}

void look_at_boxes(const BoxDataset& data) {
  for (const TruthBox& box : data.boxes) {
    expect(box.image >= 0 && static_cast<std::size_t>(box.image) < data.images.size(),
           "a box is on an image");
    expect(box.category >= 0 && static_cast<std::size_t>(box.category) < data.categories.size(),
           "a box has a class");
    expect(is_finite(box.box) && std::isfinite(box.area), "a box is of finite numbers");
  }
}

/// Every figure of these detections, where there are so few that it takes no time.
void judge(const BoxDataset& truth, const DetectionSet& detections) {
  constexpr std::size_t few = 48;
  if (truth.boxes.size() > few || detections.boxes.size() > few || truth.images.size() > few ||
      truth.categories.size() > 8)
    return;
  for (const CocoRules& rules : {CocoRules::pycocotools(), CocoRules::corrected()}) {
    const auto figures = coco_figures(match_boxes(truth, detections, rules), rules, {}, false);
    for (const double value : figures.values)
      expect(value >= -1 && value <= 1, "a figure of COCO's is −1 to 1");
  }
  const TideResult errors = tide(truth, detections);
  expect(errors.detections.size() == detections.boxes.size(), "each detection has a verdict");
  const auto matches = match_accepted(truth, detections);
  expect(matches.size() == detections.boxes.size(), "each detection has a match");
  static_cast<void>(lrp(truth, detections, matches, 0.25));
  const std::vector<DetectionSet> voters = {detections};
  const Ledger ledger = make_ledger(truth, detections, voters, errors);
  expect(ledger.undetected <= counted_objects(truth), "no more is missed than there is");
  for (const LedgerFormat format : {LedgerFormat::csv, LedgerFormat::json, LedgerFormat::coco})
    static_cast<void>(ledger_text(truth, detections, voters, ledger, format));
}

/// Each object found where it is, and found again a little beside.
DetectionSet detections_of(const BoxDataset& truth) {
  DetectionSet detections{"found", {}, {}};
  for (const TruthBox& box : truth.boxes) {
    const double score = 0.25 + 0.5 / (1 + static_cast<double>(detections.boxes.size()));
    detections.boxes.push_back({box.image, box.category, box.box, score});
    PixelBox beside = box.box;
    beside.x += beside.width / 4;
    detections.boxes.push_back({box.image, 0, beside, 0.5});
  }
  return detections;
}

/// Two images and two classes, one of them with a text for its id.
const BoxDataset& two_images() {
  static const BoxDataset truth = [] {
    BoxDataset data;
    data.images = {{{1, ""}, "a.jpg", 40, 30, 0}, {{0, "b"}, "b.jpg", 0, 0, 1}};
    data.categories = {{{1, ""}, "cat"}, {{7, ""}, "dog"}};
    TruthBox box;
    box.box = {1, 2, 10, 20};
    box.area = 200;
    box.id = {1, ""};
    data.boxes = {box, box, box};
    data.boxes[1].image = data.boxes[1].category = 1;
    data.boxes[2].crowd = true;
    return data;
  }();
  return truth;
}

Content without_first(Content content, std::size_t count) {
  return content.subspan(std::min(count, content.size()));
}

}  // namespace

void read_coco_content(Content content) {
  const auto file = scratch_file("instances.json", content);
  const auto data = read_coco_truth(file, {true, {}});
  if (!taken(data)) return;
  expect(rises_by_id(data->images) && rises_by_id(data->categories),
         "images and classes are in the order of their ids, each id once");
  look_at_boxes(*data);
  judge(*data, detections_of(*data));
}

void read_coco_results_content(Content content) {
  const auto file = scratch_file("results.json", content);
  for (const BoxDataset& truth :
       {two_images(), images_of_results(std::span(&file, 1)).value_or(BoxDataset())}) {
    const auto detections = read_coco_results(file, truth);
    if (!taken(detections)) continue;
    for (const DetectedBox& box : detections->boxes)
      expect(is_finite(box.box) && std::isfinite(box.score), "a detection is of finite numbers");
    judge(truth, *detections);
    // What is written reads back as it was, if no text was a number that it is not.
    const std::string text = coco_results_text(truth, *detections);
    const auto again =
        read_coco_results(scratch_file("again.json", std::as_bytes(std::span(text))), truth);
    expect(again && again->boxes.size() == detections->boxes.size(),
           "detections that were written are read");
    for (std::size_t i = 0; i < again->boxes.size(); ++i)
      expect(again->boxes[i].box == detections->boxes[i].box &&
                 again->boxes[i].score == detections->boxes[i].score &&
                 again->boxes[i].image == detections->boxes[i].image &&
                 again->boxes[i].category == detections->boxes[i].category,
             "detections are read back as they were");
  }
}

/// data.yaml, and after a zero byte the labels of the one image. The images' folder is given, since
/// one that the file names could be the whole disk.
void read_yolo_content(Content content) {
  const fs::path root = scratch_folder() / "yolo";
  fs::create_directories(root / "images" / "train");
  fs::create_directories(root / "labels" / "train");
  const std::size_t end = std::min(text_of(content).find('\0'), content.size());
  scratch_file("yolo/images/train/a.png", {});
  scratch_file("yolo/data.yaml", content.first(end));
  scratch_file("yolo/labels/train/a.txt", without_first(content, end + 1));
  const auto source = read_yolo({root / "images", root / "data.yaml", "train"});
  if (!taken(source)) return;
  expect(source->data.images.size() == 1, "the folder has one image");
  look_at_boxes(source->data);
}

void read_voc_content(Content content) {
  const fs::path root = scratch_folder() / "voc";
  fs::create_directories(root / "JPEGImages");
  fs::create_directories(root / "Annotations");
  scratch_file("voc/JPEGImages/a.jpg", {});
  scratch_file("voc/Annotations/a.xml", content);
  const auto source = read_voc({root, {}, ""});
  if (!taken(source)) return;
  expect(source->data.images.size() == 1, "the folder has one image");
  look_at_boxes(source->data);
  judge(source->data, detections_of(source->data));
}

}  // namespace plumbline::fuzz

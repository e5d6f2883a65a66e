#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <fstream>
#include <memory>

#include <fmt/format.h>

#include "core/study/import_boxes.h"
#include "core/study/study.h"
#include "tests/core/study/tests.h"

namespace plumbline::test {

namespace {

std::shared_ptr<TextSpill> spill() {
  auto opened = TextSpill::open({});
  if (!opened) qFatal("%s", to_string(opened.error()).c_str());
  return std::move(*opened);
}

std::uint64_t placed(const BoxDataset& data, const std::string& text) {
  const auto place = data.segmentations->add(text);
  if (!place) qFatal("%s", to_string(place.error()).c_str());
  return *place;
}

std::vector<std::string> kept_segmentations(const Study& study, const std::string& split) {
  std::vector<std::string> texts;
  const auto read = study.segmentations(study.dataset("d")->id, split,
                                        [&](std::string_view text) { texts.emplace_back(text); });
  if (!read) qFatal("%s", to_string(read.error()).c_str());
  return texts;
}

/// Four images of two classes; the third has none. As a reader of boxes gives it.
DatasetScan scan_with_boxes() {
  DatasetScan scan;
  scan.format = DatasetFormat::coco;
  scan.classes = {"cat", "dog"};
  scan.sources.push_back({"/data/images", 0, ""});
  BoxDataset data;
  data.segmentations = spill();
  for (int i = 0; i < 4; ++i) {
    ScannedSample sample;
    sample.name = std::to_string(i) + ".jpg";
    sample.hash = std::string(32, 'a');
    scan.samples.push_back(sample);
    if (i == 2) continue;
    TruthBox box;
    box.image = i;
    box.category = i % 2;
    box.box = {1.5, 2, 3 + i * 1.0, 4};
    box.area = 7.25;
    box.crowd = i == 3;
    box.id = i == 1 ? EntryId{0, "x1"} : EntryId{10 + i, ""};
    box.segmentation = placed(data, fmt::format("[[1,2,3,4,5,{}]]", i));
    data.boxes.push_back(box);
  }
  scan.boxes = std::make_shared<const BoxDataset>(std::move(data));
  return scan;
}

Study new_study(const QTemporaryDir& folder) {
  auto study = Study::open(folder.filePath("s.plumb").toStdString(), Access::create);
  if (!study) qFatal("%s", to_string(study.error()).c_str());
  return std::move(*study);
}

}  // namespace

void TestBoxes::boxes_come_back_as_they_were() {
  const QTemporaryDir folder;
  Study study = new_study(folder);
  const DatasetScan scan = scan_with_boxes();
  QCOMPARE(*study.add_split("d", "val", scan), 4);
  const auto boxes = study.boxes(study.dataset("d")->id, "val");
  QVERIFY(boxes.has_value());
  QCOMPARE(boxes->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const TruthBox &a = (*boxes)[i], &b = scan.boxes->boxes[i];
    QVERIFY(a.image == b.image && a.category == b.category && a.box == b.box && a.area == b.area);
    QVERIFY(a.crowd == b.crowd && a.id == b.id);
    // What judges boxes asks for no segmentation, and holds none in memory.
    QCOMPARE(a.segmentation, TextSpill::nowhere);
  }
  QCOMPARE(kept_segmentations(study, "val"),
           (std::vector<std::string>{"[[1,2,3,4,5,0]]", "[[1,2,3,4,5,1]]", "[[1,2,3,4,5,3]]"}));
}

void TestBoxes::a_second_import_adds_nothing() {
  const QTemporaryDir folder;
  Study study = new_study(folder);
  DatasetScan scan = scan_with_boxes();
  QCOMPARE(*study.add_split("d", "val", scan), 4);
  QCOMPARE(*study.add_split("d", "val", scan), 0);
  // The same images with another box are other data.
  BoxDataset moved = *scan.boxes;
  moved.boxes[0].box.x += 1;
  scan.boxes = std::make_shared<const BoxDataset>(moved);
  QVERIFY(!study.add_split("d", "val", scan));
  QCOMPARE(study.boxes(study.dataset("d")->id, "val")->size(), 3U);
  // So is an outline that differs, and one that is missing.
  BoxDataset outlined = *scan_with_boxes().boxes;
  outlined.boxes[2].segmentation = placed(outlined, "[[1,2,3,4,5,7]]");
  scan.boxes = std::make_shared<const BoxDataset>(outlined);
  QVERIFY(!study.add_split("d", "val", scan));
  outlined.boxes[2].segmentation = TextSpill::nowhere;
  scan.boxes = std::make_shared<const BoxDataset>(outlined);
  QVERIFY(!study.add_split("d", "val", scan));
  // Boxes that stand in another order of their images are the same ones.
  BoxDataset turned = *scan_with_boxes().boxes;
  std::ranges::reverse(turned.boxes);
  scan.boxes = std::make_shared<const BoxDataset>(turned);
  QCOMPARE(*study.add_split("d", "val", scan), 0);
}

void TestBoxes::classes_are_matched_by_name() {
  const QTemporaryDir folder;
  Study study = new_study(folder);
  DatasetScan scan = scan_with_boxes();
  QCOMPARE(*study.add_split("d", "val", scan), 4);
  scan.classes = {"dog", "owl"};
  QCOMPARE(*study.add_split("d", "train", scan), 4);
  const auto boxes = study.boxes(study.dataset("d")->id, "train");
  QCOMPARE((*boxes)[0].category, 1);
  QCOMPARE((*boxes)[1].category, 2);
}

void TestBoxes::boxes_move_with_their_images() {
  const QTemporaryDir folder;
  Study study = new_study(folder);
  QCOMPARE(*study.add_split("d", "val", scan_with_boxes()), 4);
  QCOMPARE(*study.divide_split("d", "val", "test", 0.5), 2);
  const auto id = study.dataset("d")->id;
  // The second and the fourth image moved.
  const auto stayed = study.boxes(id, "val"), moved = study.boxes(id, "test");
  QCOMPARE(stayed->size(), 1U);
  QCOMPARE((*stayed)[0].id.number, 10);
  QCOMPARE(moved->size(), 2U);
  QCOMPARE((*moved)[0].image, 0);
  QCOMPARE((*moved)[0].id.text, std::string("x1"));
  QCOMPARE((*moved)[1].image, 1);
  QVERIFY((*moved)[1].crowd);
}

/// What an import of detections changes of them is counted, a line a kind.
void TestBoxes::limited_detections_are_counted() {
  const QTemporaryDir folder;
  Study study = new_study(folder);
  QCOMPARE(*study.add_split("d", "val", scan_with_boxes()), 4);
  const auto file = [&](const char* name, const char* text) {
    const auto path = folder.filePath(QLatin1String(name)).toStdString();
    std::ofstream(path) << text;
    return path;
  };
  const auto labels =
      file("t.json", R"({"images": [{"id": 1, "file_name": "0.jpg", "width": 50, "height": 40},
    {"id": 2, "file_name": "1.jpg", "width": 50, "height": 40}], "annotations": [],
    "categories": [{"id": 7, "name": "cat"}, {"id": 8, "name": "owl"}]})");
  const auto boxes =
      file("d.json", R"([{"image_id": 1, "category_id": 7, "bbox": [-2, 3, 10, 10], "score": 0.5},
    {"image_id": 2, "category_id": 7, "bbox": [1, 3, 10, 10], "score": 1.5},
    {"image_id": 2, "category_id": 8, "bbox": [1, 3, 10, 10], "score": 0.5}])");
  const auto imported = import_boxes(study, {"m", "d", "val", boxes, labels, View()});
  QVERIFY2(imported.has_value(), imported ? "" : to_string(imported.error()).c_str());
  QCOMPARE(imported->boxes, 2);
  QCOMPARE(imported->left_out, 1);
  const auto is_noted = [&](const char* line) {
    return std::ranges::find(imported->notes, line) != imported->notes.end();
  };
  QVERIFY(
      is_noted("boxes that extend beyond the left or upper edge of their image; clipped to it: 1 "
               "(first: 0.jpg)"));
  QVERIFY(is_noted("scores outside 0 to 1; clamped to it: 1 (first: entry [1])"));
}

}  // namespace plumbline::test

#include <QtTest>

#include <malloc.h>

#include "core/data/coco_json.h"
#include "test_files.h"

using namespace plumbline;

// Before any raw string, since Qt's moc does not get past some of them.
class TestCocoJson : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void lists_come_in_any_order_and_are_ordered_by_id();
  void odd_entries_are_read_in_one_way_and_counted_data();
  void odd_entries_are_read_in_one_way_and_counted();
  void broken_entries_are_named_data();
  void broken_entries_are_named();
  void no_beginning_is_taken_for_the_whole();
  void lists_that_are_missing_are_made();
  void segmentations_are_kept_data();
  void segmentations_are_kept();
  void segmentations_take_no_memory();
  void results_are_held_against_the_truth();
  void depth_does_no_harm();
  void damage_does_no_harm();
  void a_cancelled_reading_ends();
};

namespace {

Result<BoxDataset> truth_of(std::string_view text, bool segmentation = false) {
  TestFolder folder;
  return read_coco_truth(write_file(folder / "truth.json", text), {segmentation, {}});
}

/// Two images (7, 8), classes cat (1) and dog (5), one object.
constexpr std::string_view plain = R"({"info": {"images": [1, {"id": 3}]}, "annotations": [
  {"id": 11, "image_id": 8, "category_id": 5, "bbox": [1, 2, 3.5, 4], "area": 9.5, "iscrowd": 0}],
  "images": [{"id": 8, "width": 100, "height": 50, "file_name": "b.jpg"},
             {"id": 7, "width": 10, "height": 20, "file_name": "a.jpg"}],
  "categories": [{"id": 5, "name": "dog"}, {"id": 1, "name": "cat"}]})";

/// The plain data with the annotation's text replaced.
std::string with_annotation(const std::string& annotation) {
  std::string text(plain);
  const auto begin = text.find("{\"id\": 11"), end = text.find("}],", begin);
  return text.replace(begin, end + 1 - begin, annotation);
}

bool has_note(const std::vector<std::string>& notes, std::string_view part) {
  return std::ranges::any_of(notes, [&](const auto& note) { return contains(note, part); });
}

}  // namespace

void TestCocoJson::lists_come_in_any_order_and_are_ordered_by_id() {
  const auto truth = truth_of(plain);
  QVERIFY2(truth.has_value(), problem(truth).c_str());
  QCOMPARE(truth->images.size(), 2U);
  QCOMPARE(truth->images[0].file, std::string("a.jpg"));
  QCOMPARE(truth->images[0].position, 1);
  QCOMPARE(truth->categories[1].name, std::string("dog"));
  QCOMPARE(truth->boxes.size(), 1U);
  QVERIFY((truth->boxes[0].box == PixelBox{1, 2, 3.5, 4}));
  QCOMPARE(truth->boxes[0].image, 1);
  QCOMPARE(truth->boxes[0].category, 1);
  QCOMPARE(truth->boxes[0].area, 9.5);
  QVERIFY(truth->notes.empty());
}

void TestCocoJson::odd_entries_are_read_in_one_way_and_counted_data() {
  QTest::addColumn<QString>("annotation");
  QTest::addColumn<QString>("note");
  QTest::addColumn<int>("boxes");
  const auto add = [](const char* name, const char* annotation, const char* note, int boxes = 1) {
    QTest::newRow(name) << annotation << note << boxes;
  };
  add("ids as floats",
      R"({"id": 1, "image_id": 8.0, "category_id": 5.0, "bbox": [1,2,3,4], "area": 1})",
      "not written as integers");
  add("ids as texts",
      R"({"id": "1", "image_id": "8", "category_id": "5", "bbox": [1,2,3,4], "area": 1})",
      "not written as integers");
  add("box as texts",
      R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": ["1","2","3","4"], "area": 1})",
      "boxes written as strings");
  add("no area", R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": [1,2,3,4]})",
      "without an area");
  add("no id", R"({"image_id": 8, "category_id": 5, "bbox": [1,2,3,4], "area": 1})",
      "without an id");
  add("id 0", R"({"id": 0, "image_id": 8, "category_id": 5, "bbox": [1,2,3,4], "area": 1})",
      "id 0");
  add("absent image", R"({"id": 1, "image_id": 9, "category_id": 5, "bbox": [1,2,3,4], "area": 1})",
      "objects of images that are not listed; left out: 1 (first: annotations[0])", 0);
  add("absent class", R"({"id": 1, "image_id": 8, "category_id": 2, "bbox": [1,2,3,4], "area": 1})",
      "objects of classes that are not listed; left out: 1 (first: annotations[0])", 0);
  add("reversed", R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": [9,2,-3,4], "area": 1})",
      "negative size");
  add("empty", R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": [1,2,0,4], "area": 1})",
      "without an area");
  add("outside", R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": [200,2,3,4], "area": 1})",
      "boxes wholly outside their image; kept as they are: 1 (first: annotations[0])");
  add("partly outside",
      R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": [95,2,10,4], "area": 1})",
      "boxes that extend beyond their image by more than a pixel; kept as they are: 1 (first: "
      "annotations[0])");
  add("ignored",
      R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": [1,2,3,4], "area": 1, "ignore": 1})",
      "\"ignore\"");
  add("shared id",
      R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": [1,2,3,4], "area": 1}, {"id": 1, "image_id": 8, "category_id": 5, "bbox": [5,2,3,4], "area": 1})",
      "that share an id", 2);
}

void TestCocoJson::odd_entries_are_read_in_one_way_and_counted() {
  QFETCH(QString, annotation);
  QFETCH(QString, note);
  QFETCH(int, boxes);
  const auto truth = truth_of(with_annotation(annotation.toStdString()));
  QVERIFY2(truth.has_value(), problem(truth).c_str());
  QCOMPARE(std::ssize(truth->boxes), boxes);
  QVERIFY2(has_note(truth->notes, note.toStdString()),
           truth->notes.empty() ? "no note" : truth->notes.front().c_str());
}

void TestCocoJson::broken_entries_are_named_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("named");
  const auto add = [](const char* name, const std::string& text, const char* named) {
    QTest::newRow(name) << QString::fromStdString(text) << named;
  };
  add("no image", with_annotation(R"({"id": 1, "category_id": 5, "bbox": [1,2,3,4]})"),
      "annotations[0] has no image_id");
  add("no class", with_annotation(R"({"id": 1, "image_id": 8, "bbox": [1,2,3,4]})"),
      "annotations[0] has no category_id");
  add("no box", with_annotation(R"({"id": 1, "image_id": 8, "category_id": 5})"),
      "annotations[0] has no bbox");
  add("three values",
      with_annotation(R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": [1,2,3]})"),
      "3 values");
  add("five values",
      with_annotation(R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": [1,2,3,4,5]})"),
      "not 4");
  add("no number",
      with_annotation(R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": [1,2,null,4]})"),
      "value 2");
  add("NaN", with_annotation(R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": [1,2,NaN,4]})"),
      "annotations[0]: is not JSON");
  add("no object", with_annotation("17"), "is not an object");
  add("nested list", with_annotation("[{\"id\": 1}]"), "is not an object");
  add("a list", "[{\"id\": 1}]", "is a list");
  add("empty file", "", "JSON");
  add("a number", "12", "neither a list");
  add("another document", "{\"a\": 1}", "no list of annotations");
}

void TestCocoJson::broken_entries_are_named() {
  QFETCH(QString, text);
  QFETCH(QString, named);
  const auto truth = truth_of(text.toStdString());
  QVERIFY(!truth);
  QVERIFY2(contains(problem(truth), named.toStdString()), problem(truth).c_str());
  QVERIFY(contains(problem(truth), "truth.json"));
}

void TestCocoJson::no_beginning_is_taken_for_the_whole() {
  for (std::size_t cut = 0; cut < plain.size(); ++cut) QVERIFY(!truth_of(plain.substr(0, cut)));
}

void TestCocoJson::lists_that_are_missing_are_made() {
  const auto truth = truth_of(
      R"({"annotations": [{"id": 1, "image_id": "x", "category_id": 5, "bbox": [1,2,3,4], "area": 2}]})");
  QVERIFY2(truth.has_value(), problem(truth).c_str());
  QCOMPARE(truth->images.size(), 1U);
  QCOMPARE(to_string(truth->images[0].id), std::string("x"));
  QCOMPARE(truth->boxes[0].image, 0);
  QVERIFY(has_note(truth->notes, "list of images is missing"));
  QVERIFY(has_note(truth->notes, "list of categories is missing"));
  // A box that is a rounding over the edge is none that reaches out of its image.
  const auto rounded = truth_of(with_annotation(
      R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": [90,2,10.6,4], "area": 1})"));
  QVERIFY2(rounded.has_value(), problem(rounded).c_str());
  QVERIFY(rounded->notes.empty());
}

void TestCocoJson::segmentations_are_kept_data() {
  QTest::addColumn<QString>("written");
  QTest::newRow("polygons") << "[[1.5,2,3,4,5,6],[1,2,3,4,5,6.25]]";
  QTest::newRow("RLE, numbers") << R"({"counts":[5,3,92],"size":[10,10]})";
  QTest::newRow("RLE, text") << R"({"size":[10,10],"counts":"5\\31\"2"})";
  QTest::newRow("empty") << "[]";
}

void TestCocoJson::segmentations_are_kept() {
  QFETCH(QString, written);
  const auto text =
      with_annotation(R"({"id": 1, "image_id": 8, "segmentation": )" + written.toStdString() +
                      R"(, "category_id": 5, "bbox": [1, 2, 3, 4], "area": 1})");
  const auto kept = truth_of(text, true);
  QVERIFY2(kept.has_value(), problem(kept).c_str());
  QCOMPARE(QString::fromStdString(segmentation_of(*kept, kept->boxes[0]).value()), written);
  const auto without = truth_of(text);
  QVERIFY(without->segmentations == nullptr);
  QVERIFY(segmentation_of(*without, without->boxes[0]).value().empty());
}

/// What is taken is what is stated, whatever the length of the outlines: here eight times as much.
void TestCocoJson::segmentations_take_no_memory() {
  constexpr std::int64_t count = 40'000, per_annotation = 128, fixed = 6 << 20;
  TestFolder folder;
  std::string text = R"({"images": [{"id": 8, "width": 100, "height": 50, "file_name": "b.jpg"}],
    "categories": [{"id": 5, "name": "dog"}], "annotations": [)";
  std::string polygon = "[[0";
  while (polygon.size() < 1000) polygon += ",12.5";
  for (std::int64_t i = 0; i < count; ++i)
    text += std::string(i > 0 ? ",\n" : "") + R"({"id": )" + std::to_string(i + 1) +
            R"(, "image_id": 8, "category_id": 5, "bbox": [1,2,3,4], "area": 1, "segmentation": )" +
            polygon + "," + std::to_string(i) + "]]}";
  const auto file = write_file(folder / "t.json", std::string_view(text + "]}"));
  text = {};
  const auto taken = [] {
    const auto heap = ::mallinfo2();
    return static_cast<std::int64_t>(heap.uordblks + heap.hblkhd);
  };
  const std::int64_t before = taken();
  const auto truth = read_coco_truth(file, {.segmentation = true, .scratch = folder.path()});
  const std::int64_t more = taken() - before;
  QVERIFY2(truth.has_value(), problem(truth).c_str());
  QCOMPARE(std::ssize(truth->boxes), count);
  for (const std::int64_t i : {std::int64_t{0}, count / 3, count - 1})
    QCOMPARE(segmentation_of(*truth, truth->boxes[static_cast<std::size_t>(i)]).value(),
             polygon + "," + std::to_string(i) + "]]");
  QVERIFY2(more < count * per_annotation + fixed, std::to_string(more).c_str());
}

void TestCocoJson::results_are_held_against_the_truth() {
  const auto truth = truth_of(plain);
  TestFolder folder;
  const auto file = write_file(folder / "d.json", std::string_view(R"([
    {"image_id": 8, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5},
    {"image_id": 9, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5},
    {"image_id": 8, "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.5},
    {"image_id": "7", "category_id": 5.0, "bbox": [1, 2, 3, 4], "score": "1.5"}])"));
  const auto read = read_coco_results(file, *truth);
  QVERIFY2(read.has_value(), problem(read).c_str());
  QCOMPARE(read->name, std::string("d"));
  QCOMPARE(read->boxes.size(), 2U);
  QCOMPARE(read->boxes[1].score, 1.5);
  QVERIFY(has_note(read->notes, "images that the ground truth lacks"));
  QVERIFY(has_note(read->notes, "classes that the ground truth lacks"));
  QVERIFY(has_note(read->notes, "scores outside 0 to 1; kept as they are: 1 (first: entry [3])"));
  const auto limited = read_coco_results(file, *truth, {.limits_scores = true});
  QVERIFY2(limited.has_value(), problem(limited).c_str());
  QCOMPARE(limited->boxes[1].score, 1.0);
  QVERIFY(has_note(limited->notes, "scores outside 0 to 1; clamped to it: 1 (first: entry [3])"));
  write_file(file,
             std::string_view(R"([{"image_id": 8, "category_id": 1, "bbox": [1, 2, 3, 4]}])"));
  const auto without = read_coco_results(file, *truth);
  QVERIFY(!without && contains(problem(without), "entry [0] has no score"));
}

void TestCocoJson::depth_does_no_harm() {
  const std::string deep = "{\"annotations\": [" + std::string(2'000'000, '[');
  QVERIFY(!truth_of(deep));
  QVERIFY(!truth_of("{\"info\": " + std::string(2'000'000, '[')));
}

void TestCocoJson::damage_does_no_harm() {
  std::mt19937 random(3);
  for (int round = 0; round < 400; ++round) {
    const Bytes bytes = mutated(bytes_of(plain), random);
    const auto truth = truth_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, true);
    if (!truth) continue;
    for (const TruthBox& box : truth->boxes) {
      QVERIFY(box.image >= 0 && box.image < std::ssize(truth->images));
      QVERIFY(box.category >= 0 && box.category < std::ssize(truth->categories));
    }
  }
}

void TestCocoJson::a_cancelled_reading_ends() {
  std::string text = "{\"annotations\": [";
  for (int i = 0; i < 5000; ++i)
    text += (i > 0 ? "," : "") +
            std::string(R"({"id": 1, "image_id": 8, "category_id": 5, "bbox": [1,2,3,4]})");
  TestFolder folder;
  const auto file = write_file(folder / "t.json", std::string_view(text + "]}"));
  const auto truth =
      read_coco_truth(file, {false, [](std::int64_t, std::int64_t) { return false; }});
  QVERIFY(!truth && truth.error().kind == ErrorKind::cancelled);
}

int run_coco_json(int argc, char** argv) {
  TestCocoJson test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_coco_json.moc"

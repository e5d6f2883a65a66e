#include <QtTest>

#include "core/data/box_scan.h"
#include "core/data/dataset_paths.h"
#include "encoders.h"
#include "test_files.h"

using namespace plumbline;

// Before any raw string, since Qt's moc does not get past some of them.
class TestBoxScan : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void formats_are_known_by_name();
  void yolo_is_read();
  void yolo_mistakes_are_named_data();
  void yolo_mistakes_are_named();
  void yolo_leaves_out_what_is_odd();
  void yolo_counts_files_without_an_image();
  void a_folder_for_a_file_is_said_data();
  void a_folder_for_a_file_is_said();
  void voc_is_read();
  void voc_mistakes_are_named_data();
  void voc_mistakes_are_named();
  void no_entity_is_expanded();
  void coco_is_read_with_its_images();
  void boxes_of_a_stored_image_are_turned_with_it_data();
  void boxes_of_a_stored_image_are_turned_with_it();
  void names_do_not_lead_out();
};

namespace {

/// A PNG file of that size.
Bytes png_file(int width, int height) {
  return encode_png(cv::Mat(height, width, CV_8UC1, cv::Scalar(90)), {});
}

/// A dark JPEG file with a bright rectangle in it.
Bytes jpeg_with_patch(int width, int height, const PixelBox& patch, int orientation) {
  cv::Mat image(height, width, CV_8UC1, cv::Scalar(0));
  image(cv::Rect(static_cast<int>(patch.x), static_cast<int>(patch.y),
                 static_cast<int>(patch.width), static_cast<int>(patch.height))) = 255;
  JpegOptions options;
  options.orientation = orientation;
  return encode_jpeg(image, options);
}

Result<DatasetScan> scan(DatasetFormat format, const std::filesystem::path& images,
                         const std::filesystem::path& labels, const std::string& split = "test") {
  return scan_boxes(format, {images, labels, split}, {});
}

bool box_warns(const DatasetScan& scan, std::string_view part) {
  return std::ranges::any_of(scan.warnings, [&](const ScanWarning& warning) {
    return contains(warning.message, part) || contains(warning.where, part);
  });
}

void make_yolo(const TestFolder& folder, std::string_view labels) {
  write_file(folder / "images/val/a.png", png_file(200, 100));
  write_file(folder / "images/val/b.png", png_file(50, 50));
  write_file(folder / "images/val/broken.png", std::string_view("no image"));
  write_file(folder / "labels/val/a.txt", labels);
  write_file(
      folder / "data.yaml",
      std::string_view("path: /elsewhere\nval: images/val\nnames:\n  0: cat\n  1: big dog\n"));
}

void make_voc(const TestFolder& folder, std::string_view annotation) {
  write_file(folder / "JPEGImages/a.png", png_file(100, 80));
  write_file(folder / "JPEGImages/b.png", png_file(100, 80));
  write_file(folder / "Annotations/a.xml", annotation);
}

constexpr std::string_view voc_text = R"(<?xml version="1.0"?>
<annotation><filename>a.png</filename><size><width>100</width><height>80</height></size>
<object><name>person</name><difficult>1</difficult><truncated>1</truncated>
 <bndbox><xmin>11</xmin><ymin>21</ymin><xmax>30</xmax><ymax>60</ymax></bndbox>
 <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>3</xmax><ymax>3</ymax></bndbox></part></object>
<object><name>b &amp; c</name><bndbox><ymin>1</ymin><xmin>1</xmin><xmax>100</xmax><ymax>80.0</ymax></bndbox></object>
</annotation>)";

}  // namespace

void TestBoxScan::formats_are_known_by_name() {
  for (const auto format : {DatasetFormat::image_folder, DatasetFormat::idx, DatasetFormat::cifar10,
                            DatasetFormat::coco, DatasetFormat::yolo, DatasetFormat::voc}) {
    QVERIFY(format_info(format).format == format);
    QVERIFY(parse_dataset_format(to_string(format)) == format);
  }
  const auto unknown = parse_dataset_format("video");
  QVERIFY(!unknown && contains(problem(unknown), "voc"));
}

void TestBoxScan::yolo_is_read() {
  TestFolder folder;
  make_yolo(folder, "1 0.5 0.5 0.25 0.5\r\n\r\n0 0.1 0.1 0.3 0.1 0.3 0.4 0.1 0.4\r\n");
  const auto read = scan(DatasetFormat::yolo, folder / "data.yaml", "", "validation");
  QVERIFY2(read.has_value(), problem(read).c_str());
  QCOMPARE(read->samples.size(), 2U);
  QCOMPARE(read->samples[0].name, std::string("a.png"));
  QVERIFY((read->classes == std::vector<std::string>{"cat", "big dog"}));
  QCOMPARE(read->boxes->boxes.size(), 2U);
  QVERIFY((read->boxes->boxes[0].box == PixelBox{75, 25, 50, 50}));
  QCOMPARE(read->boxes->boxes[0].category, 1);
  QCOMPARE(read->boxes->boxes[0].area, 2500.0);
  const PixelBox segment = read->boxes->boxes[1].box;
  QVERIFY(qAbs(segment.x - 20) < 1e-9 && qAbs(segment.y - 10) < 1e-9);
  QVERIFY(qAbs(segment.width - 40) < 1e-9 && qAbs(segment.height - 30) < 1e-9);
  QVERIFY(box_warns(*read, "broken.png"));
  QVERIFY(box_warns(*read, "segmentation outlines"));
  QVERIFY(box_warns(*read, "without a label file"));
  // The same by the folder and a list of names.
  write_file(folder / "names.txt", std::string_view("cat\r\nbig dog\r\n"));
  const auto other = scan(DatasetFormat::yolo, folder / "images/val", folder / "names.txt");
  QVERIFY2(other.has_value(), problem(other).c_str());
  QVERIFY(other->classes == read->classes);
  QCOMPARE(other->boxes->boxes.size(), 2U);
}

void TestBoxScan::yolo_mistakes_are_named_data() {
  QTest::addColumn<QString>("labels");
  QTest::addColumn<QString>("named");
  QTest::newRow("four values") << "0 0.5 0.5 0.2" << "a.txt: line 1: has 4 values";
  QTest::newRow("even values") << "0 1 1 1 1\n0 1 1 1 1 1 1 1" << "line 2";
  QTest::newRow("word") << "0 0.5 half 0.2 0.2" << "'half' is not a number";
  QTest::newRow("broken and of no class") << "7 0.5 0.5 0.2" << "a.txt: line 1: has 4 values";
  QTest::newRow("negative class") << "-1 0.5 0.5 0.2 0.2" << "no class -1";
  QTest::newRow("fraction of a class") << "0.5 0.5 0.5 0.2 0.2" << "no class 0.5";
  QTest::newRow("infinite") << "0 inf 0.5 0.2 0.2" << "'inf'";
}

void TestBoxScan::yolo_mistakes_are_named() {
  QFETCH(QString, labels);
  QFETCH(QString, named);
  TestFolder folder;
  make_yolo(folder, labels.toStdString());
  const auto read = scan(DatasetFormat::yolo, folder / "data.yaml", "", "val");
  QVERIFY(!read);
  QVERIFY2(contains(problem(read), named.toStdString()), problem(read).c_str());
}

/// As COCO's: an object of a class that nobody names is left out, counted and named.
void TestBoxScan::yolo_leaves_out_what_is_odd() {
  TestFolder folder;
  make_yolo(folder, "2 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.25 0.5\n9 0.5 0.5 0.2 0.2\n");
  const auto read = scan(DatasetFormat::yolo, folder / "data.yaml", "", "val");
  QVERIFY2(read.has_value(), problem(read).c_str());
  QCOMPARE(read->boxes->boxes.size(), 1U);
  QCOMPARE(read->boxes->boxes[0].category, 1);
  QCOMPARE(read->boxes->boxes[0].id.number, 1);
  QVERIFY(box_warns(*read,
                    "objects of classes that are not listed (names has 2); left out: 2 (first: "));
  QVERIFY(box_warns(*read, "a.txt: line 1, class 2)"));
}

void TestBoxScan::yolo_counts_files_without_an_image() {
  TestFolder folder;
  make_yolo(folder, "1 0.5 0.5 0.25 0.5\n");
  write_file(folder / "labels/val/gone.txt", std::string_view("1 0.5 0.5 0.25 0.5\n"));
  write_file(folder / "labels/val/lost.txt", std::string_view("1 0.5 0.5 0.25 0.5\n"));
  const auto read = scan(DatasetFormat::yolo, folder / "data.yaml", "", "val");
  QVERIFY2(read.has_value(), problem(read).c_str());
  QVERIFY(box_warns(*read, "label files without an image; left out: 2 (first: "));
  QVERIFY(box_warns(*read, "labels/val/gone.txt)"));
  // Beside images a list of names is none of labels.
  write_file(folder / "plain/a.png", png_file(20, 10));
  write_file(folder / "plain/a.txt", std::string_view("0 0.5 0.5 0.25 0.5\n"));
  write_file(folder / "plain/classes.txt", std::string_view("cat\n"));
  write_file(folder / "plain/mine.txt", std::string_view("cat\n"));
  const auto beside = scan(DatasetFormat::yolo, folder / "plain", folder / "plain/mine.txt");
  QVERIFY2(beside.has_value(), problem(beside).c_str());
  QCOMPARE(beside->boxes->boxes.size(), 1U);
  QVERIFY(beside->warnings.empty());
}

void TestBoxScan::a_folder_for_a_file_is_said_data() {
  QTest::addColumn<QString>("format");
  QTest::addColumn<QString>("images");
  QTest::addColumn<QString>("labels");
  QTest::addColumn<QString>("said");
  const auto row = [](const char* format, const char* images, const char* labels,
                      const char* said) {
    QTest::addRow("%s %s %s", format, images, labels) << format << images << labels << said;
  };
  row("image-folder", "file", "", "is a file; --images is a folder with one sub-folder per class");
  row("idx", "folder", "", "is a folder; --images is an IDX file of images");
  row("idx", "file", "folder", "is a folder; --labels is an IDX file of labels");
  row("cifar10", "folder", "", "is a folder; --images is a .bin file of CIFAR-10");
  row("coco", "file", "file", "is a file; --images is the images' folder");
  row("coco", "folder", "folder", "is a folder; --labels is COCO's instances JSON");
  row("yolo", "file", "", "is a file; --images is the images' folder, or data.yaml");
  row("voc", "folder", "file", "is a file; --labels is VOC's folder Annotations");
  for (const char* good :
       {"image-folder folder -", "idx file file", "cifar10 file -", "coco folder file",
        "yolo file.yaml -", "yolo folder file", "voc folder folder", "idx nowhere -"}) {
    const auto words = QString(good).split(' ');
    QTest::newRow(good) << words[0] << words[1] << (words[2] == "-" ? QString() : words[2])
                        << QString();
  }
}

void TestBoxScan::a_folder_for_a_file_is_said() {
  QFETCH(QString, format);
  QFETCH(QString, images);
  QFETCH(QString, labels);
  QFETCH(QString, said);
  TestFolder folder;
  write_file(folder / "file", std::string_view("x"));
  write_file(folder / "file.yaml", std::string_view("x"));
  std::filesystem::create_directory(folder / "folder");
  const auto path = [&](const QString& name) {
    return name.isEmpty() ? std::filesystem::path() : folder / name.toStdString();
  };
  const auto checked = check_dataset_paths(*parse_dataset_format(format.toStdString()),
                                           {path(images)}, path(labels));
  QCOMPARE(checked.has_value(), said.isEmpty());
  if (said.isEmpty()) return;
  QCOMPARE(checked.error().message, said.toStdString());
  QVERIFY(checked.error().where.starts_with(folder.path().string()));
  QVERIFY(!checked.error().hint.empty());
}

void TestBoxScan::voc_is_read() {
  TestFolder folder;
  make_voc(folder, voc_text);
  const auto read = scan(DatasetFormat::voc, folder.path(), "");
  QVERIFY2(read.has_value(), problem(read).c_str());
  QVERIFY((read->classes == std::vector<std::string>{"b & c", "person"}));
  QCOMPARE(read->boxes->boxes.size(), 2U);
  const TruthBox& person = read->boxes->boxes[0];
  QVERIFY((person.box == PixelBox{10, 20, 20, 40}));
  QVERIFY(person.ignored);
  QCOMPARE(person.category, 1);
  QVERIFY((read->boxes->boxes[1].box == PixelBox{0, 0, 100, 80}));
  QVERIFY(box_warns(*read, "truncated") && box_warns(*read, "parts") &&
          box_warns(*read, "difficult"));
}

void TestBoxScan::voc_mistakes_are_named_data() {
  QTest::addColumn<QString>("annotation");
  QTest::addColumn<QString>("named");
  QTest::newRow("no XML") << "<annotation><object>" << "is not XML";
  QTest::newRow("another root") << "<svg/>" << "no element annotation";
  QTest::newRow("no name") << "<annotation><object><bndbox/></object></annotation>"
                           << "object 0: has no name";
  QTest::newRow("no box") << "<annotation><object><name>a</name></object></annotation>"
                          << "no bndbox";
  QTest::newRow("no number")
      << "<annotation><object><name>a</name><bndbox><xmin>x</xmin></bndbox></object></annotation>"
      << "xmin of a bndbox";
}

void TestBoxScan::voc_mistakes_are_named() {
  QFETCH(QString, annotation);
  QFETCH(QString, named);
  TestFolder folder;
  make_voc(folder, annotation.toStdString());
  const auto read = scan(DatasetFormat::voc, folder.path(), "");
  QVERIFY(!read);
  QVERIFY2(contains(problem(read), named.toStdString()), problem(read).c_str());
  QVERIFY(contains(problem(read), "a.xml"));
}

void TestBoxScan::no_entity_is_expanded() {
  TestFolder folder;
  make_voc(
      folder,
      R"(<!DOCTYPE annotation [<!ENTITY x "aaaaaaaaaa"><!ENTITY y SYSTEM "file:///etc/passwd">]>
<annotation><object><name>&x;&y;</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>3</xmax><ymax>3</ymax></bndbox></object></annotation>)");
  const auto read = scan(DatasetFormat::voc, folder.path(), "");
  QVERIFY2(read.has_value(), problem(read).c_str());
  QCOMPARE(read->classes.front(), std::string("&x;&y;"));
}

void TestBoxScan::coco_is_read_with_its_images() {
  TestFolder folder;
  write_file(folder / "images/a.png", png_file(20, 10));
  const auto labels = write_file(folder / "t.json", std::string_view(R"({"images": [
      {"id": 4, "file_name": "val2017/a.png", "width": 20, "height": 10},
      {"id": 5, "file_name": "gone.png", "width": 20, "height": 10}],
    "categories": [{"id": 9, "name": "cat"}],
    "annotations": [{"id": 1, "image_id": 5, "category_id": 9, "bbox": [1, 2, 3, 4], "area": 7},
      {"id": 2, "image_id": 4, "category_id": 9, "bbox": [1, 2, 3, 4], "area": 7,
       "segmentation": [[1, 2, 3, 4, 5, 6]]}]})"));
  const auto read = scan(DatasetFormat::coco, folder / "images", labels);
  QVERIFY2(read.has_value(), problem(read).c_str());
  QCOMPARE(read->samples.size(), 1U);
  QCOMPARE(read->samples[0].name, std::string("a.png"));
  QCOMPARE(read->boxes->boxes.size(), 1U);
  QCOMPARE(read->boxes->boxes[0].id.number, 2);
  QCOMPARE(segmentation_of(*read->boxes, read->boxes->boxes[0]).value(),
           std::string("[[1,2,3,4,5,6]]"));
  QVERIFY(box_warns(*read, "gone.png"));
  QVERIFY(
      box_warns(*read, "objects of images that could not be read; left out: 1 (first: gone.png)"));
}

void TestBoxScan::boxes_of_a_stored_image_are_turned_with_it_data() {
  QTest::addColumn<int>("orientation");
  for (int orientation = 1; orientation <= 8; ++orientation)
    QTest::addRow("orientation %d", orientation) << orientation;
}

void TestBoxScan::boxes_of_a_stored_image_are_turned_with_it() {
  QFETCH(int, orientation);
  // A bright patch at the box tells where it is once the image stands upright.
  const PixelBox stored{8, 16, 24, 8};
  TestFolder folder;
  write_file(folder / "a.jpg", jpeg_with_patch(64, 40, stored, orientation));
  const auto labels = write_file(folder / "t.json", std::string_view(R"({"images": [
      {"id": 1, "file_name": "a.jpg", "width": 64, "height": 40}], "categories": [{"id": 1, "name": "a"}],
      "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [8, 16, 24, 8], "area": 192}]})"));
  const auto read = scan(DatasetFormat::coco, folder.path(), labels);
  QVERIFY2(read.has_value(), problem(read).c_str());
  const PixelBox box = read->boxes->boxes[0].box;
  if (orientation >= 2 && orientation <= 4) return;  // the size does not tell: taken for upright
  const auto image = read_image(folder / "a.jpg");
  QVERIFY2(image.has_value(), problem(image).c_str());
  double inside = 0, all = 0;
  for (int y = 0; y < image->height; ++y)
    for (int x = 0; x < image->width; ++x) {
      const bool bright =
          image->pixels[static_cast<std::size_t>((y * image->width + x) * image->channels)] > 128;
      all += bright ? 1 : 0;
      if (bright && x >= box.x && x < box.right() && y >= box.y && y < box.bottom()) ++inside;
    }
  QVERIFY2(all > 150 && inside > 0.95 * all, qPrintable(QString("%1 of %2").arg(inside).arg(all)));
  QCOMPARE(box_warns(*read, "EXIF"), orientation >= 5);
}

void TestBoxScan::names_do_not_lead_out() {
  TestFolder folder;
  write_file(folder / "images/a.png", png_file(20, 10));
  write_file(folder / "secret.png", png_file(20, 10));
  const auto labels = write_file(folder / "t.json", std::string_view(R"({"images": [
      {"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "../secret.png"}, {"id": 3, "file_name": "/etc/passwd"}],
      "categories": [], "annotations": []})"));
  const auto read = scan(DatasetFormat::coco, folder / "images", labels);
  QVERIFY2(read.has_value(), problem(read).c_str());
  QCOMPARE(read->samples.size(), 1U);
  QVERIFY(box_warns(*read, "leads out"));
}

int run_box_scan(int argc, char** argv) {
  TestBoxScan test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_box_scan.moc"

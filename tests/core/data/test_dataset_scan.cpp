#include <QtTest>
#include <filesystem>

#include "core/data/dataset_scan.h"
#include "core/data/hash.h"
#include "encoders.h"

using namespace plumbline;
namespace fs = std::filesystem;

namespace {

std::string text_of(const DatasetScan& scan) {
  std::string text(to_string(scan.format));
  for (const auto& name : scan.classes) text += "\nclass " + name;
  for (const auto& source : scan.sources) {
    text += "\nsource " + source.path.filename().string() + ' ' + std::to_string(source.size) +
            ' ' + source.hash;
  }
  for (const auto& sample : scan.samples) {
    text += "\nsample " + std::to_string(sample.source) + ' ' + std::to_string(sample.record) +
            ' ' + sample.name + ' ' + std::to_string(sample.label) + ' ' +
            std::to_string(sample.size) + ' ' + sample.hash;
  }
  for (const auto& warning : scan.warnings) {
    text += "\nwarning " + warning.where + ": " + warning.message;
  }
  return text;
}

std::vector<std::string> names_of(const DatasetScan& scan) {
  std::vector<std::string> names;
  for (const auto& sample : scan.samples) names.push_back(sample.name);
  return names;
}

bool warns(const DatasetScan& scan, std::string_view where, std::string_view message) {
  return std::any_of(scan.warnings.begin(), scan.warnings.end(), [&](const ScanWarning& warning) {
    return contains(warning.where, where) && contains(warning.message, message);
  });
}

Bytes jpeg(unsigned seed) { return encode_jpeg(picture(12, 9, CV_8UC3, seed), {}); }

}  // namespace

class TestDatasetScan : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void formats() {
    for (const auto format :
         {DatasetFormat::image_folder, DatasetFormat::idx, DatasetFormat::cifar10}) {
      const auto parsed = parse_dataset_format(to_string(format));
      QVERIFY(parsed);
      QCOMPARE(*parsed, format);
    }
    const auto wrong = parse_dataset_format("zip");
    QVERIFY(contains(problem(wrong), "zip"));
    QCOMPARE(wrong.error().kind, ErrorKind::usage);
  }

  void an_image_folder() {
    TestFolder folder;
    const auto root = folder / "photos";
    write_file(root / "dog/b.jpg", jpeg(1));
    write_file(root / "dog/a.png", encode_png(picture(4, 4, CV_8UC1), {}));
    write_file(root / "dog/deep/er/c.bmp", encode_other(picture(4, 4, CV_8UC3), ".bmp"));
    write_file(root / "Cat/z", jpeg(2));  // by its content, not by its name
    write_file(root / "dog-like/x.jpg", jpeg(3));
    write_file(root / "dog/notes.txt", "not an image");
    write_file(root / "dog/.hidden.jpg", "not looked at");
    write_file(root / ".git/a.jpg", jpeg(4));
    const auto scan = scan_image_folder(root, {});
    QVERIFY2(scan, problem(scan).c_str());
    QCOMPARE(scan->classes, (std::vector<std::string>{"Cat", "dog", "dog-like"}));
    // Byte order of the whole relative path: '-' is before '/'.
    QCOMPARE(names_of(*scan), (std::vector<std::string>{"Cat/z", "dog-like/x.jpg", "dog/a.png",
                                                        "dog/b.jpg", "dog/deep/er/c.bmp"}));
    QCOMPARE(scan->samples[0].label, ClassIndex{0});
    QCOMPARE(scan->samples[1].label, ClassIndex{2});
    QCOMPARE(scan->samples[4].label, ClassIndex{1});
    QCOMPARE(scan->samples[0].record, -1);
    const Bytes content = jpeg(2);
    QCOMPARE(scan->samples[0].size, content.size());
    QCOMPARE(scan->samples[0].hash, hash_bytes(as_bytes(content)));
    QVERIFY2(scan->warnings.empty(), text_of(*scan).c_str());
    QCOMPARE(scan->sources.size(), std::size_t{1});
    QVERIFY(scan->sources[0].path.is_absolute());
    const auto slash = scan_image_folder(root.string() + "/", {});
    QVERIFY(slash);
    QCOMPARE(text_of(*slash), text_of(*scan));
  }

  void the_same_whatever_the_order_on_disk() {
    TestFolder folder;
    std::vector<unsigned> order(60);
    for (unsigned i = 0; i < 60; ++i) order[i] = i;
    std::string expected;
    for (unsigned attempt = 0; attempt < 3; ++attempt) {
      std::shuffle(order.begin(), order.end(), std::mt19937(attempt));
      const auto root = folder.path() / std::to_string(attempt) / "photos";
      for (const unsigned i : order) {
        const auto name = "class" + std::to_string(i % 4) + "/" + std::to_string(i) + ".jpg";
        Bytes content = jpeg(i);
        if (i % 7 == 0) content.resize(content.size() / 2);
        write_file(root / name, content);
      }
      const auto scan = scan_image_folder(root, {});
      QVERIFY2(scan, problem(scan).c_str());
      QCOMPARE(scan->samples.size(), std::size_t{60 - 9});
      QCOMPARE(scan->warnings.size(), std::size_t{9});
      if (attempt == 0) expected = text_of(*scan);
      QCOMPARE(text_of(*scan), expected);
    }
  }

  void broken_files_are_warnings() {
    TestFolder folder;
    Bytes cut = jpeg(1);
    cut.resize(cut.size() - 40);
    write_file(folder / "a/good.jpg", jpeg(1));
    write_file(folder / "a/cut.jpg", cut);
    write_file(folder / "a/empty.png", "");
    write_file(folder / "a/text.JPG", "no image");
    write_file(folder / "a/picture.gif", "GIF89a\1");
    write_file(folder / "loose.jpg", jpeg(1));
    write_file(folder / "b/only.txt", "nothing here");
    write_file(folder / "a/caf\xe9.jpg", jpeg(1));
    const auto scan = scan_image_folder(folder.path(), {});
    QVERIFY2(scan, problem(scan).c_str());
    QCOMPARE(names_of(*scan), std::vector<std::string>{"a/good.jpg"});
    QVERIFY(warns(*scan, "a/cut.jpg", "damaged"));
    QVERIFY(warns(*scan, "a/empty.png", "empty"));
    QVERIFY(warns(*scan, "a/text.JPG", "not an image"));
    QVERIFY(warns(*scan, "a/picture.gif", "GIF"));
    QVERIFY(warns(*scan, "", "images outside the folders of classes; left out: 1"));
    QVERIFY(warns(*scan, "b", "no image"));
    QVERIFY(warns(*scan, "a/caf\\xe9.jpg", "UTF-8"));
    QCOMPARE(scan->warnings.size(), std::size_t{7});
    QCOMPARE(scan->classes, (std::vector<std::string>{"a", "b"}));
  }

  void links() {
    TestFolder folder;
    const auto root = folder / "data";
    write_file(folder / "outside/secret.jpg", jpeg(9));
    write_file(folder / "data-too/secret.jpg", jpeg(9));  // shares the root's first letters
    write_file(root / "a/good.jpg", jpeg(1));
    fs::create_symlink(folder / "outside/secret.jpg", root / "a/out.jpg");
    fs::create_symlink(folder / "data-too/secret.jpg", root / "a/near.jpg");
    fs::create_symlink("good.jpg", root / "a/in.jpg");
    fs::create_symlink("nowhere.jpg", root / "a/broken.jpg");
    fs::create_symlink("..", root / "a/loop");
    fs::create_symlink(folder / "outside", root / "b");
    const auto scan = scan_image_folder(root, {});
    QVERIFY2(scan, problem(scan).c_str());
    QCOMPARE(names_of(*scan), (std::vector<std::string>{"a/good.jpg", "a/in.jpg"}));
    QCOMPARE(scan->classes, std::vector<std::string>{"a"});
    for (const char* name : {"a/out.jpg", "a/near.jpg", "a/broken.jpg", "a/loop", "b"}) {
      QVERIFY2(warns(*scan, name, "not followed"), name);
    }
  }

  void folders_without_samples() {
    TestFolder folder;
    QVERIFY(contains(problem(scan_image_folder(folder / "none", {})), "none"));
    QVERIFY(contains(problem(scan_image_folder(folder.path(), {})), "no sub-folder"));
    QVERIFY(!scan_image_folder({}, {}));
    const auto file = write_file(folder / "a/x.jpg", "no image");
    QVERIFY(!scan_image_folder(file, {}));
    const auto scan = scan_image_folder(folder.path(), {});
    QVERIFY(contains(problem(scan), "no image that can be decoded"));
    QVERIFY(contains(problem(scan), "a/x.jpg"));  // one reason
    QCOMPARE(scan.error().kind, ErrorKind::bad_input);
  }

  void progress_and_cancel() {
    TestFolder folder;
    for (unsigned i = 0; i < 20; ++i) {
      write_file(folder / ("a/" + std::to_string(i) + ".jpg"), jpeg(i));
    }
    std::int64_t last = -1, all = 0;
    bool falling = false;
    QVERIFY(scan_image_folder(folder.path(), [&](std::int64_t done, std::int64_t total) {
      falling |= done < last;
      last = done;
      all = total;
      return true;
    }));
    QVERIFY(!falling);
    QCOMPARE(last, 20);
    QCOMPARE(all, 20);
    const auto no = [](std::int64_t, std::int64_t) { return false; };
    const auto scan = scan_image_folder(folder.path(), no);
    QVERIFY(!scan);
    QCOMPARE(scan.error().kind, ErrorKind::cancelled);
    const auto idx = write_file(folder / "i", idx_bytes(0x803, {1, 2, 2}, random_values(4, 1)));
    QCOMPARE(scan_idx(idx, {}, no).error().kind, ErrorKind::cancelled);
  }

  void idx_plain_and_gzip_are_equal() {
    TestFolder folder;
    const Bytes images = idx_bytes(0x803, {5, 3, 4}, random_values(60, 1));
    const Bytes labels = idx_bytes(0x801, {5}, Bytes{2, 0, 3, 3, 1});
    const auto plain =
        scan_idx(write_file(folder / "i", images), write_file(folder / "l", labels), {});
    QVERIFY2(plain, problem(plain).c_str());
    QCOMPARE(plain->classes, (std::vector<std::string>{"0", "1", "2", "3"}));
    QCOMPARE(plain->samples.size(), std::size_t{5});
    QCOMPARE(plain->samples[2].label, ClassIndex{3});
    QCOMPARE(plain->samples[2].record, 2);
    QCOMPARE(plain->samples[2].name, "2");
    QCOMPARE(plain->sources.size(), std::size_t{2});
    QCOMPARE(plain->sources[0].size, images.size());
    QCOMPARE(plain->sources[0].hash, hash_bytes(as_bytes(images)));
    // By its content: the name says nothing.
    const auto packed = scan_idx(write_file(folder / "i2", gzip(images)),
                                 write_file(folder / "l2", gzip(labels)), {});
    QVERIFY2(packed, problem(packed).c_str());
    auto comparable = *packed;
    comparable.sources = plain->sources;
    QCOMPARE(text_of(comparable), text_of(*plain));
    // Two gzip members one after the other are one file.
    const Bytes first = gzip(std::span(images).first(30)),
                second = gzip(std::span(images).subspan(30));
    Bytes both = first;
    both.insert(both.end(), second.begin(), second.end());
    QVERIFY(scan_idx(write_file(folder / "i3", both), {}, {}));
  }

  void idx_without_labels_and_in_colour() {
    TestFolder folder;
    const auto scan = scan_idx(
        write_file(folder / "i", idx_bytes(0x804, {2, 3, 4, 3}, random_values(72, 1))), {}, {});
    QVERIFY2(scan, problem(scan).c_str());
    QCOMPARE(scan->samples[1].label, no_class);
    QVERIFY(scan->classes.empty());
    QVERIFY(scan->warnings.empty());
  }

  void idx_says_which_classes_are_empty() {
    TestFolder folder;
    const auto images = write_file(folder / "i", idx_bytes(0x803, {3, 3, 4}, random_values(36, 1)));
    const auto warning_of = [&](const Bytes& labels) {
      const auto scan =
          scan_idx(images, write_file(folder / "l", idx_bytes(0x801, {3}, labels)), {});
      if (!scan || scan->warnings.size() > 1) qFatal("%s", problem(scan).c_str());
      return scan->warnings.empty() ? std::string()
                                    : scan->warnings[0].where + ": " + scan->warnings[0].message;
    };
    QCOMPARE(warning_of({2, 0, 1}), std::string());
    QCOMPARE(warning_of({2, 0, 2}),
             std::string("l: labels 0 to 2 make 3 classes; 1 of them has no sample"));
    QCOMPARE(warning_of({0, 0, 200}),
             std::string("l: labels 0 to 200 make 201 classes; 199 of them have no sample"));
    QCOMPARE(warning_of({0, 0, 0}), std::string());
  }

  void wrong_idx_data() {
    QTest::addColumn<QByteArray>("images");
    QTest::addColumn<QByteArray>("labels");
    QTest::addColumn<QString>("message");
    const auto row = [](const Bytes& bytes) {
      return QByteArray(reinterpret_cast<const char*>(bytes.data()),
                        static_cast<int>(bytes.size()));
    };
    const Bytes values = random_values(24, 1), two{1, 2};
    const Bytes images = idx_bytes(0x803, {2, 3, 4}, values), labels = idx_bytes(0x801, {2}, two);
    const auto bad_images = [&](const char* name, const Bytes& bytes, const char* message) {
      QTest::newRow(name) << row(bytes) << row(labels) << message;
    };
    bad_images("magic", idx_bytes(0x802, {2, 3, 4}, values), "0x00000802");
    bad_images("labels as images", labels, "not an IDX file of images");
    bad_images("cut", idx_bytes(0x803, {2, 3, 5}, values), "cut off");
    bad_images("long", idx_bytes(0x803, {2, 3, 3}, values), "followed by other bytes");
    bad_images("gzip cut", gzip(idx_bytes(0x803, {2, 3, 5}, values)), "cut off");
    bad_images("gzip long", gzip(idx_bytes(0x803, {2, 3, 3}, values)), "more bytes");
    bad_images("count 0", idx_bytes(0x803, {0, 3, 4}, {}), "empty");
    bad_images("height 0", idx_bytes(0x803, {2, 0, 4}, {}), "cannot be images");
    bad_images("2 channels", idx_bytes(0x804, {2, 3, 2, 2}, values), "cannot be images");
    bad_images("too many", idx_bytes(0x803, {0xFFFFFFFF, 1, 1}, values), "records");
    bad_images("too large", idx_bytes(0x803, {1, 0xFFFFFFFF, 0xFFFFFFFF}, values),
               "cannot be images");
    bad_images("gzip claims much", gzip(idx_bytes(0x803, {60000, 28, 28}, values)), "cannot hold");
    bad_images("gzip bomb", gzip(idx_bytes(0x803, {2, 3, 4}, Bytes(10'000'000))), "more bytes");
    Bytes trailing = gzip(images);
    trailing.push_back('x');
    bad_images("gzip and more", trailing, "bytes follow");
    Bytes checksum = gzip(images);
    checksum[checksum.size() - 6] ^= 1;
    bad_images("gzip checksum", checksum, "damaged");
    const auto bad_labels = [&](const char* name, const Bytes& bytes, const char* message) {
      QTest::newRow(name) << row(images) << row(bytes) << message;
    };
    bad_labels("count", idx_bytes(0x801, {1}, Bytes{1}), "1 label for the 2 images");
    bad_labels("images as labels", images, "not an IDX file of labels");
    bad_labels("labels cut", idx_bytes(0x801, {2}, Bytes{1}), "cut off");
  }
  void wrong_idx() {
    QFETCH(QByteArray, images);
    QFETCH(QByteArray, labels);
    QFETCH(QString, message);
    TestFolder folder;
    const auto image_file = write_file(folder / "i", Bytes(images.begin(), images.end()));
    const auto label_file = write_file(folder / "l", Bytes(labels.begin(), labels.end()));
    const auto scan = scan_idx(image_file, label_file, {});
    QVERIFY2(contains(problem(scan), message.toStdString()), problem(scan).c_str());
    QCOMPARE(scan.error().kind, ErrorKind::bad_input);
    QVERIFY(contains(scan.error().where, folder.path().string()));
  }

  void cifar10() {
    TestFolder folder;
    Bytes first = random_values(3 * 3073, 1), second = random_values(3073, 2);
    for (const std::size_t i : {0, 1, 2}) first[i * 3073] = static_cast<std::uint8_t>(7 + i);
    second[0] = 0;
    const auto scan = scan_cifar10(
        {write_file(folder / "1.bin", first), write_file(folder / "2.bin", second)}, {});
    QVERIFY2(scan, problem(scan).c_str());
    QCOMPARE(scan->classes.size(), std::size_t{10});
    QCOMPARE(scan->classes[6], "frog");
    QCOMPARE(scan->samples.size(), std::size_t{4});
    QCOMPARE(scan->samples[2].label, ClassIndex{9});
    QCOMPARE(scan->samples[3].source, 1);
    QCOMPARE(scan->samples[3].record, 0);
    QCOMPARE(scan->sources[0].hash, hash_bytes(as_bytes(first)));

    first[3073] = 10;
    const auto label = scan_cifar10({write_file(folder / "3.bin", first)}, {});
    QVERIFY(contains(problem(label), "record 1"));
    QVERIFY(contains(problem(label), "3.bin"));
    first.pop_back();
    const auto cut = scan_cifar10({write_file(folder / "4.bin", first)}, {});
    QVERIFY(contains(problem(cut), "record 2"));
    QVERIFY(!scan_cifar10({write_file(folder / "5.bin", "")}, {}));
    QVERIFY(!scan_cifar10({folder / "none.bin"}, {}));
    QCOMPARE(scan_cifar10({}, {}).error().kind, ErrorKind::usage);
  }
};

int run_dataset_scan(int argc, char** argv) {
  TestDatasetScan test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_dataset_scan.moc"

#include <QtTest>
#include <atomic>
#include <thread>

#include "core/data/sample_reader.h"
#include "encoders.h"

using namespace plumbline;

class TestSampleReader : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void idx_data() {
    QTest::addColumn<bool>("compressed");
    QTest::addColumn<int>("channels");
    for (const bool compressed : {false, true}) {
      for (const int channels : {1, 3}) {
        QTest::addRow("%s %d", compressed ? "gzip" : "plain", channels) << compressed << channels;
      }
    }
  }
  void idx() {
    QFETCH(bool, compressed);
    QFETCH(int, channels);
    TestFolder folder;
    const auto record = static_cast<std::size_t>(3 * 4 * channels);
    const Bytes values = random_values(7 * record, 1);
    const Bytes plain = channels == 1 ? idx_bytes(0x803, {7, 3, 4}, values)
                                      : idx_bytes(0x804, {7, 3, 4, 3}, values);
    const Bytes content = compressed ? gzip(plain) : plain;
    const auto path = write_file(folder / "images", content);
    SampleReader reader(DatasetFormat::idx, {{path, content.size(), ""}});
    for (const std::size_t i : {6, 0, 3}) {
      const auto image = reader.read({0, static_cast<std::int64_t>(i), ""});
      QVERIFY2(image, problem(image).c_str());
      QCOMPARE(image->width, 4);
      QCOMPARE(image->height, 3);
      QCOMPARE(image->channels, channels);
      const auto first = values.begin() + static_cast<std::ptrdiff_t>(i * record);
      QCOMPARE(image->pixels, Bytes(first, first + static_cast<std::ptrdiff_t>(record)));
    }
    QVERIFY(contains(problem(reader.read({0, 7, ""})), "no record 7"));
    QVERIFY(!reader.read({0, -1, ""}));
    QVERIFY(!reader.read({0, INT64_MAX, ""}));
    QVERIFY(!reader.read({1, 0, ""}));
    QVERIFY(!reader.read({-1, 0, ""}));
  }

  void cifar10() {
    TestFolder folder;
    Bytes content = random_values(2 * 3073, 4);
    const auto path = write_file(folder / "c.bin", content);
    SampleReader reader(DatasetFormat::cifar10, {{path, content.size(), ""}});
    const auto image = reader.read({0, 1, ""});
    QVERIFY2(image, problem(image).c_str());
    QCOMPARE(image->channels, 3);
    for (const std::size_t pixel : {0, 33, 1023}) {
      for (std::size_t c = 0; c < 3; ++c) {
        QCOMPARE(image->pixels[3 * pixel + c], content[3073 + 1 + 1024 * c + pixel]);
      }
    }
    QVERIFY(!reader.read({0, 2, ""}));
  }

  void changed_and_missing_files() {
    TestFolder folder;
    const auto path = write_file(folder / "i", idx_bytes(0x803, {1, 2, 2}, random_values(4, 1)));
    SampleReader changed(DatasetFormat::idx, {{path, 21, ""}});
    QVERIFY(contains(problem(changed.read({0, 0, ""})), "had 21 when it was imported"));
    SampleReader moved(DatasetFormat::idx, {{folder / "later", 20, ""}});
    QVERIFY(contains(problem(moved.read({0, 0, ""})), "later"));
    std::filesystem::rename(path, folder / "later");
    QVERIFY(moved.read({0, 0, ""}));  // back where it was
  }

  void image_folder() {
    TestFolder folder;
    write_file(folder / "data/a/x.jpg", encode_jpeg(picture(64, 40, CV_8UC3), {}));
    write_file(folder / "secret.jpg", encode_jpeg(picture(64, 40, CV_8UC3), {}));
    SampleReader reader(DatasetFormat::image_folder, {{folder / "data", 0, ""}});
    const auto image = reader.read({0, -1, "a/x.jpg"});
    QVERIFY2(image, problem(image).c_str());
    QCOMPARE(image->width, 64);
    const auto small = reader.read({0, -1, "a/x.jpg"}, 16);
    QVERIFY(small);
    QCOMPARE(small->width, 16);
    QVERIFY(contains(problem(reader.read({0, -1, "a/none.jpg"})), "none.jpg"));
  }

  void a_changed_file_has_another_fingerprint() {
    TestFolder folder;
    const auto file = write_file(folder / "data/a/x.jpg", "first");
    const SampleReader reader(DatasetFormat::image_folder, {{folder / "data", 0, ""}});
    const auto first = reader.fingerprint({0, -1, "a/x.jpg"});
    QVERIFY2(first, problem(first).c_str());
    QCOMPARE(*reader.fingerprint({0, -1, "a/x.jpg"}), *first);
    std::filesystem::create_hard_link(file, folder / "data/a/y.jpg");
    QVERIFY(*reader.fingerprint({0, -1, "a/y.jpg"}) != *reader.fingerprint({0, -1, "a/x.jpg"}));
    std::filesystem::remove(folder / "data/a/y.jpg");
    write_file(file, "longer");
    const auto longer = reader.fingerprint({0, -1, "a/x.jpg"});
    QVERIFY(*longer != *first);
    std::filesystem::last_write_time(
        file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    QVERIFY(*reader.fingerprint({0, -1, "a/x.jpg"}) != *longer);
    QVERIFY(contains(problem(reader.fingerprint({0, -1, "a/none.jpg"})), "none.jpg"));
    QVERIFY(!reader.fingerprint({0, -1, "../secret.jpg"}));
    QVERIFY(!reader.fingerprint({1, -1, "a/x.jpg"}));
  }

  void names_that_lead_out_data() {
    QTest::addColumn<QString>("name");
    for (const char* name :
         {"", "../secret.jpg", "a/../../secret.jpg", "/etc/passwd", "..", "a/.."}) {
      QTest::addRow("'%s'", name) << QString(name);
    }
    QTest::newRow("nul") << QString("a/x.jpg") + QChar(0) + "y";
  }
  void names_that_lead_out() {
    QFETCH(QString, name);
    TestFolder folder;
    write_file(folder / "data/a/x.jpg", encode_jpeg(picture(8, 8, CV_8UC3), {}));
    write_file(folder / "secret.jpg", encode_jpeg(picture(8, 8, CV_8UC3), {}));
    SampleReader reader(DatasetFormat::image_folder, {{folder / "data", 0, ""}});
    QVERIFY(contains(problem(reader.read({0, -1, name.toStdString()})), "leads out"));
  }

  void many_threads_at_once() {
    TestFolder folder;
    const Bytes values = random_values(200 * 16, 1);
    const Bytes content = gzip(idx_bytes(0x803, {200, 4, 4}, values));
    const auto path = write_file(folder / "i", content);
    const SampleReader reader(DatasetFormat::idx, {{path, content.size(), ""}});
    std::atomic<int> wrong{0};
    {
      std::vector<std::jthread> threads;
      for (std::size_t t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
          for (std::size_t i = t; i < 200; i += 2) {
            const auto image = reader.read({0, static_cast<std::int64_t>(i), ""});
            if (!image || !std::equal(image->pixels.begin(), image->pixels.end(),
                                      values.begin() + static_cast<std::ptrdiff_t>(16 * i))) {
              ++wrong;
            }
          }
        });
      }
    }
    QCOMPARE(wrong.load(), 0);
  }
};

int run_sample_reader(int argc, char** argv) {
  TestSampleReader test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_sample_reader.moc"

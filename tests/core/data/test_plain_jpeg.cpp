#include <QtTest>

#include "core/data/plain_jpeg.h"
#include "encoders.h"

using namespace plumbline;

namespace {

Bytes colours(int width, int height, const JpegOptions& options) {
  return encode_jpeg(picture(width, height, CV_8UC3), options);
}

}  // namespace

class TestPlainJpeg : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void plain_kinds_are_found_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<JpegOptions>("options");
    for (const auto& [width, height] : {std::pair(1, 1), {9, 8}, {17, 31}, {64, 48}, {333, 77}})
      for (const int quality : {5, 75, 100})
        for (const auto& [x, y] : {std::pair(1, 1), {2, 1}, {1, 2}, {2, 2}})
          for (const int restart : {0, 1, 3}) {
            JpegOptions options;
            options.quality = quality;
            options.sampling_x = x;
            options.sampling_y = y;
            options.restart_interval = restart;
            options.orientation = (width + quality) % 9;
            QTest::addRow("%dx%d quality %d sampling %dx%d restart %d", width, height, quality, x,
                          y, restart)
                << width << height << options;
          }
  }
  void plain_kinds_are_found() {
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(JpegOptions, options);
    const Bytes bytes = colours(width, height, options);
    const auto jpeg = find_plain_jpeg(as_bytes(bytes));
    QVERIFY(jpeg.has_value());
    QCOMPARE(jpeg->width, width);
    QCOMPARE(jpeg->height, height);
    QCOMPARE(jpeg->sampling.x, options.sampling_x);
    QCOMPARE(jpeg->sampling.y, options.sampling_y);
    QCOMPARE(jpeg->orientation, std::max(1, options.orientation));
    QCOMPARE(jpeg->size, bytes.size());
    // What a program put behind it is none of it.
    Bytes longer = bytes;
    longer.insert(longer.end(), {0xFF, 0xD8, 1, 2, 3});
    QCOMPARE(find_plain_jpeg(as_bytes(longer))->size, bytes.size());
  }

  void other_kinds_are_not() {
    JpegOptions options;
    options.progressive = true;
    QVERIFY(!find_plain_jpeg(as_bytes(colours(64, 48, options))));
    options = {};
    options.sampling_x = 4;
    options.sampling_y = 1;
    QVERIFY(!find_plain_jpeg(as_bytes(colours(64, 48, options))));
    options = {};
    QVERIFY(!find_plain_jpeg(as_bytes(encode_jpeg(picture(64, 48, CV_8UC1), options))));
    options.inks = true;
    QVERIFY(!find_plain_jpeg(as_bytes(encode_jpeg(picture(64, 48, CV_8UC4), options))));
    QVERIFY(!find_plain_jpeg(as_bytes(encode_png(picture(8, 8, CV_8UC3), {2, 8}))));
    QVERIFY(!find_plain_jpeg({}));
  }

  void colours_that_are_not_said_are_the_hosts() {
    Bytes bytes = colours(64, 48, {});
    QVERIFY(find_plain_jpeg(as_bytes(bytes)));
    // Without JFIF's marker the components' numbers say it, where they are 1, 2 and 3.
    const auto jfif = std::search(bytes.begin(), bytes.end(), "JFIF", "JFIF" + 4);
    *jfif = 'X';
    QVERIFY(find_plain_jpeg(as_bytes(bytes)));
    const std::uint8_t frame[] = {0xFF, 0xC0};
    const auto at = std::search(bytes.begin(), bytes.end(), frame, frame + 2);
    const std::uint8_t scan[] = {0xFF, 0xDA};
    const auto scan_at = std::search(at, bytes.end(), scan, scan + 2);
    for (int c = 0; c < 3; ++c)
      at[10 + 3 * c] = scan_at[5 + 2 * c] = static_cast<std::uint8_t>("RGB"[c]);
    QVERIFY(!find_plain_jpeg(as_bytes(bytes)));
  }

  void no_part_of_a_file_is_whole() {
    JpegOptions options;
    options.restart_interval = 2;
    const Bytes bytes = colours(50, 37, options);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      QVERIFY2(!find_plain_jpeg(as_bytes(bytes).first(size)), qPrintable(QString::number(size)));
  }

  // A GPU's decoder says nothing of damage: what is taken for plain, libjpeg must read to its end
  // without a warning, and find as large and turned as much.
  void what_is_found_is_what_the_host_reads() {
    std::mt19937 generator(11);
    int found = 0;
    for (int i = 0; i < 3000; ++i) {
      JpegOptions options;
      options.sampling_x = 1 + i % 2;
      options.sampling_y = 1 + i / 2 % 2;
      options.restart_interval = i % 3;
      options.orientation = i % 9;
      Bytes bytes = colours(40 + i % 7, 33, options);
      for (auto k = generator() % 3 + 1; k > 0; --k)
        bytes[generator() % bytes.size()] ^= static_cast<std::uint8_t>(1U << generator() % 8);
      const auto jpeg = find_plain_jpeg(as_bytes(bytes));
      if (!jpeg) continue;
      ++found;
      const auto image = decode_image(as_bytes(bytes).first(jpeg->size), "x.jpg");
      QVERIFY2(image, problem(image).c_str());
      const bool turned = jpeg->orientation > 4;
      QCOMPARE(image->width, turned ? jpeg->height : jpeg->width);
      QCOMPARE(image->height, turned ? jpeg->width : jpeg->height);
      QVERIFY(!image->facts.without_end);
    }
    QVERIFY2(found > 300 && found < 2900, qPrintable(QString::number(found)));
  }
};

int run_plain_jpeg(int argc, char** argv) {
  TestPlainJpeg test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_plain_jpeg.moc"

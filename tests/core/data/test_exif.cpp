#include <QtTest>
#include <opencv2/imgcodecs.hpp>

#include "core/data/exif.h"
#include "encoders.h"

using namespace plumbline;

class TestExif : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void all_orientations_data() {
    QTest::addColumn<int>("orientation");
    QTest::addColumn<bool>("big_endian");
    for (int orientation = 1; orientation <= 8; ++orientation) {
      QTest::addRow("%d little", orientation) << orientation << false;
      QTest::addRow("%d big", orientation) << orientation << true;
    }
  }
  void all_orientations() {
    QFETCH(int, orientation);
    QFETCH(bool, big_endian);
    JpegOptions options;
    options.orientation = orientation;
    options.big_endian_exif = big_endian;
    const Bytes bytes = encode_jpeg(picture(45, 22, CV_8UC3), options);
    const auto image = decode_image(as_bytes(bytes), "x.jpg");
    QVERIFY2(image, problem(image).c_str());
    QCOMPARE(image->width, orientation <= 4 ? 45 : 22);
    QCOMPARE(difference(*image, as_image(cv::imdecode(bytes, cv::IMREAD_COLOR))), "");
    // A thumbnail stands upright, too.
    const auto small = decode_image(as_bytes(bytes), "x.jpg", 12);
    QVERIFY(small);
    QCOMPARE(small->width < small->height, orientation > 4);
  }

  // Which corner comes first, as the EXIF standard puts it.
  void corners_data() {
    QTest::addColumn<int>("orientation");
    QTest::addColumn<QByteArray>("upright_pixels");
    // Stored: 1 2 3
    //         4 5 6
    QTest::newRow("1") << 1 << QByteArray("123456");
    QTest::newRow("2") << 2 << QByteArray("321654");
    QTest::newRow("3") << 3 << QByteArray("654321");
    QTest::newRow("4") << 4 << QByteArray("456123");
    QTest::newRow("5") << 5 << QByteArray("142536");
    QTest::newRow("6") << 6 << QByteArray("415263");
    QTest::newRow("7") << 7 << QByteArray("635241");
    QTest::newRow("8") << 8 << QByteArray("362514");
  }
  void corners() {
    QFETCH(int, orientation);
    QFETCH(QByteArray, upright_pixels);
    const Image image = upright({3, 2, 1, {'1', '2', '3', '4', '5', '6'}}, orientation);
    QCOMPARE(QByteArray(reinterpret_cast<const char*>(image.pixels.data()), 6), upright_pixels);
    QCOMPARE(image.width, orientation <= 4 ? 3 : 2);
    QCOMPARE(image.height, orientation <= 4 ? 2 : 3);
  }

  void in_png() {
    PngOptions options;
    options.colour_type = 2;
    options.orientation = 6;
    const cv::Mat source = picture(9, 5, CV_8UC3);
    const auto image = decode_image(as_bytes(encode_png(source, options)), "x.png");
    QVERIFY2(image, problem(image).c_str());
    Image stored = as_image(source);
    // encode_png writes the rows as they are: red first.
    for (std::size_t i = 0; i < stored.pixels.size(); i += 3) {
      std::swap(stored.pixels[i], stored.pixels[i + 2]);
    }
    QCOMPARE(difference(*image, upright(stored, 6)), "");
  }

  void damaged_blocks_are_upright() {
    QCOMPARE(exif_orientation({}), 1);
    for (const bool big_endian : {false, true}) {
      const Bytes whole = exif_block(6, big_endian);
      QCOMPARE(exif_orientation(as_bytes(whole)), 6);
      for (std::size_t length = 0; length < whole.size(); ++length) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        const int orientation = exif_orientation(as_bytes(cut));
        QVERIFY(orientation == 1 || (orientation == 6 && length >= 34));
      }
      Bytes far = whole;
      std::fill(far.begin() + 4, far.begin() + 8, std::uint8_t{0xFF});
      QCOMPARE(exif_orientation(as_bytes(far)), 1);
      QCOMPARE(exif_orientation(as_bytes(exif_block(0, big_endian))), 1);
      QCOMPARE(exif_orientation(as_bytes(exif_block(9, big_endian))), 1);
    }
  }
};

int run_exif(int argc, char** argv) {
  TestExif test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_exif.moc"

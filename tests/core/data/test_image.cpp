#include <png.h>
#include <zlib.h>
#include <QtTest>
#include <opencv2/imgcodecs.hpp>
#include <thread>

#include "core/data/other_image_header.h"
#include "encoders.h"

using namespace plumbline;

Q_DECLARE_METATYPE(JpegOptions)
Q_DECLARE_METATYPE(PngOptions)

namespace {

/// OpenCV's view of the same file, not turned.
Image reference(const Bytes& bytes, int flags) {
  return as_image(cv::imdecode(bytes, flags | cv::IMREAD_IGNORE_ORIENTATION));
}

Bytes with_size(Bytes png, std::uint32_t width, std::uint32_t height) {
  for (int i = 0; i < 4; ++i) {
    png[16 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(width >> (24 - 8 * i));
    png[20 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(height >> (24 - 8 * i));
  }
  const auto crc = static_cast<std::uint32_t>(crc32(0, png.data() + 12, 17));
  for (int i = 0; i < 4; ++i) {
    png[29 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
  }
  return png;
}

}  // namespace

class TestImage : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void jpeg_equals_opencv_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("channels");
    QTest::addColumn<JpegOptions>("options");
    for (const auto& [width, height] :
         {std::pair(1, 1), {1, 9}, {8, 8}, {17, 31}, {64, 48}, {333, 77}}) {
      for (const int quality : {5, 50, 75, 95, 100}) {
        for (const auto& [x, y] : {std::pair(1, 1), {2, 1}, {1, 2}, {2, 2}, {4, 1}}) {
          JpegOptions options;
          options.quality = quality;
          options.sampling_x = x;
          options.sampling_y = y;
          options.progressive = quality == 75;
          options.restart_interval = quality == 50 ? 2 : 0;
          QTest::addRow("%dx%d quality %d sampling %dx%d", width, height, quality, x, y)
              << width << height << 3 << options;
        }
        JpegOptions grey;
        grey.quality = quality;
        QTest::addRow("%dx%d quality %d grey", width, height, quality)
            << width << height << 1 << grey;
      }
    }
  }
  void jpeg_equals_opencv() {
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(int, channels);
    QFETCH(JpegOptions, options);
    const Bytes bytes = encode_jpeg(picture(width, height, CV_MAKETYPE(CV_8U, channels)), options);
    QCOMPARE(image_encoding(as_bytes(bytes)), ImageEncoding::jpeg);
    const auto image = decode_image(as_bytes(bytes), "x.jpg");
    QVERIFY2(image, problem(image).c_str());
    QCOMPARE(image->channels, channels);
    QCOMPARE(difference(*image,
                        reference(bytes, channels == 1 ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR)),
             "");
  }

  void jpeg_of_inks() {
    JpegOptions options;
    options.inks = true;
    options.quality = 100;
    // Uniform, so that compression changes little. libjpeg marks it as Adobe's: 255 is no ink.
    const cv::Mat inks(16, 16, CV_8UC4, cv::Scalar(255, 128, 0, 255));
    const Bytes bytes = encode_jpeg(inks, options);
    const auto image = decode_image(as_bytes(bytes), "x.jpg");
    QVERIFY2(image, problem(image).c_str());
    QCOMPARE(image->channels, 3);
    const Image expected = reference(bytes, cv::IMREAD_COLOR);
    QCOMPARE(image->pixels.size(), expected.pixels.size());
    for (std::size_t i = 0; i < expected.pixels.size(); ++i) {
      // OpenCV divides by 256.
      QVERIFY(std::abs(image->pixels[i] - expected.pixels[i]) <= 1);
    }
    QVERIFY(std::abs(image->pixels[0] - 255) <= 1);
    QVERIFY(std::abs(image->pixels[1] - 128) <= 1);
    QVERIFY(std::abs(image->pixels[2] - 0) <= 1);
  }

  void thumbnails_data() {
    QTest::addColumn<int>("longest");
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::newRow("whole") << 0 << 333 << 77;
    QTest::newRow("larger than it is") << 400 << 333 << 77;
    QTest::newRow("a half is too small") << 168 << 333 << 77;
    QTest::newRow("a half") << 167 << 167 << 39;
    QTest::newRow("a quarter") << 84 << 84 << 20;
    QTest::newRow("an eighth") << 1 << 42 << 10;
  }
  void thumbnails() {
    QFETCH(int, longest);
    QFETCH(int, width);
    QFETCH(int, height);
    const Bytes bytes = encode_jpeg(picture(333, 77, CV_8UC3), {});
    const auto image = decode_image(as_bytes(bytes), "x.jpg", longest);
    QVERIFY(image);
    QCOMPARE(image->width, width);
    QCOMPARE(image->height, height);
    QCOMPARE(image->pixels.size(), static_cast<std::size_t>(3 * width * height));
  }

  void png_equals_opencv_data() {
    QTest::addColumn<int>("type");
    QTest::addColumn<int>("channels");
    QTest::addColumn<PngOptions>("options");
    const auto add = [](const char* name, int type, int channels, PngOptions options) {
      QTest::addRow("%s", name) << type << channels << options;
      options.interlaced = true;
      QTest::addRow("%s interlaced", name) << type << channels << options;
    };
    const auto png = [](int colour_type, int bit_depth, bool transparency = false) {
      return PngOptions{colour_type, bit_depth, false, transparency, 0};
    };
    add("grey 8", CV_8UC1, 1, png(PNG_COLOR_TYPE_GRAY, 8));
    add("grey 8 transparent", CV_8UC1, 1, png(PNG_COLOR_TYPE_GRAY, 8, true));
    add("grey 16", CV_16UC1, 1, png(PNG_COLOR_TYPE_GRAY, 16));
    add("rgb 8", CV_8UC3, 3, png(PNG_COLOR_TYPE_RGB, 8));
    add("rgb 8 transparent", CV_8UC3, 3, png(PNG_COLOR_TYPE_RGB, 8, true));
    add("rgb 16", CV_16UC3, 3, png(PNG_COLOR_TYPE_RGB, 16));
    add("rgba 8", CV_8UC4, 3, png(PNG_COLOR_TYPE_RGB_ALPHA, 8));
    add("rgba 16", CV_16UC4, 3, png(PNG_COLOR_TYPE_RGB_ALPHA, 16));
    for (const int depth : {1, 2, 4}) {
      add(qPrintable(QString("grey %1").arg(depth)), CV_8UC1, 1, png(PNG_COLOR_TYPE_GRAY, depth));
    }
    for (const int depth : {1, 2, 4, 8}) {
      add(qPrintable(QString("palette %1").arg(depth)), CV_8UC1, 3,
          png(PNG_COLOR_TYPE_PALETTE, depth));
      add(qPrintable(QString("palette %1 transparent").arg(depth)), CV_8UC1, 3,
          png(PNG_COLOR_TYPE_PALETTE, depth, true));
    }
  }
  void png_equals_opencv() {
    QFETCH(int, type);
    QFETCH(int, channels);
    QFETCH(PngOptions, options);
    for (const auto& [width, height] : {std::pair(1, 1), {3, 2}, {19, 13}, {128, 65}}) {
      cv::Mat source = picture(width, height, type);
      if (options.bit_depth < 8 || options.colour_type == PNG_COLOR_TYPE_PALETTE) {
        for (std::size_t i = 0; i < source.total(); ++i) {
          source.data[i] =
              static_cast<std::uint8_t>(source.data[i] % std::min(16, 1 << options.bit_depth));
        }
      }
      const Bytes bytes = encode_png(source, options);
      QCOMPARE(image_encoding(as_bytes(bytes)), ImageEncoding::png);
      const auto image = decode_image(as_bytes(bytes), "x.png");
      QVERIFY2(image, problem(image).c_str());
      QCOMPARE(image->channels, channels);
      QCOMPARE(difference(*image, reference(bytes, channels == 1 ? cv::IMREAD_GRAYSCALE
                                                                 : cv::IMREAD_COLOR)),
               "");
    }
  }

  void other_formats_data() {
    QTest::addColumn<QString>("suffix");
    QTest::addColumn<int>("type");
    QTest::addColumn<QString>("format");
    const auto add = [](const char* suffix, int type, const char* format) {
      QTest::addRow("%s type %d", suffix, type) << QString(suffix) << type << QString(format);
    };
    for (const int type : {CV_8UC1, CV_8UC3}) add(".bmp", type, "BMP");
    for (const int type : {CV_8UC1, CV_8UC3, CV_8UC4, CV_16UC1, CV_16UC3})
      add(".tiff", type, "TIFF");
    add(".webp", CV_8UC3, "WebP");
    add(".webp", CV_8UC4, "WebP");
    add(".pgm", CV_8UC1, "PNM");
    add(".ppm", CV_8UC3, "PNM");
    add(".jp2", CV_8UC3, "JPEG 2000");
  }
  void other_formats() {
    QFETCH(QString, suffix);
    QFETCH(int, type);
    QFETCH(QString, format);
    const cv::Mat source = picture(137, 83, type);
    const Bytes bytes = encode_other(source, suffix.toStdString());
    QCOMPARE(image_encoding(as_bytes(bytes)), ImageEncoding::other);
    QCOMPARE(std::string(other_image_format(as_bytes(bytes))), format.toStdString());
    const auto size = other_image_size(as_bytes(bytes));
    QVERIFY(size);
    QCOMPARE(size->width, 137);
    QCOMPARE(size->height, 83);
    const auto image = decode_image(as_bytes(bytes), "x");
    QVERIFY2(image, problem(image).c_str());
    cv::Mat decoded = cv::imdecode(bytes, cv::IMREAD_UNCHANGED);
    if (decoded.depth() == CV_16U) {
      cv::Mat high(decoded.size(), CV_MAKETYPE(CV_8U, decoded.channels()));
      for (int y = 0; y < decoded.rows; ++y) {
        for (int i = 0; i < decoded.cols * decoded.channels(); ++i) {
          high.ptr(y)[i] = static_cast<std::uint8_t>(decoded.ptr<std::uint16_t>(y)[i] / 256);
        }
      }
      decoded = high;
    }
    QCOMPARE(image->channels, CV_MAT_CN(type) == 1 ? 1 : 3);
    QCOMPARE(difference(*image, as_image(decoded)), "");
  }

  void recognised_but_not_read() {
    const auto image = decode_image(as_bytes(bytes_of("GIF89a\1\0\1\0")), "x.gif");
    QVERIFY(contains(problem(image), "GIF"));
  }

  void not_an_image_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("a byte") << QByteArray("\xff");
    QTest::newRow("a text") << QByteArray("BMP is a format");
    QTest::newRow("P1 as a word") << QByteArray("P1X marks the spot");
    QTest::newRow("zeros") << QByteArray(100, '\0');
  }
  void not_an_image() {
    QFETCH(QByteArray, content);
    const Bytes bytes = bytes_of({content.data(), static_cast<std::size_t>(content.size())});
    QCOMPARE(image_encoding(as_bytes(bytes)), ImageEncoding::not_an_image);
    const auto image = decode_image(as_bytes(bytes), "the file");
    QVERIFY(!image);
    QCOMPARE(image.error().where, "the file");
    QCOMPARE(image.error().kind, ErrorKind::bad_input);
  }

  // Each would take more memory than its file is worth.
  void bombs_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("message");
    const auto row = [](const Bytes& bytes) {
      return QByteArray(reinterpret_cast<const char*>(bytes.data()),
                        static_cast<int>(bytes.size()));
    };
    Bytes jpeg = encode_jpeg(picture(8, 8, CV_8UC3), {});
    const std::size_t frame = frame_header(jpeg);
    for (std::size_t i = frame + 5; i < frame + 9; ++i) jpeg[i] = 0xFE;
    QTest::newRow("jpeg of 65,278 squared") << row(jpeg) << "65278 × 65278";
    jpeg[frame + 5] = jpeg[frame + 7] = 0x20;
    QTest::newRow("jpeg of 8,446 squared in few bytes") << row(jpeg) << "cannot hold";
    const Bytes png = encode_png(picture(8, 8, CV_8UC3), {2, 8, false, false, 0});
    QTest::newRow("png of 2^31 squared")
        << row(with_size(png, 0x7FFFFFFF, 0x7FFFFFFF)) << "more than";
    QTest::newRow("png of 2^15 by 2^13") << row(with_size(png, 1 << 15, 1 << 13)) << "cannot hold";
    // OpenCV takes the comment for the number's end, and reads 8,888 × 48,888.
    QTest::newRow("pnm whose comment touches a number")
        << QByteArray("P4 8888# 48888\n8\n") << "damaged or cut off";
    QTest::newRow("pnm") << QByteArray("P6 99999999 99999999 255\n") << "more than";
    Bytes bmp = encode_other(picture(8, 8, CV_8UC3), ".bmp");
    for (std::size_t i = 18; i < 26; ++i) bmp[i] = i % 4 == 1 ? 0x7F : 0xFF;
    QTest::newRow("bmp") << row(bmp) << "more than";
  }
  void bombs() {
    QFETCH(QByteArray, content);
    QFETCH(QString, message);
    const Bytes bytes(content.begin(), content.end());
    const auto image = decode_image(as_bytes(bytes), "x");
    QVERIFY2(contains(problem(image), message.toStdString()), problem(image).c_str());
  }

  void bytes_behind_the_end_of_a_jpeg_are_no_damage() {
    Bytes bytes = encode_jpeg(picture(16, 16, CV_8UC3), {});
    bytes.insert(bytes.end(), 100, 0);
    QVERIFY(decode_image(as_bytes(bytes), "x"));
  }

  void many_threads_at_once() {
    const Bytes jpeg = encode_jpeg(picture(64, 48, CV_8UC3), {});
    const Bytes bmp = encode_other(picture(64, 48, CV_8UC3), ".bmp");
    const auto expected_jpeg = decode_image(as_bytes(jpeg), "x");
    const auto expected_bmp = decode_image(as_bytes(bmp), "x");
    QVERIFY(expected_jpeg && expected_bmp);
    std::atomic<int> wrong{0};
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&] {
          for (int i = 0; i < 20; ++i) {
            const auto a = decode_image(as_bytes(jpeg), "x"), b = decode_image(as_bytes(bmp), "x");
            if (!a || !b || a->pixels != expected_jpeg->pixels ||
                b->pixels != expected_bmp->pixels) {
              ++wrong;
            }
          }
        });
      }
    }
    QCOMPARE(wrong.load(), 0);
  }

  void files() {
    TestFolder folder;
    const auto path = write_file(folder / "a.png", encode_png(picture(5, 4, CV_8UC1), {}));
    const auto image = read_image(path);  // what it is, not what it is called
    QVERIFY(image);
    QCOMPARE(image->width, 5);
    QVERIFY(contains(problem(read_image(folder / "none.png")), "none.png"));
    QVERIFY(!read_image(folder.path()));
    QVERIFY(contains(std::string(decoder_name()), "libjpeg-turbo"));
  }

 private:
  static std::size_t frame_header(const Bytes& jpeg) {
    for (std::size_t i = 0; i + 1 < jpeg.size(); ++i) {
      if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0) return i;
    }
    return 0;
  }
};

int run_image(int argc, char** argv) {
  TestImage test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_image.moc"

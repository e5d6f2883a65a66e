#include <zlib.h>
#include <QtTest>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>

#include "core/data/image_notes.h"
#include "encoders.h"

using namespace plumbline;
namespace fs = std::filesystem;

namespace {

/// A cross of a grey level under an alpha of its own, on a ground that is not seen.
cv::Mat cross(int channels, int ground, int ink, int ground_alpha, int ink_alpha) {
  cv::Mat image(9, 9, CV_8UC(channels));
  for (int y = 0; y < 9; ++y)
    for (int x = 0; x < 9; ++x) {
      const bool inked = x == 4 || y == 4;
      auto* pixel = image.ptr<std::uint8_t>(y) + x * channels;
      for (int c = 0; c < channels - 1; ++c)
        pixel[c] = static_cast<std::uint8_t>(inked ? ink : ground);
      pixel[channels - 1] = static_cast<std::uint8_t>(inked ? ink_alpha : ground_alpha);
    }
  return image;
}

/// A ramp of 16 bits: column k has the value k · step.
cv::Mat ramp(int step) {
  cv::Mat image(4, 256, CV_16UC1);
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x)
      image.at<std::uint16_t>(y, x) = static_cast<std::uint16_t>(x * step);
  return image;
}

Bytes big_endian_word(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

/// The PNG with the control chunk of an animation before its pixels.
Bytes animated_png(Bytes png, std::uint32_t frames) {
  Bytes chunk = bytes_of("acTL");
  for (const auto number : {frames, 0u}) {
    const Bytes part = big_endian_word(number);
    chunk.insert(chunk.end(), part.begin(), part.end());
  }
  const auto check =
      static_cast<std::uint32_t>(crc32(0, chunk.data(), static_cast<unsigned>(chunk.size())));
  Bytes whole = big_endian_word(8);
  whole.insert(whole.end(), chunk.begin(), chunk.end());
  const Bytes end = big_endian_word(check);
  whole.insert(whole.end(), end.begin(), end.end());
  constexpr std::ptrdiff_t after_header = 8 + 25;
  png.insert(png.begin() + after_header, whole.begin(), whole.end());
  return png;
}

/// The frame's chunks are empty: the container alone says that it moves.
Bytes animated_webp(int frames) {
  Bytes body = bytes_of("WEBPVP8X");
  const auto add = [&](std::initializer_list<int> values) {
    for (const int value : values) body.push_back(static_cast<std::uint8_t>(value));
  };
  add({10, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 7, 0, 0});
  for (int i = 0; i < frames; ++i) {
    const Bytes name = bytes_of("ANMF");
    body.insert(body.end(), name.begin(), name.end());
    add({2, 0, 0, 0, 0, 0});
  }
  Bytes file = bytes_of("RIFF");
  for (int i = 0; i < 4; ++i) file.push_back(static_cast<std::uint8_t>(body.size() >> (8 * i)));
  file.insert(file.end(), body.begin(), body.end());
  return file;
}

std::string texts_of(const DatasetScan& scan) {
  std::string text;
  for (const auto& warning : scan.warnings) text += warning.where + ": " + warning.message + "\n";
  return text;
}

double mean_of(const Image& image) {
  double sum = 0;
  for (const auto value : image.pixels) sum += value;
  return sum / static_cast<double>(image.pixels.size());
}

}  // namespace

class TestImageNotes : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // One rule for every kind of transparency: it is dropped, and the colours below it are kept.
  void transparency_is_dropped_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<bool>("transparent");
    QTest::addColumn<bool>("one_colour");
    const auto row = [](const char* name, const Bytes& bytes, bool transparent, bool one_colour) {
      QTest::newRow(name) << QByteArray(reinterpret_cast<const char*>(bytes.data()),
                                        static_cast<qsizetype>(bytes.size()))
                          << transparent << one_colour;
    };
    const PngOptions rgba{6, 8, false, false, 0}, grey_alpha{4, 8, false, false, 0};
    row("black on transparent black", encode_png(cross(4, 0, 0, 0, 255), rgba), true, true);
    row("black on transparent white", encode_png(cross(4, 255, 0, 0, 255), rgba), true, false);
    row("alpha that is opaque", encode_png(cross(4, 255, 0, 255, 255), rgba), false, false);
    row("soft edge", encode_png(cross(4, 9, 9, 255, 254), rgba), true, true);
    row("grey and alpha", encode_png(cross(2, 0, 0, 0, 255), grey_alpha), true, true);
    row("tRNS of a palette",
        encode_png(cv::Mat(4, 4, CV_8UC1, cv::Scalar(3)), {3, 8, false, true, 0}), true, true);
    row("tRNS of grey", encode_png(cross(1, 0, 0, 0, 200), {0, 8, false, true, 0}), true, false);
    row("bmp", encode_other(cross(1, 0, 0, 7, 200), ".bmp"), false, false);
    row("webp", encode_other(cross(4, 255, 0, 100, 255), ".webp"), true, false);
  }
  void transparency_is_dropped() {
    QFETCH(QByteArray, file);
    QFETCH(bool, transparent);
    QFETCH(bool, one_colour);
    const Bytes bytes(file.begin(), file.end());
    const auto image = decode_image(as_bytes(bytes), "x");
    QVERIFY2(image, problem(image).c_str());
    QVERIFY(image->channels == 1 || image->channels == 3);
    QCOMPARE(image->facts.transparent, transparent);
    QCOMPARE(note_of(*image).one_colour, one_colour);
  }

  void twelve_bits_in_sixteen_are_named_data() {
    QTest::addColumn<QString>("suffix");
    QTest::addColumn<int>("step");
    QTest::addColumn<int>("bits");  // 0: nothing to say
    QTest::newRow("png, all") << ".png" << 257 << 0;
    QTest::newRow("png, 12") << ".png" << 16 << 12;
    QTest::newRow("png, 14") << ".png" << 64 << 14;
    QTest::newRow("png, 15") << ".png" << 128 << 0;
    QTest::newRow("tiff, all") << ".tiff" << 257 << 0;
    QTest::newRow("tiff, 12") << ".tiff" << 16 << 12;
  }
  void twelve_bits_in_sixteen_are_named() {
    QFETCH(QString, suffix);
    QFETCH(int, step);
    QFETCH(int, bits);
    const Bytes bytes = encode_other(ramp(step), suffix.toStdString());
    const auto image = decode_image(as_bytes(bytes), "x");
    QVERIFY2(image, problem(image).c_str());
    for (int x = 0; x < 256; ++x)
      QCOMPARE(int{image->pixels[static_cast<std::size_t>(x)]}, x * step / 256);
    QCOMPARE(int{note_of(*image).dark_bits}, bits);
  }

  void several_frames_are_counted() {
    const Bytes png = encode_png(cross(1, 9, 0, 9, 1), {0, 8, false, false, 0});
    const auto moving = decode_image(as_bytes(animated_png(png, 5)), "x");
    QVERIFY2(moving, problem(moving).c_str());
    QCOMPARE(moving->facts.frames, 5);
    QCOMPARE(decode_image(as_bytes(png), "x")->facts.frames, 1);

    const TestFolder folder;
    const std::vector<cv::Mat> pages(3, cross(1, 9, 0, 9, 1));
    const auto file = (folder / "x.tiff").string();
    QVERIFY(cv::imwritemulti(file, pages));
    const auto image = read_image(file);
    QVERIFY2(image, problem(image).c_str());
    QCOMPARE(image->facts.frames, 3);

    const auto webp = decode_image(as_bytes(animated_webp(4)), "x.webp");
    QVERIFY2(contains(problem(webp), "animated WebP of 4 frames"), problem(webp).c_str());
  }

  void a_jpeg_without_its_end_is_read() {
    for (const bool progressive : {false, true}) {
      JpegOptions options;
      options.progressive = progressive;
      Bytes jpeg = encode_jpeg(picture(40, 31, CV_8UC3), options);
      const auto whole = decode_image(as_bytes(jpeg), "x");
      QVERIFY(!whole->facts.without_end);
      jpeg.resize(jpeg.size() - 2);
      const auto image = decode_image(as_bytes(jpeg), "x");
      QVERIFY2(image, problem(image).c_str());
      QVERIFY(image->facts.without_end);
      QCOMPARE(image->pixels, whole->pixels);
    }
  }

  // One warning a kind, with the number and some names; folders of systems are no classes.
  void an_import_says_what_is_lost() {
    const TestFolder folder;
    const PngOptions rgba{6, 8, false, false, 0};
    const Bytes good = encode_jpeg(picture(20, 20, CV_8UC3), {});
    for (const char* name : {"a/1.png", "a/2.png", "b/3.png", "b/4.png"})
      write_file(folder / name, encode_png(cross(4, 0, 0, 0, 255), rgba));
    write_file(folder / "b/dark.png", encode_other(ramp(16), ".png"));
    Bytes endless = good;
    endless.resize(endless.size() - 2);
    write_file(folder / "b/endless.jpg", endless);
    write_file(folder / "b/good.jpg", good);
    write_file(folder / "b/Thumbs.db", "no image");
    fs::create_directories(folder / "empty");
    for (const char* name :
         {"__MACOSX/a/1.jpg", "@eaDir/2.jpg", "a/@eaDir/3.jpg", "$RECYCLE.BIN/4.jpg",
          "$Recycle.Bin/5.jpg", "lost+found/6.jpg", ".ipynb_checkpoints/7.jpg"})
      write_file(folder / name, good);
    const auto scan = scan_image_folder(folder.path(), {});
    QVERIFY2(scan, problem(scan).c_str());
    QCOMPARE(scan->classes, (std::vector<std::string>{"a", "b", "empty"}));
    QCOMPARE(scan->samples.size(), std::size_t{7});
    const std::string said = texts_of(*scan);
    for (const char* part :
         {"a/1.png: becomes one single colour, since its transparency is dropped",
          "4 images in all: also a/2.png, b/3.png, …",
          "b/dark.png: has no value above 4095 of 65535 (12 bits in 16)",
          "b/endless.jpg: lacks a JPEG's end marker", "empty: the class has no image",
          "__MACOSX: is a folder that an operating system made", "a/@eaDir: is a folder",
          "$Recycle.Bin: is a folder", "lost+found: is a folder"})
      QVERIFY2(contains(said, part), (std::string(part) + " is not in\n" + said).c_str());
    QVERIFY(!contains(said, "good.jpg") && !contains(said, "Thumbs.db"));
  }

  void cases() {
    const char* named = std::getenv("PLUMBLINE_DATA");
    const fs::path data =
        (named ? fs::path(named) : fs::path(PLUMBLINE_SOURCE_DIR) / "../shared/data") / "cases";
    if (!fs::exists(data)) QSKIP("the cases are not here: set PLUMBLINE_DATA");
    const auto seen = scan_image_folder(data / "transparency/images", {});
    QVERIFY2(seen, problem(seen).c_str());
    const std::string said = texts_of(*seen);
    for (const char* part : {"becomes one single colour", "3 images in all", "soft-edge.png",
                             "grey-alpha.png", "black-on-transparent-black.png"})
      QVERIFY2(contains(said, part), said.c_str());
    for (const auto& [name, mean] : {std::pair("black-on-transparent-white.png", 224.1),
                                     {"palette-trns.png", 1.21},
                                     {"grey-trns.png", 1.21},
                                     {"soft-edge.png", 0.0}}) {
      const auto image = read_image(data / "transparency/images/digit" / name);
      QVERIFY2(std::abs(mean_of(*image) - mean) < 0.01, name);
    }
    const auto deep = scan_image_folder(data / "sixteen-bit/images", {});
    QVERIFY2(contains(texts_of(*deep), "twelve/ramp12-in-16.png: has no value above 4095"),
             texts_of(*deep).c_str());
    QCOMPARE(deep->warnings.size(), std::size_t{1});
    for (const char* name : {"ramp16.png", "ramp16-big-endian.tif", "ramp16-little-endian.tif"}) {
      const auto image = read_image(data / "sixteen-bit/images/full" / name);
      QVERIFY2(image, problem(image).c_str());
      QCOMPARE(mean_of(*image), 127.5);
    }
    QCOMPARE(mean_of(*read_image(data / "sixteen-bit/images/twelve/ramp12-in-16.png")), 7.5);
    const auto junk = scan_image_folder(data / "junk-in-folder/photos", {});
    QVERIFY2(junk, problem(junk).c_str());
    QCOMPARE(junk->classes, (std::vector<std::string>{"cat", "dog", "zebra"}));
    QCOMPARE(junk->samples.size(), std::size_t{6});
    QVERIFY(contains(texts_of(*junk), "zebra: the class has no image"));
  }
};

int run_image_notes(int argc, char** argv) {
  TestImageNotes test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_image_notes.moc"

#include <QtTest>
#include <fstream>
#include <sstream>
#include <string>

#include "core/data/hash.h"
#include "core/data/resize.h"
#include "generated_image.h"

using namespace plumbline;

/// `bilinear-antialias` against PIL's results, to the bit (make_pil_reference.py wrote them).
class TestPilBilinear : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void reference_data() {
    QTest::addColumn<QByteArray>("line");
    std::ifstream file(PLUMBLINE_SOURCE_DIR "/tests/core/data/resize/pil_reference.txt");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with('#')) continue;
      QTest::newRow(line.substr(0, line.rfind(' ')).c_str()) << QByteArray::fromStdString(line);
    }
  }
  void reference() {
    QFETCH(QByteArray, line);
    std::istringstream words(line.toStdString());
    std::string pattern, done, hash;
    std::uint32_t seed = 0;
    int channels = 0, width = 0, height = 0, to_width = 0, to_height = 0;
    Resize resize{.interpolation = Interpolation::bilinear_antialias};
    words >> pattern >> seed >> channels >> width >> height >> done;
    resize.kind = done == "resize" ? ResizeKind::stretch : ResizeKind::short_side;
    if (done == "short-side") words >> resize.size;
    words >> to_width >> to_height >> hash;
    QVERIFY(!words.fail());
    const Image image = generated_image(pattern == "noise" ? Pattern::noise : Pattern::extremes,
                                        seed, channels, width, height);
    const auto fitted = fit_image(image, channels, to_width, to_height, resize, "a.png");
    QVERIFY(fitted);
    QCOMPARE(hash_bytes(std::as_bytes(std::span(fitted->pixels))), hash);
  }

  /// By hand: 4 values to 2. The triangle of half-width 2 about 1 weighs the values 0.5, 0.5 and
  /// 1.5 away with 3/4, 3/4 and 1/4, which are normalised by 7/4.
  void four_to_two() {
    const Image image{4, 1, 1, {10, 20, 200, 90}};
    Resize resize{.kind = ResizeKind::stretch, .interpolation = Interpolation::bilinear_antialias};
    const auto fitted = fit_image(image, 1, 2, 1, resize, "a.png");
    QVERIFY(fitted);
    // (10·3 + 20·3 + 200) / 7 = 41.43, (20 + 200·3 + 90·3) / 7 = 127.14
    QCOMPARE(int{fitted->pixels[0]}, 41);
    QCOMPARE(int{fitted->pixels[1]}, 127);
  }
};

int run_pil_bilinear(int argc, char** argv) {
  TestPilBilinear test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_pil_bilinear.moc"

#include <QtTest>
#include <cmath>
#include <limits>

#include "core/data/resize.h"
#include "generated_image.h"

using namespace plumbline;

class TestFitImage : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void none_keeps_every_value() {
    for (const int channels : {1, 3}) {
      const Image image = generated_image(Pattern::noise, 1, channels, 13, 9);
      const auto fitted = fit_image(image, channels, 13, 9, Resize{}, "a.png");
      QVERIFY(fitted);
      QVERIFY(fitted->pixels == image.pixels);
    }
  }

  void none_refuses_another_size() {
    const Image image = generated_image(Pattern::noise, 1, 3, 13, 9);
    const auto fitted = fit_image(image, 3, 32, 28, Resize{}, "cat/7.png");
    QVERIFY(!fitted);
    QVERIFY(fitted.error().kind == ErrorKind::bad_input);
    const auto text = QString::fromStdString(to_string(fitted.error()));
    for (const char* word : {"cat/7.png", "13 × 9", "32 × 28", "resize"})
      QVERIFY2(text.contains(QString::fromUtf8(word)), qPrintable(text));
  }

  void grey_is_repeated() {
    const Image image{2, 1, 1, {7, 250}};
    const auto fitted = fit_image(image, 3, 2, 1, Resize{}, "a.png");
    QVERIFY(fitted);
    QCOMPARE(fitted->channels, 3);
    QVERIFY((fitted->pixels == std::vector<std::uint8_t>{7, 7, 7, 250, 250, 250}));
  }

  /// 0.299 R + 0.587 G + 0.114 B, rounded: 76.245, 149.685, 29.07, 18.15, 255, 0.
  void colour_becomes_luma() {
    const Image image{
        6, 1, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 255, 255, 255, 0, 0, 0}};
    const auto fitted = fit_image(image, 1, 6, 1, Resize{}, "a.png");
    QVERIFY(fitted);
    QCOMPARE(fitted->channels, 1);
    QVERIFY((fitted->pixels == std::vector<std::uint8_t>{76, 150, 29, 18, 255, 0}));
  }

  /// Every value of the way: within half a level (and the weights' 2^-17) of the exact luma.
  void luma_is_rounded() {
    const Image image = generated_image(Pattern::noise, 3, 3, 200, 200);
    const auto fitted = fit_image(image, 1, 200, 200, Resize{}, "a.png");
    QVERIFY(fitted);
    for (std::size_t i = 0; i < fitted->pixels.size(); ++i) {
      const double exact = 0.299 * image.pixels[3 * i] + 0.587 * image.pixels[3 * i + 1] +
                           0.114 * image.pixels[3 * i + 2];
      QVERIFY(std::abs(fitted->pixels[i] - exact) <= 0.51);
    }
  }

  void channels_are_scaled_alike_data() {
    QTest::addColumn<int>("interpolation");
    QTest::newRow("bilinear") << static_cast<int>(Interpolation::bilinear);
    QTest::newRow("antialias") << static_cast<int>(Interpolation::bilinear_antialias);
  }
  /// A grey image gives the same values through one channel and through three.
  void channels_are_scaled_alike() {
    QFETCH(int, interpolation);
    const Resize resize{.kind = ResizeKind::stretch,
                        .interpolation = static_cast<Interpolation>(interpolation)};
    const Image grey = generated_image(Pattern::noise, 4, 1, 53, 47);
    const auto colour = fit_image(grey, 3, 53, 47, Resize{}, "a.png");
    QVERIFY(colour);
    const auto repeated_first = fit_image(*colour, 3, 31, 80, resize, "a.png");
    const auto repeated_last = fit_image(grey, 3, 31, 80, resize, "a.png");
    QVERIFY(repeated_first && repeated_last);
    QVERIFY(repeated_first->pixels == repeated_last->pixels);
  }

  void letterbox_pads_data() {
    QTest::addColumn<QString>("anchor");
    QTest::addColumn<QByteArray>("expected");
    // 4 × 1 into 4 × 4 at its own size; − stands for the pad.
    QTest::newRow("top-left") << "top-left" << QByteArray("abcd------------");
    QTest::newRow("centre") << "centre" << QByteArray("----abcd--------");
  }
  void letterbox_pads() {
    QFETCH(QString, anchor);
    QFETCH(QByteArray, expected);
    Resize resize{.kind = ResizeKind::letterbox, .pad = '-'};
    resize.anchor = anchor.toStdString();
    const auto fitted = fit_image(Image{4, 1, 1, {'a', 'b', 'c', 'd'}}, 1, 4, 4, resize, "a.png");
    QVERIFY(fitted);
    QVERIFY(
        std::equal(fitted->pixels.begin(), fitted->pixels.end(), expected.begin(), expected.end()));
  }

  void short_side_crops_and_pads() {
    const Image image{2, 3, 1, {1, 2, 3, 4, 5, 6}};
    const Resize resize{.kind = ResizeKind::short_side, .size = 2};
    const auto cropped = fit_image(image, 1, 1, 1, resize, "a.png");  // top 1, left round(0.5) = 0
    QVERIFY(cropped);
    QVERIFY((cropped->pixels == std::vector<std::uint8_t>{3}));
    const auto padded = fit_image(image, 1, 5, 3, resize, "a.png");
    QVERIFY(padded);
    QVERIFY(
        (padded->pixels == std::vector<std::uint8_t>{0, 1, 2, 0, 0, 0, 3, 4, 0, 0, 0, 5, 6, 0, 0}));
  }

  /// Only the window is computed: the whole scaled image would have 4 million rows and more.
  void extreme_ratios_data() { channels_are_scaled_alike_data(); }
  void extreme_ratios() {
    QFETCH(int, interpolation);
    const int sizes[][2] = {{1, max_input_side}, {max_input_side, 1}, {1, max_scaled_side}};
    for (const auto& size : sizes) {
      Image image{size[0], size[1], 1, {}};
      image.pixels.assign(static_cast<std::size_t>(std::max(size[0], size[1])), 93);
      for (const ResizeKind kind :
           {ResizeKind::stretch, ResizeKind::letterbox, ResizeKind::short_side}) {
        const Resize resize{.kind = kind,
                            .size = max_input_side,
                            .interpolation = static_cast<Interpolation>(interpolation),
                            .pad = 93};
        const auto fitted = fit_image(image, 3, 40, 30, resize, "a.png");
        QVERIFY(fitted);
        QVERIFY(fitted->pixels == std::vector<std::uint8_t>(40 * 30 * 3, 93));
      }
    }
  }

  void errors_data() {
    QTest::addColumn<int>("channels");
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("size");
    QTest::addColumn<double>("pad");
    QTest::addColumn<QString>("anchor");
    QTest::addColumn<QString>("rounding");
    QTest::addColumn<QString>("named");
    const auto row = [](const char* name) -> QTestData& { return QTest::newRow(name); };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const QString corner = "top-left", round = "round";
    row("two channels") << 2 << 8 << 8 << 0 << 0.0 << corner << round << "2 channels";
    row("no width") << 1 << 0 << 8 << 0 << 0.0 << corner << round << "0 × 8";
    row("negative") << 1 << 8 << -5 << 0 << 0.0 << corner << round << "8 × -5";
    row("too wide") << 1 << 16385 << 8 << 0 << 0.0 << corner << round << "16385";
    row("pad below") << 1 << 8 << 8 << 0 << -1.0 << corner << round << "pad";
    row("pad above") << 1 << 8 << 8 << 0 << 255.5 << corner << round << "pad";
    row("pad not a number") << 1 << 8 << 8 << 0 << nan << corner << round << "pad";
    row("anchor") << 1 << 8 << 8 << 0 << 0.0 << "middle" << round << "'middle'";
    row("rounding") << 1 << 8 << 8 << 0 << 0.0 << corner << "up" << "'up'";
    row("size -1") << 1 << 8 << 8 << -1 << 0.0 << corner << round << "size";
    row("size too large") << 1 << 8 << 8 << 16385 << 0.0 << corner << round << "size";
  }
  void errors() {
    QFETCH(int, channels);
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(int, size);
    QFETCH(double, pad);
    QFETCH(QString, anchor);
    QFETCH(QString, rounding);
    QFETCH(QString, named);
    Resize resize{.kind = size ? ResizeKind::short_side : ResizeKind::letterbox, .size = size};
    resize.pad = pad;
    resize.anchor = anchor.toStdString();
    resize.rounding = rounding.toStdString();
    const Image image = generated_image(Pattern::noise, 1, 1, 5, 4);
    const auto fitted = fit_image(image, channels, width, height, resize, "cat/7.png");
    QVERIFY(!fitted);
    const auto text = QString::fromStdString(to_string(fitted.error()));
    QVERIFY2(text.contains(named) && text.contains("cat/7.png"), qPrintable(text));
  }

  void a_damaged_image_is_an_error_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("channels");
    QTest::newRow("too few values") << 5 << 4 << 3;
    QTest::newRow("too many values") << 2 << 2 << 1;
    QTest::newRow("channels") << 5 << 2 << 2;
    QTest::newRow("empty") << 0 << 0 << 3;
    QTest::newRow("negative") << -5 << -4 << 1;
    QTest::newRow("product overflows")
        << std::numeric_limits<int>::max() << std::numeric_limits<int>::max() << 3;
    QTest::newRow("largest claim") << max_scaled_side << max_scaled_side << 3;
  }
  void a_damaged_image_is_an_error() {
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(int, channels);
    const Image image{width, height, channels, std::vector<std::uint8_t>(20)};
    const Resize resize{.kind = ResizeKind::stretch};
    QVERIFY(!fit_image(image, 3, 8, 8, resize, "a.png"));
    QVERIFY(!fit_image(image, 1, 8, 8, resize, "a.png"));
  }
};

int run_fit_image(int argc, char** argv) {
  TestFitImage test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_fit_image.moc"

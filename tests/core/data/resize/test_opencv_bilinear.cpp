#include <QtTest>
#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <random>

#include "core/data/resize.h"
#include "generated_image.h"

using namespace plumbline;

namespace {

cv::Mat as_mat(const Image& image) {
  return cv::Mat(image.height, image.width, image.channels == 1 ? CV_8UC1 : CV_8UC3,
                 const_cast<std::uint8_t*>(image.pixels.data()));
}

std::vector<std::uint8_t> opencv_resized(const Image& image, int width, int height) {
  cv::Mat result;
  cv::resize(as_mat(image), result, cv::Size(width, height), 0, 0, cv::INTER_LINEAR);
  return {result.data, result.data + result.total() * result.elemSize()};
}

const Resize stretch{.kind = ResizeKind::stretch};

}  // namespace

/// `bilinear` against cv::resize itself, to the bit.
class TestOpencvBilinear : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void known_sizes_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("to_width");
    QTest::addColumn<int>("to_height");
    const int sizes[][4] = {
        {1, 1, 1, 1},         {1, 1, 7, 5},         {7, 5, 1, 1},         {2, 2, 1, 1},
        {2, 1, 1, 1},         {1, 9, 4, 9},         {32, 32, 16, 16},     {640, 480, 320, 240},
        {641, 480, 320, 240}, {64, 64, 16, 16},     {64, 64, 32, 16},     {64, 64, 16, 32},
        {32, 32, 224, 224},   {30, 30, 60, 60},     {640, 427, 416, 277}, {427, 640, 277, 416},
        {640, 480, 352, 352}, {500, 375, 352, 352}, {28, 28, 32, 32},     {3000, 3, 7, 700},
        {3, 3000, 700, 7},    {16384, 2, 5, 5},     {2, 16384, 5, 5},     {3, 2, 16384, 3},
        {2, 3, 3, 16384},     {97, 101, 97, 50},    {97, 101, 48, 101},
    };
    for (const auto& s : sizes)
      QTest::addRow("%dx%d to %dx%d", s[0], s[1], s[2], s[3]) << s[0] << s[1] << s[2] << s[3];
  }
  void known_sizes() {
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(int, to_width);
    QFETCH(int, to_height);
    for (const int channels : {1, 3}) {
      for (const Pattern pattern : {Pattern::noise, Pattern::extremes}) {
        const Image image = generated_image(pattern, 7, channels, width, height);
        const auto fitted = fit_image(image, channels, to_width, to_height, stretch, "a.png");
        QVERIFY(fitted);
        QCOMPARE(fitted->width, to_width);
        QCOMPARE(fitted->height, to_height);
        QCOMPARE(fitted->channels, channels);
        QVERIFY(fitted->pixels == opencv_resized(image, to_width, to_height));
      }
    }
  }

  void random_sizes_data() {
    QTest::addColumn<int>("limit");
    QTest::addColumn<int>("cases");
    QTest::newRow("up to 9") << 9 << 1500;
    QTest::newRow("up to 70") << 70 << 600;
    QTest::newRow("up to 400") << 400 << 80;
  }
  void random_sizes() {
    QFETCH(int, limit);
    QFETCH(int, cases);
    std::mt19937 random(static_cast<unsigned>(limit));
    const auto side = [&] { return 1 + static_cast<int>(random() % static_cast<unsigned>(limit)); };
    for (int i = 0; i < cases; ++i) {
      const int channels = i % 2 ? 3 : 1;
      const Image image =
          generated_image(i % 3 ? Pattern::noise : Pattern::extremes,
                          static_cast<std::uint32_t>(random()), channels, side(), side());
      const int width = side(), height = side();
      const auto fitted = fit_image(image, channels, width, height, stretch, "a.png");
      QVERIFY(fitted);
      QVERIFY2(fitted->pixels == opencv_resized(image, width, height),
               qPrintable(QStringLiteral("%1 × %2 × %3 to %4 × %5")
                              .arg(image.width)
                              .arg(image.height)
                              .arg(channels)
                              .arg(width)
                              .arg(height)));
    }
  }

  /// YOLOX's own preprocessing, as data/coco/reference describes it.
  void letterbox() {
    Resize resize{.kind = ResizeKind::letterbox};
    resize.rounding = "truncate";
    std::mt19937 random(5);
    for (int i = 0; i < 60; ++i) {
      const int width = 1 + static_cast<int>(random() % 700);
      const int height = 1 + static_cast<int>(random() % 700);
      const double ratio = std::min(416.0 / height, 416.0 / width);
      const int to_width = static_cast<int>(width * ratio);
      const int to_height = static_cast<int>(height * ratio);
      if (to_width < 1 || to_height < 1) continue;
      const Image image =
          generated_image(Pattern::noise, static_cast<std::uint32_t>(i), 3, width, height);
      cv::Mat expected(416, 416, CV_8UC3, cv::Scalar(114, 114, 114));
      cv::Mat scaled;
      cv::resize(as_mat(image), scaled, cv::Size(to_width, to_height), 0, 0, cv::INTER_LINEAR);
      scaled.copyTo(expected(cv::Rect(0, 0, to_width, to_height)));
      const auto fitted = fit_image(image, 3, 416, 416, resize, "a.png");
      QVERIFY(fitted);
      QVERIFY(std::equal(fitted->pixels.begin(), fitted->pixels.end(), expected.data));
    }
  }

  /// The crop of an image scaled as a whole: computing only the window changes nothing.
  void short_side() {
    std::mt19937 random(6);
    for (int i = 0; i < 60; ++i) {
      const int shorter = 20 + static_cast<int>(random() % 300);
      const int longer = shorter + static_cast<int>(random() % 300);
      const bool upright = i % 2;
      Resize resize{.kind = ResizeKind::short_side, .size = 64 + i};
      const Image image = generated_image(Pattern::noise, static_cast<std::uint32_t>(i), 3,
                                          upright ? shorter : longer, upright ? longer : shorter);
      const int scaled = static_cast<int>(static_cast<double>(resize.size * longer) / shorter);
      cv::Mat whole;
      cv::resize(as_mat(image), whole,
                 upright ? cv::Size(resize.size, scaled) : cv::Size(scaled, resize.size), 0, 0,
                 cv::INTER_LINEAR);
      const cv::Mat crop = whole(cv::Rect(cvRound((whole.cols - 64) / 2.0),
                                          cvRound((whole.rows - 60) / 2.0), 64, 60))
                               .clone();
      const auto fitted = fit_image(image, 3, 64, 60, resize, "a.png");
      QVERIFY(fitted);
      QVERIFY(std::equal(fitted->pixels.begin(), fitted->pixels.end(), crop.data));
    }
  }
};

int run_opencv_bilinear(int argc, char** argv) {
  TestOpencvBilinear test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_opencv_bilinear.moc"

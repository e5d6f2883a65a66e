#include <cmath>
#include <random>

#include <QtTest>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "kernels/views/philox.h"
#include "kernels/views/vector_math.h"
#include "tests/kernels/views/pictures.h"
#include "tests/kernels/views/tests.h"

namespace plumbline::test {

namespace {

/// BT.601 in float32, term by term.
cv::Mat luma_of(const cv::Mat& levels) {
  if (levels.channels() == 1) return levels;
  cv::Mat luma(levels.size(), CV_32F);
  for (int y = 0; y < levels.rows; ++y)
    for (int x = 0; x < levels.cols; ++x) {
      const auto& v = levels.at<cv::Vec3f>(y, x);
      luma.at<float>(y, x) = 0.299F * v[0] + 0.587F * v[1] + 0.114F * v[2];
    }
  return luma;
}

/// The 8-bit luma that the views round theirs to.
cv::Mat rounded_luma(const cv::Mat& image) {
  cv::Mat luma;
  cv::Mat floored = luma_of(to_float(image)) + 0.5;
  floored.forEach<float>([](float& v, const int*) { v = std::floor(v); });
  floored.convertTo(luma, CV_8U);
  return luma;
}

void size_rows() {
  QTest::addColumn<int>("width");
  QTest::addColumn<int>("height");
  QTest::addColumn<int>("channels");
  QTest::newRow("Fashion-MNIST") << 28 << 28 << 1;
  QTest::newRow("CIFAR-10") << 32 << 32 << 3;
  QTest::newRow("odd") << 37 << 61 << 3;
  QTest::newRow("ImageNet, grey") << 224 << 224 << 1;
  QTest::newRow("wide") << 200 << 96 << 3;
  QTest::newRow("tiny") << 3 << 2 << 1;
}

}  // namespace

void TestIntensityViews::elementary_functions_are_accurate() {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> exponents(-20, 20), turns(0, 1);
  for (int i = 0; i < 200'000; ++i) {
    const auto x = static_cast<float>(std::exp2(exponents(random)));
    const double log = std::log2(static_cast<double>(x));
    QVERIFY(std::abs(views::fast_log2(x) - log) <= 4e-7 * std::max(1.0, std::abs(log)));
    const auto e = static_cast<float>(exponents(random));
    const double power = std::exp2(static_cast<double>(e));
    QVERIFY(std::abs(views::fast_exp2(e) - power) <= 4e-7 * power);
    const auto t = static_cast<float>(turns(random));
    const auto [c, s] = views::fast_cos_sin(t);
    QVERIFY(std::abs(c - std::cos(2 * M_PI * t)) < 4e-7);
    QVERIFY(std::abs(s - std::sin(2 * M_PI * t)) < 4e-7);
  }
}

void TestIntensityViews::tones_equal_their_formulas_data() {
  QTest::addColumn<QString>("view");
  QTest::addColumn<double>("value");
  for (const double g : {0.2, 0.8, 1.0, 2.5, 5.0}) QTest::addRow("gamma %g", g) << "gamma" << g;
  for (const double b : {-1.0, -0.1, 0.1, 0.7})
    QTest::addRow("brightness %g", b) << "brightness" << b;
}

void TestIntensityViews::tones_equal_their_formulas() {
  QFETCH(QString, view);
  QFETCH(double, value);
  cv::Mat levels(1, 256, CV_8U);
  for (int i = 0; i < 256; ++i) levels.at<uchar>(i) = uchar(i);
  // After a scale the levels are no whole numbers: the vectorised form is used.
  const std::string text = view.toStdString() + "=" + std::to_string(value);
  const cv::Mat got = seen(levels, text);
  const cv::Mat image = picture(50, 40, 3);
  const cv::Mat scaled = seen(image, "scale=1.3"), both = seen(image, "scale=1.3+" + text);
  const auto formula = [&](double v) {
    return std::clamp(view == "gamma" ? 255 * std::pow(v / 255, value) : v + 255 * value, 0.0,
                      255.0);
  };
  for (int i = 0; i < 256; ++i) QVERIFY(std::abs(got.at<float>(i) - formula(i)) < 1e-3);
  for (std::size_t i = 0; i < scaled.total() * 3; ++i)
    QVERIFY(std::abs(both.ptr<float>()[i] - formula(scaled.ptr<float>()[i])) < 1e-3);
}

void TestIntensityViews::hist_equals_opencv_data() { size_rows(); }

void TestIntensityViews::hist_equals_opencv() {
  QFETCH(int, width);
  QFETCH(int, height);
  QFETCH(int, channels);
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const cv::Mat image = picture(width, height, channels, seed);
    const cv::Mat luma = rounded_luma(image);
    cv::Mat equalised;
    cv::equalizeHist(luma, equalised);
    if (channels == 1) {
      QCOMPARE(difference(seen(image, "hist"), to_float(equalised), 0).largest, 0.0);
      continue;
    }
    // Chroma kept: every channel moves as luma does.
    cv::Mat expected, shift = to_float(equalised) - luma_of(to_float(image));
    cv::merge(std::vector<cv::Mat>{shift, shift, shift}, shift);
    expected = cv::max(cv::min(to_float(image) + shift, 255), 0);
    QVERIFY(difference(seen(image, "hist"), expected, 0).largest < 1e-3);
    // OpenCV's own way through 8-bit YCrCb rounds three times.
    cv::Mat ycrcb, back;
    cv::cvtColor(image, ycrcb, cv::COLOR_RGB2YCrCb);
    std::vector<cv::Mat> planes;
    cv::split(ycrcb, planes);
    cv::equalizeHist(planes[0], planes[0]);
    cv::merge(planes, ycrcb);
    cv::cvtColor(ycrcb, back, cv::COLOR_YCrCb2RGB);
    QVERIFY(difference(seen(image, "hist"), to_float(back), 3).share < 0.01);
  }
}

void TestIntensityViews::hist_keeps_chroma() {
  const cv::Mat image = picture(64, 64, 3), got = seen(image, "hist"), before = to_float(image);
  int kept = 0;
  for (int i = 0; i < 64 * 64; ++i) {
    const auto a = before.ptr<cv::Vec3f>()[i], b = got.ptr<cv::Vec3f>()[i];
    if (b[0] <= 0 || b[1] <= 0 || b[2] <= 0 || b[0] >= 255 || b[1] >= 255 || b[2] >= 255) continue;
    QVERIFY(std::abs((a[0] - a[1]) - (b[0] - b[1])) < 1e-3F);
    QVERIFY(std::abs((a[2] - a[1]) - (b[2] - b[1])) < 1e-3F);
    ++kept;
  }
  QVERIFY(kept > 500);
}

void TestIntensityViews::adhist_equals_opencv_data() { size_rows(); }

void TestIntensityViews::adhist_equals_opencv() {
  QFETCH(int, width);
  QFETCH(int, height);
  QFETCH(int, channels);
  const int tiles = std::min(width, height) < 64 ? 4 : 8;
  for (const double clip : {1.0, 2.0, 5.5}) {
    const cv::Mat image = picture(width, height, channels, 3);
    const cv::Mat luma = rounded_luma(image);
    cv::Mat equalised;
    cv::createCLAHE(clip, {tiles, tiles})->apply(luma, equalised);
    const cv::Mat got = seen(image, "adhist=" + std::to_string(clip));
    if (channels == 1) {
      // OpenCV rounds at the end; the view does not.
      QVERIFY(difference(got, to_float(equalised), 0).largest < 0.501);
      continue;
    }
    cv::Mat expected, shift = to_float(equalised) - luma_of(to_float(image));
    cv::merge(std::vector<cv::Mat>{shift, shift, shift}, shift);
    expected = cv::max(cv::min(to_float(image) + shift, 255), 0);
    QVERIFY(difference(got, expected, 0).largest < 0.502);
  }
}

void TestIntensityViews::imadj_saturates_one_percent_data() { size_rows(); }

void TestIntensityViews::imadj_saturates_one_percent() {
  QFETCH(int, width);
  QFETCH(int, height);
  QFETCH(int, channels);
  const cv::Mat image = picture(width, height, channels, 4), got = seen(image, "imadj");
  const int n = width * height;
  for (int c = 0; c < channels; ++c) {
    std::vector<int> sorted;
    for (int i = 0; i < n; ++i) sorted.push_back(image.ptr()[i * channels + c]);
    std::ranges::sort(sorted);
    // The first level with more than one in a hundred at or below it, and with 99 in a hundred.
    const int low = sorted[static_cast<std::size_t>(n / 100)];
    const int high = sorted[static_cast<std::size_t>((99 * n + 99) / 100 - 1)];
    for (int i = 0; i < n; ++i) {
      const double v = image.ptr()[i * channels + c];
      const double expected =
          low < high ? std::clamp((v - low) * 255 / (high - low), 0.0, 255.0) : v;
      QVERIFY(std::abs(got.ptr<float>()[i * channels + c] - expected) < 1e-3);
    }
  }
}

void TestIntensityViews::connorm_gives_mean_0_and_variance_1_data() { size_rows(); }

void TestIntensityViews::connorm_gives_mean_0_and_variance_1() {
  QFETCH(int, width);
  QFETCH(int, height);
  QFETCH(int, channels);
  views::ViewContext context;
  context.mean = {0.485, 0.456, 0.406};
  context.std = {0.229, 0.224, 0.225};
  const cv::Mat image = picture(width, height, channels, 5);
  for (const char* view : {"connorm", "gamma=2+connorm"}) {
    const cv::Mat got = seen(image, view, context);
    double sum = 0, squares = 0;
    const std::size_t n = got.total() * static_cast<std::size_t>(channels);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t c = i % static_cast<std::size_t>(channels);
      const double x = (got.ptr<float>()[i] / 255.0 - context.mean[c]) / context.std[c];
      sum += x;
      squares += x * x;
    }
    QVERIFY(std::abs(sum / double(n)) < 1e-5);
    QVERIFY(std::abs(squares / double(n) - 1) < 1e-4);
  }
}

void TestIntensityViews::contrast_keeps_the_mean_luma() {
  const cv::Mat image = picture(60, 44, 3);
  const double mean = cv::mean(luma_of(to_float(image)))[0];
  for (const double c : {0.3, 1.0, 1.7}) {
    const cv::Mat got = seen(image, "contrast=" + std::to_string(c));
    const cv::Mat expected = cv::max(
        cv::min((to_float(image) - cv::Scalar::all(mean)) * c + cv::Scalar::all(mean), 255), 0);
    QVERIFY(difference(got, expected, 0).largest < 2e-3);
  }
  QVERIFY(std::abs(cv::mean(luma_of(seen(image, "contrast=0.3")))[0] - mean) < 1e-2);
}

void TestIntensityViews::hue_equals_opencv_data() {
  QTest::addColumn<double>("degrees");
  for (const double degrees : {-180.0, -77.5, 0.0, 20.0, 60.0, 119.0, 180.0})
    QTest::addRow("%g", degrees) << degrees;
}

void TestIntensityViews::hue_equals_opencv() {
  QFETCH(double, degrees);
  const cv::Mat image = picture(64, 48, 3, 6);
  cv::Mat hsv, expected;
  cv::cvtColor(to_float(image) / 255, hsv, cv::COLOR_RGB2HSV);
  hsv.forEach<cv::Vec3f>([&](cv::Vec3f& v, const int*) {
    v[0] = static_cast<float>(std::fmod(v[0] + degrees + 360, 360.0));
  });
  cv::cvtColor(hsv, expected, cv::COLOR_HSV2RGB);
  expected *= 255;
  QVERIFY(difference(seen(image, "hue=" + std::to_string(degrees)), expected, 0).largest < 0.01);
}

void TestIntensityViews::saturation_is_linear() {
  const cv::Mat image = picture(30, 30, 3, 8);
  const cv::Mat before = to_float(image);
  QVERIFY(difference(seen(image, "saturation=1"), before, 0).largest < 1e-3);
  cv::Mat grey, luma = luma_of(before);
  cv::merge(std::vector<cv::Mat>{luma, luma, luma}, grey);
  QVERIFY(difference(seen(image, "saturation=0"), grey, 0).largest < 1e-3);
  const cv::Mat expected = cv::max(cv::min((before - grey) * 1.6 + grey, 255), 0);
  QVERIFY(difference(seen(image, "saturation=1.6"), expected, 0).largest < 1e-3);
}

void TestIntensityViews::blur_equals_opencv_data() { size_rows(); }

void TestIntensityViews::blur_equals_opencv() {
  QFETCH(int, width);
  QFETCH(int, height);
  QFETCH(int, channels);
  const cv::Mat image = picture(width, height, channels, 9);
  for (const double sigma : {0.1, 0.5, 1.0, 2.3, 10.0}) {
    cv::Mat expected;
    cv::GaussianBlur(to_float(image), expected, {}, sigma, sigma, cv::BORDER_REFLECT_101);
    const auto d = difference(seen(image, "blur=" + std::to_string(sigma)), expected, 0);
    QVERIFY2(d.largest < 0.01, qPrintable(QString::number(d.largest)));
  }
}

void TestIntensityViews::noise_is_normal_and_of_its_sample() {
  const cv::Mat image(200, 250, CV_8UC3, cv::Scalar::all(128));
  views::ViewContext one, other;
  one.sample = 1;
  other.sample = 2;
  const cv::Mat a = seen(image, "noise=10", one), b = seen(image, "noise=10", other);
  QCOMPARE(difference(a, seen(image, "noise=10", one), 0).largest, 0.0);
  QVERIFY(difference(a, b, 1).share > 0.9);
  QVERIFY(difference(a, seen(image, "noise=10:1", one), 1).share > 0.9);
  const auto n = static_cast<double>(a.total() * 3);
  double sum = 0, squares = 0, cubes = 0, fourth = 0, with_next = 0, with_other = 0;
  for (std::size_t i = 0; i < a.total() * 3; ++i) {
    const double x = (a.ptr<float>()[i] - 128) / 10, y = (b.ptr<float>()[i] - 128) / 10;
    sum += x;
    squares += x * x;
    cubes += x * x * x;
    fourth += x * x * x * x;
    with_other += x * y;
    if (i > 0) with_next += x * (a.ptr<float>()[i - 1] - 128) / 10;
  }
  // Five standard errors of each.
  const double error = 5 / std::sqrt(n);
  QVERIFY(std::abs(sum / n) < error);
  QVERIFY(std::abs(squares / n - 1) < error * std::sqrt(2.0));
  QVERIFY(std::abs(cubes / n) < error * std::sqrt(15.0));
  QVERIFY(std::abs(fourth / n - 3) < error * std::sqrt(96.0));
  QVERIFY(std::abs(with_next / n) < error);
  QVERIFY(std::abs(with_other / n) < error);
}

void TestIntensityViews::philox_gives_the_published_words() {
  // Random123's known answers for philox4x32-10: counter and key 0.
  const auto block = views::philox(0, 0, 0);
  QCOMPARE(block.word[0], 0x6627e8d5U);
  QCOMPARE(block.word[1], 0xe169c58dU);
  QCOMPARE(block.word[2], 0xbc57ac4cU);
  QCOMPARE(block.word[3], 0x9b00dbd8U);
}

void TestIntensityViews::jpeg_equals_opencv_data() { size_rows(); }

void TestIntensityViews::jpeg_equals_opencv() {
  QFETCH(int, width);
  QFETCH(int, height);
  QFETCH(int, channels);
  const cv::Mat image = picture(width, height, channels, 10);
  for (const int quality : {1, 50, 95}) {
    cv::Mat bgr = image.clone(), expected;
    if (channels == 3) cv::cvtColor(image, bgr, cv::COLOR_RGB2BGR);
    std::vector<uchar> file;
    cv::imencode(".jpg", bgr, file, {cv::IMWRITE_JPEG_QUALITY, quality});
    expected = cv::imdecode(file, channels == 3 ? cv::IMREAD_COLOR : cv::IMREAD_GRAYSCALE);
    if (channels == 3) cv::cvtColor(expected.clone(), expected, cv::COLOR_BGR2RGB);
    const cv::Mat got = seen(image, "jpeg=" + std::to_string(quality));
    QCOMPARE(difference(got, to_float(expected), 0).largest, 0.0);
    QVERIFY(quality > 1 || difference(got, to_float(image), 2).share > 0.1);
  }
}

void TestIntensityViews::images_of_one_level_stay_finite_data() {
  QTest::addColumn<QString>("view");
  for (const ViewKind* kind : views::view_pool())
    if (!kind->geometric())
      QTest::newRow(std::string(kind->name).c_str())
          << QString::fromStdString(std::string(kind->name));
}

void TestIntensityViews::images_of_one_level_stay_finite() {
  QFETCH(QString, view);
  for (const int level : {0, 128, 255})
    for (const int channels : {1, 3})
      for (const cv::Size size : {cv::Size(1, 1), cv::Size(16, 16)}) {
        const cv::Mat got =
            seen(cv::Mat(size, CV_8UC(channels), cv::Scalar::all(level)), view.toStdString());
        QVERIFY(cv::checkRange(got, true, nullptr, -1, 256));
      }
}

}  // namespace plumbline::test

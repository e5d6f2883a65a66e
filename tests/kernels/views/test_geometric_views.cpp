#include <cmath>

#include <QtTest>

#include <opencv2/imgproc.hpp>

#include "tests/kernels/views/pictures.h"
#include "tests/kernels/views/tests.h"

namespace plumbline::test {

void TestGeometricViews::movements_equal_opencv_data() {
  QTest::addColumn<QString>("view");
  QTest::addColumn<int>("channels");
  for (const char* view : {"flip_x", "flip_y", "rot90", "rot180", "rot270", "rot90+flip_x"})
    for (const int channels : {1, 3})
      QTest::addRow("%s, %d channels", view, channels) << view << channels;
}

void TestGeometricViews::movements_equal_opencv() {
  QFETCH(QString, view);
  QFETCH(int, channels);
  const cv::Mat image = picture(33, 33, channels);
  cv::Mat expected;
  if (view == "flip_x") cv::flip(image, expected, 1);
  if (view == "flip_y") cv::flip(image, expected, 0);
  if (view.startsWith("rot90")) cv::rotate(image, expected, cv::ROTATE_90_COUNTERCLOCKWISE);
  if (view == "rot180") cv::rotate(image, expected, cv::ROTATE_180);
  if (view == "rot270") cv::rotate(image, expected, cv::ROTATE_90_CLOCKWISE);
  if (view.endsWith("flip_x") && view.size() > 6) cv::flip(expected.clone(), expected, 1);
  QCOMPARE(difference(seen(image, view.toStdString()), to_float(expected), 0).largest, 0.0);
}

void TestGeometricViews::inverse_views_give_the_image_back_data() {
  QTest::addColumn<QString>("there");
  QTest::addColumn<QString>("back");
  QTest::newRow("flip_x") << "flip_x" << "flip_x";
  QTest::newRow("flip_y") << "flip_y" << "flip_y";
  QTest::newRow("rot90") << "rot90" << "rot270";
  QTest::newRow("rot180") << "rot180" << "rot180";
  QTest::newRow("rot270") << "rot270" << "rot90";
  QTest::newRow("both mirrors") << "flip_x+flip_y" << "rot180";
}

void TestGeometricViews::inverse_views_give_the_image_back() {
  QFETCH(QString, there);
  QFETCH(QString, back);
  const cv::Mat image = picture(32, 32, 3);
  cv::Mat moved;
  seen(image, there.toStdString()).convertTo(moved, CV_8U);
  QVERIFY(difference(to_float(moved), to_float(image), 0).largest > 20);
  QCOMPARE(difference(seen(moved, back.toStdString()), to_float(image), 0).largest, 0.0);
}

void TestGeometricViews::scale_and_translate_equal_opencv_data() {
  QTest::addColumn<QString>("view");
  QTest::addColumn<double>("scale");
  QTest::addColumn<double>("dx");
  QTest::addColumn<double>("dy");
  QTest::addColumn<int>("channels");
  for (const int channels : {1, 3}) {
    const auto row = [&](const char* view, double scale, double dx, double dy) {
      QTest::addRow("%s, %d channels", view, channels) << view << scale << dx << dy << channels;
    };
    row("scale=0.9", 0.9, 0, 0);
    row("scale=0.5", 0.5, 0, 0);
    row("scale=1.37", 1.37, 0, 0);
    row("scale=2", 2, 0, 0);
    row("translate=0.1", 1, 0.1, 0);
    row("translate=-0.33:0.21", 1, -0.33, 0.21);
  }
}

void TestGeometricViews::scale_and_translate_equal_opencv() {
  QFETCH(QString, view);
  QFETCH(double, scale);
  QFETCH(double, dx);
  QFETCH(double, dy);
  QFETCH(int, channels);
  const int width = 41, height = 30;
  const cv::Mat image = picture(width, height, channels);
  // The definition, slowly and in double; OpenCV's own weights are steps of 1/32.
  cv::Mat expected(height, width, CV_32FC(channels), cv::Scalar::all(77));
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double sx = (x + 0.5 - dx * width - width / 2.0) / scale + width / 2.0;
      const double sy = (y + 0.5 - dy * height - height / 2.0) / scale + height / 2.0;
      if (sx < -1e-9 || sx >= width + 1e-9 || sy < -1e-9 || sy >= height + 1e-9) continue;
      const int x0 = static_cast<int>(std::floor(sx - 0.5)),
                y0 = static_cast<int>(std::floor(sy - 0.5));
      const double fx = sx - 0.5 - x0, fy = sy - 0.5 - y0;
      for (int c = 0; c < channels; ++c) {
        const auto at = [&](int px, int py) {
          px = std::clamp(px, 0, width - 1);
          py = std::clamp(py, 0, height - 1);
          return double(image.ptr(py)[px * channels + c]);
        };
        expected.ptr<float>(y)[x * channels + c] =
            float((at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx) * (1 - fy) +
                  (at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx) * fy);
      }
    }
  const cv::Mat got = seen(image, view.toStdString(), {}, false, 77);
  QVERIFY(difference(got, expected, 0).largest < 1e-3);
  // And OpenCV itself, within the steps of its weights.
  cv::Mat warped;
  const cv::Matx23d forward(scale, 0, dx * width + (1 - scale) * (width - 1) / 2.0, 0, scale,
                            dy * height + (1 - scale) * (height - 1) / 2.0);
  cv::warpAffine(to_float(image), warped, forward, {width, height}, cv::INTER_LINEAR,
                 cv::BORDER_REPLICATE);
  const cv::Mat inside = expected != 77;
  cv::Mat a, b;
  got.copyTo(a, inside);
  warped.copyTo(b, inside);
  QVERIFY(difference(a, b, 0).largest < 8);
  QVERIFY(difference(a, b, 2.5).share < 0.02);
}

void TestGeometricViews::crops_equal_the_resized_part_data() {
  QTest::addColumn<QString>("word");
  QTest::addColumn<int>("left");
  QTest::addColumn<int>("top");
  QTest::newRow("tl") << "tl" << 0 << 0;
  QTest::newRow("tr") << "tr" << 5 << 0;
  QTest::newRow("bl") << "bl" << 0 << 4;
  QTest::newRow("br") << "br" << 5 << 4;
  QTest::newRow("c") << "c" << 2 << 2;
}

void TestGeometricViews::crops_equal_the_resized_part() {
  QFETCH(QString, word);
  QFETCH(int, left);
  QFETCH(int, top);
  const cv::Mat image = picture(40, 32, 3);
  cv::Mat expected;
  cv::resize(to_float(image(cv::Rect(left, top, 35, 28))), expected, {40, 32}, 0, 0,
             cv::INTER_LINEAR);
  const cv::Mat got = seen(image, "crop=" + word.toStdString());
  // At the window's inner border the view has neighbours that the part has not.
  const cv::Rect inner(1, 1, 38, 30);
  QVERIFY(difference(got(inner).clone(), expected(inner).clone(), 0).largest < 1e-3);
}

void TestGeometricViews::whole_pixel_shifts_are_exact() {
  const cv::Mat image = picture(32, 32, 3);
  const cv::Mat shifted = seen(image, "translate=0.25:-0.125", {}, false, 9);
  const cv::Mat from = to_float(image)(cv::Rect(0, 4, 24, 28)).clone();
  QCOMPARE(difference(shifted(cv::Rect(8, 0, 24, 28)).clone(), from, 0).largest, 0.0);
  QCOMPARE(shifted.at<cv::Vec3f>(3, 7), cv::Vec3f(9, 9, 9));
  QCOMPARE(shifted.at<cv::Vec3f>(28, 20), cv::Vec3f(9, 9, 9));
}

void TestGeometricViews::shrinking_with_antialias_equals_slow_sums() {
  const int side = 48;
  const cv::Mat image = picture(side, side, 1);
  const double scale = 0.6, support = 1 / scale;
  const cv::Mat got = seen(image, "scale=0.6", {}, true, 0);
  for (int y = 12; y < 36; ++y)
    for (int x = 12; x < 36; ++x) {
      const double sx = (x + 0.5 - side / 2.0) / scale + side / 2.0;
      const double sy = (y + 0.5 - side / 2.0) / scale + side / 2.0;
      double sum = 0, weights = 0;
      for (int py = 0; py < side; ++py)
        for (int px = 0; px < side; ++px) {
          const double w = std::max(0.0, 1 - std::abs(px + 0.5 - sx) / support) *
                           std::max(0.0, 1 - std::abs(py + 0.5 - sy) / support);
          sum += w * image.at<uchar>(py, px);
          weights += w;
        }
      QVERIFY(std::abs(got.at<float>(y, x) - sum / weights) < 1e-3);
    }
}

void TestGeometricViews::weights_sum_to_one() {
  for (const int source : {1, 2, 3, 17, 500})
    for (const int output : {1, 5, 224})
      for (const double factor : {-2.0, -1.0, 0.3, 1.0, 1.8})
        for (const bool antialias : {false, true}) {
          const auto axis = views::sample_axis(source, output, {0.0, double(output)}, factor,
                                               factor < 0 ? 1.0 : -0.2, antialias);
          for (std::size_t i = 0; i < axis.first.size(); ++i) {
            QVERIFY(axis.first[i] >= 0 && axis.first[i] + axis.taps <= source);
            float sum = 0;
            for (int t = 0; t < axis.taps; ++t)
              sum += axis.weights[i * static_cast<std::size_t>(axis.taps) +
                                  static_cast<std::size_t>(t)];
            QVERIFY(std::abs(sum - 1) < 1e-5F);
          }
        }
}

}  // namespace plumbline::test

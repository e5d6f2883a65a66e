#include "tests/kernels/views/pictures.h"

#include <stdexcept>

#include <opencv2/imgproc.hpp>

namespace plumbline::test {

cv::Mat picture(int width, int height, int channels, unsigned seed) {
  cv::RNG random(seed);
  cv::Mat coarse(5, 5, CV_32FC(channels)), noise(height, width, CV_32FC(channels)), smooth;
  random.fill(coarse, cv::RNG::UNIFORM, 10, 230);
  random.fill(noise, cv::RNG::NORMAL, 0, 5);
  cv::resize(coarse, smooth, {width, height}, 0, 0, cv::INTER_CUBIC);
  cv::rectangle(smooth, {width / 4, height / 3}, {width / 2, height / 2}, cv::Scalar::all(200), -1);
  cv::Mat image;
  cv::Mat(smooth + noise).convertTo(image, CV_8U);
  return image;
}

cv::Mat to_float(const cv::Mat& image) {
  cv::Mat floats;
  image.convertTo(floats, CV_32F);
  return floats;
}

cv::Mat seen(const cv::Mat& image, const std::string& text, const views::ViewContext& context,
             bool antialias, float outside) {
  const auto view = parse_view(text);
  if (!view) throw std::runtime_error(to_string(view.error()));
  views::Levels levels;
  views::Fill fill;
  fill.outside.fill(outside);
  views::place_levels({image.data, image.cols, image.rows, image.channels()},
                      views::placement_of(view->steps(), {image.cols, image.rows}), antialias, fill,
                      levels);
  views::apply_intensities(levels, view->steps(), context);
  std::vector<cv::Mat> planes;
  for (int c = 0; c < levels.channels; ++c)
    planes.emplace_back(levels.height, levels.width, CV_32F, levels.plane(c));
  cv::Mat out;
  cv::merge(planes, out);
  return out;
}

Difference difference(const cv::Mat& a, const cv::Mat& b, double tolerance) {
  if (a.size() != b.size() || a.type() != b.type()) return {1e9, 1};
  cv::Mat d;
  cv::absdiff(a, b, d);
  d = d.reshape(1);
  double largest = 0;
  cv::minMaxLoc(d, nullptr, &largest);
  return {largest, cv::countNonZero(d > tolerance) / static_cast<double>(d.total())};
}

}  // namespace plumbline::test

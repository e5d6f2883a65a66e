#pragma once
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "core/types/view.h"

namespace plumbline::test {

/// An 8-bit image with surfaces, edges and a little noise; `seed` makes different ones.
cv::Mat picture(int width, int height, int channels, unsigned seed = 1);

/// A view's levels of an 8-bit image (RGB), by the functions under test: CV_32FC1 or CV_32FC3.
cv::Mat seen(const cv::Mat& image, const std::string& view, const views::ViewContext& context = {},
             bool antialias = false, float outside = 0);

/// The largest difference, and the share of values that differ by more than `tolerance`.
struct Difference {
  double largest = 0, share = 0;
};
Difference difference(const cv::Mat& a, const cv::Mat& b, double tolerance);

cv::Mat to_float(const cv::Mat& image);

}  // namespace plumbline::test

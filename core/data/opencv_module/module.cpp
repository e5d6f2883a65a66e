#include "core/data/opencv_module/module.h"

#include <cstdio>
#include <exception>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

namespace {

int refuse(const PlumblineDecodeRequest& request, const char* why) {
  std::snprintf(request.message, request.message_size, "%s", why);
  return 1;
}

/// The places of red, green and blue (or of grey alone) in OpenCV's blue-first pixels; what is
/// left of a pixel is alpha. Returns whether there is any that is not opaque.
template <class Value>
bool copy_pixels(const cv::Mat& image, int channels, int shift, unsigned char* target) {
  const int stored = image.channels();
  bool transparent = false;
  for (int y = 0; y < image.rows; ++y) {
    const Value* pixel = image.ptr<Value>(y);
    for (int x = 0; x < image.cols; ++x, pixel += stored) {
      transparent |= stored > channels && pixel[channels] != std::numeric_limits<Value>::max();
      for (int c = channels - 1; c >= 0; --c) {
        *target++ = static_cast<unsigned char>(pixel[c] >> shift);
      }
    }
  }
  return transparent;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int plumbline_decode_image_2(
    const PlumblineDecodeRequest* request) {
  try {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    if (request->size > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
      return refuse(*request, "the file is too large");
    }
    const cv::Mat content(1, static_cast<int>(request->size), CV_8UC1,
                          const_cast<unsigned char*>(request->content));
    // As stored: grey stays grey, and EXIF turns nothing.
    const cv::Mat image = cv::imdecode(content, cv::IMREAD_UNCHANGED);
    if (image.empty()) return refuse(*request, "OpenCV cannot decode it");
    if (static_cast<std::int64_t>(image.rows) * image.cols > request->max_pixels) {
      return refuse(*request, "it has too many pixels");
    }
    if (image.depth() != CV_8U && image.depth() != CV_16U) {
      return refuse(*request, "its values are neither 8 nor 16 bits");
    }
    if (image.channels() > 4) return refuse(*request, "it has more than 4 channels");
    const int channels = image.channels() <= 2 ? 1 : 3;
    unsigned char* target = request->allocate(request->context, image.cols, image.rows, channels);
    if (target == nullptr) return refuse(*request, "out of memory");
    *request->sixteen_bit = image.depth() == CV_16U;
    // The high byte, as for PNG.
    *request->transparent = *request->sixteen_bit
                                ? copy_pixels<std::uint16_t>(image, channels, 8, target)
                                : copy_pixels<std::uint8_t>(image, channels, 0, target);
    return 0;
  } catch (const std::exception& exception) {
    return refuse(*request, exception.what());
  } catch (...) {
    return refuse(*request, "OpenCV failed");
  }
}

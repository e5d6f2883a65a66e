#pragma once
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/study/view_canvas.h"
#include "kernels/ragged_resize.h"

namespace plumbline {

/// An image as a decoder left it among others: RGB in turn, rows without gaps.
struct StoredImage {
  std::int64_t offset = 0;  ///< of its first byte among the pixels
  int width = 0, height = 0;
  int orientation = 1;  ///< by EXIF: how it has to be turned, 1 to 8
};

/// Puts stored images on a canvas of 8-bit levels where they lie: what put_on_canvas gives for the
/// same pixels, to the bit.
class DeviceCanvas {
 public:
  explicit DeviceCanvas(const Canvas& canvas) : canvas_(canvas) {}

  /// Adds an image that becomes image `row` of the batch; returns the rectangle that shows it.
  /// Errors: those of put_on_canvas; nothing is added then.
  Result<views::PixelRectangle> add(const StoredImage& image, std::int64_t row,
                                    std::string_view where);

  /// `pixels`: uint8 [bytes] on the CPU or a GPU, where `batch`, uint8 [images, height, width,
  /// channels], gets the added images. On a GPU that is queued on the current stream: both, and
  /// this object, must be kept until it is done.
  void put(const at::Tensor& pixels, at::Tensor& batch);

 private:
  /// What the jobs of all images of a size share: the taps and the window.
  kernels::ResizeJob job_of(int width, int height, const ScaledWindow& window);

  Canvas canvas_;
  std::vector<kernels::ResizeJob> jobs_;
  std::vector<std::int32_t> taps_;                           ///< place and weight in turn
  std::map<std::pair<int, int>, kernels::ResizeJob> known_;  ///< by the size that is scaled
  std::int64_t scratch_ = 0;  ///< values of 16 bits that the images so far need on their way
  std::vector<at::Tensor> in_flight_;  ///< that a GPU may still read
};

}  // namespace plumbline

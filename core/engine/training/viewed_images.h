#pragma once
#include <functional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/study/study.h"

namespace plumbline {

/// Splits of a data set in memory, as they were decoded.
struct DecodedImages {
  at::Tensor pixels;  ///< uint8 [samples, height, width, channels], on the CPU
  /// int64 [samples]; of a data set of boxes float32 [samples, most, 5]: left, top, right, bottom
  /// in pixels, class, which is −1 where there is no object. Crowds and ignored objects are left
  /// out.
  at::Tensor labels;
  std::vector<std::string> unread;  ///< "name: why" of images that are left out
};

/// Reads whole splits. Called with the number read so far; returns false to give up.
using ReadProgress = std::function<bool(std::int64_t done, std::int64_t total)>;

/// Errors: images of different sizes or channels, labels that are missing, more than memory can
/// hold (with the figures), cancelled.
Result<DecodedImages> read_images(const StudyData& study, const DatasetInfo& dataset,
                                  const std::vector<std::string>& splits,
                                  const ReadProgress& progress);

/// The objects as they lie in what a network sees under the view, limited to it; of which less than
/// a quarter is seen they are none any more. Errors: a view that boxes cannot be put through.
Result<at::Tensor> viewed_objects(const at::Tensor& objects, const View& view, int width,
                                  int height);

/// Mean and standard deviation of each channel over all pixels, of levels / 255.
struct ChannelMoments {
  std::vector<double> mean, std;
};
ChannelMoments channel_moments(const at::Tensor& pixels);

/// What a network sees of all images under a view: float32 [samples, height, width, channels] of
/// normalised values on `device`.
at::Tensor viewed_images(const at::Tensor& pixels, const View& view, const ChannelMoments& moments,
                         c10::Device device);

}  // namespace plumbline

#pragma once
#include <cstdint>

#include <ATen/core/Tensor.h>

namespace plumbline {

/// What a detector of heat maps (Zhou et al. 2019, "Objects as Points") learns from a batch.
struct DetectionLoss {
  at::Tensor loss;     ///< a mean an object
  at::Tensor objects;  ///< float32: how many that is; 0 where there are none, as if there were one
  at::Tensor found;    ///< float64: the sum over images of the share of their objects whose centre
                       ///< has a heat of at least 0.25 for its class; 1 for an image without any
};

/// maps: [batch, classes + 4, rows, columns]: raw heat, offset of the centre from its cell's corner
/// in cells, logarithm of width and height by detector_size_unit. objects: float32 [batch, most, 5]
/// in pixels of the network's input: left, top, right, bottom, class; a class of −1 is no object.
/// Heat: focal loss with α = 2, β = 4, the target a Gaussian about each centre whose deviation is a
/// tenth of the object's sides; offset and size: absolute differences at centres, weight 1. Class:
/// cross-entropy among the heats of an object's centre, weight 0.5, since the focal loss alone is
/// slow to tell classes apart that are both plausible there. The centre of an object counts where
/// it lies within the input.
DetectionLoss detection_loss(const at::Tensor& maps, const at::Tensor& objects,
                             std::int64_t classes);

/// Objects under the shifts and mirrors of gather_batch (augmentation.h), which moves their images.
at::Tensor moved_objects(const at::Tensor& objects, const at::Tensor& down, const at::Tensor& right,
                         const at::Tensor& mirrored, std::int64_t width);

}  // namespace plumbline

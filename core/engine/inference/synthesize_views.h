#pragma once
#include <span>

#include <ATen/core/Tensor.h>

#include "core/engine/inference/device.h"
#include "core/study/model_card.h"
#include "core/types/view.h"

namespace plumbline {

/// A batch of images on their canvas, on the device that computes.
struct CanvasBatch {
  at::Tensor images;  ///< [batch, height, width, channels], uint8 or float32
  at::Tensor valid;   ///< int32 [batch, 4], what shows the image; undefined where that is all
  at::Tensor places;  ///< int64 [batch], of the samples in their split, on which noise depends
};

/// What a network is given for each of some views (the rest that its canvas has left to do):
/// [views, batch, channels, height, width], normalised as the card says, in the type of the
/// precision.
at::Tensor synthesize_views(const CardInput& input, std::span<const View> views,
                            const CanvasBatch& batch, Precision precision);

}  // namespace plumbline

#pragma once
#include <ATen/core/Tensor.h>

#include "core/engine/inference/network.h"

namespace plumbline {

/// COCO's AP50 of a detector on images in memory: normalised float32 [samples, height, width,
/// channels], and objects as detection_loss has them, with what the card says of suppression. 0
/// where there is no object. Throws as LibTorch does.
double detector_ap50(Network& network, const ModelCard& card, const at::Tensor& images,
                     const at::Tensor& objects);

}  // namespace plumbline

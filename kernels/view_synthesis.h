#pragma once
#include <vector>

#include <ATen/core/Tensor.h>

#include "kernels/views/view_steps.h"

namespace plumbline::kernels {

/// What turns grey levels into a network's input: (level · scale − mean) / std.
struct Normalisation {
  double scale = 1.0 / 255;
  std::vector<double> mean, std;  ///< one per channel of the output
  bool reverse_channels = false;  ///< BGR networks fed from RGB images
};

/// What views may need to know of a batch besides its pixels.
struct BatchFacts {
  at::Tensor samples;      ///< int64 [batch]: places in the split; undefined: 0, 1, 2, …
  at::Tensor valid;        ///< int32 [batch, 4]: left, top, right, bottom of the image within its
                           ///< padding; undefined: everything
  bool antialias = false;  ///< how geometric views resample: as the card's interpolation does
};

/// Makes every view of a batch from one copy of its pixels.
///
/// images: uint8 or float32 [batch, height, width, channels], contiguous, 1 or 3 channels (RGB), on
/// CPU or CUDA: grey levels 0 to 255. Geometric steps need uint8; what they show is resized to the
/// same canvas, and what lies outside of the image is the level that becomes 0 in the network.
/// views: the steps of each.
/// Returns [views, batch, channels, height, width] of `dtype` (float32, float16 or bfloat16) on the
/// images' device; each [batch, …] slice is channels-last in memory, as convolutions want it.
///
/// Views of 8-bit images that only move whole pixels and map levels one by one are tables, computed
/// in double and rounded once to float32, then to `dtype`: CPU and GPU agree to the bit. The others
/// are computed in float32; CPU and GPU agree within 2e-3 grey levels (but for a pixel here and
/// there where a level is rounded to a histogram's bin). Deterministic on one device.
/// Errors (c10::Error): shapes, types, an unknown view.
at::Tensor view_synthesis(const at::Tensor& images,
                          const std::vector<std::vector<views::ViewStep>>& views,
                          const Normalisation& normalisation, at::ScalarType dtype,
                          const BatchFacts& facts = {});

}  // namespace plumbline::kernels

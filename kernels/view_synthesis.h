#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/List.h>
#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// What turns grey levels into a network's input: (level · scale − mean) / std.
struct Normalisation {
  double scale = 1.0 / 255;
  std::vector<double> mean, std;  ///< one per channel of the output
  bool reverse_channels = false;  ///< BGR networks fed from RGB images
};

/// Makes every view of a batch from one copy of its pixels.
///
/// images: uint8 [batch, height, width, channels], contiguous, 1 or 3 channels, on CPU or CUDA.
/// views, values: names of `view_definitions()` and one parameter each (ignored by most).
/// Returns [views, batch, channels, height, width] of `dtype` (float32, float16 or bfloat16) on the
/// images' device; each [batch, …] slice is channels-last in memory, as convolutions want it.
///
/// Intensities are computed in double from the 256 grey levels, clamped to 0–255, normalised and
/// rounded once to float32, then to `dtype`: CPU and GPU agree to the bit. Deterministic.
/// Errors (c10::Error): shapes, types, an unknown view.
at::Tensor view_synthesis(const at::Tensor& images, const std::vector<std::string>& views,
                          const std::vector<double>& values, const Normalisation& normalisation,
                          at::ScalarType dtype);

}  // namespace plumbline::kernels

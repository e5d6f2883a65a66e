#pragma once
#include <filesystem>
#include <memory>

#include "core/engine/inference/network.h"

namespace plumbline {

/// The residual networks for 32 × 32 images of He et al. 2016, section 4.2: ResNet-20, 32, 44, 56
/// with 16, 32 and 64 channels, from safetensors with the keys of the common PyTorch versions
/// (`conv1.weight` … `layer3.2.bn2.running_var` … `linear.bias`; `fc` and `downsample` also read).
/// Shortcuts where the size changes: A (every second pixel, channels filled with zeros) or B (1 × 1
/// convolution with batch normalisation).
///
/// Batch normalisation is folded into the convolutions, in double. On the CPU convolution, bias,
/// addition and ReLU are one oneDNN primitive with weights laid out once.
/// Errors: an architecture that is not known, a tensor that is missing, superfluous or of another
/// shape, named.
Result<std::unique_ptr<Network>> load_resnet(const std::filesystem::path& file,
                                             const ModelCard& card, c10::Device device,
                                             Precision precision);

}  // namespace plumbline

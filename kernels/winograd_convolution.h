#pragma once
#include <optional>

#include <ATen/core/Tensor.h>

#include "kernels/convolution_sizes.h"
#include "kernels/cpu/winograd_pass.h"

/// Convolutions of 3 × 3, stride 1 and padding 1 on a CPU in float32 with fewer products, by
/// A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016: with
/// matrices A, B and G that evaluate polynomials at a few points,
///
///   y = Aᵀ [ Σ_c (G w_c Gᵀ) ⊙ (Bᵀ x_c B) ] A
///
/// for tiles of 2 × 2 or 4 × 4 pixels of y and each output: 16 products instead of 36, or 36
/// instead of 144.
///
/// Rounding (largest logit's part, torchvision's networks at 224², against float64): ResNet-18
/// 0.6e-6 directly, 0.6e-6 with 2 × 2, 1.5e-6 with 4 × 4; ResNet-50 1.0e-6, 1.1e-6 and 1.4e-6.
namespace plumbline::kernels {

/// Pixels of y in a row of a tile.
enum class WinogradOut { two = 2, four = 4 };

/// The fastest kernel of this processor that computes such a layer, if there is one: it takes
/// channels and outputs in multiples of its vectors alone. None without optimisation, in which
/// vectors are slower than oneDNN. weight: float32 [outputs, channels, 3, 3].
std::optional<WinogradKernel> winograd_kernel_for(const at::Tensor& weight,
                                                  const ConvolutionShape& shape);

/// The faster tile for such a layer, whatever the images are.
WinogradOut faster_winograd(const at::Tensor& weight);

/// G w Gᵀ in double, rounded once: [panels, positions, channels, outputs in a panel], 16 / 9 or 4
/// times the weight's size.
at::Tensor arrange_winograd(const at::Tensor& weight, WinogradOut out,
                            const WinogradKernel& kernel);

/// How many outputs an arranged weight has.
std::int64_t winograd_outputs(const at::Tensor& weight);

/// y = relu(convolution(x, weight) + bias + addend); without `relu` the sum alone. x: [images,
/// channels, height, width]; weight: as `arrange_winograd` gives it; bias: [outputs] or none; y,
/// and addend or none: [images, outputs, height, width]. All float32 on the CPU; x, addend and y
/// dense in channels last. addend may be y, x may not. A pixel's values do not depend on the images
/// beside its own, nor on the number of threads. Values that are not finite spread over their tile.
/// Errors (c10::Error): types, sizes and layouts that do not suit.
void winograd_convolution(const at::Tensor& x, const at::Tensor& weight,
                          const std::optional<at::Tensor>& bias,
                          const std::optional<at::Tensor>& addend, bool relu, const at::Tensor& y);

}  // namespace plumbline::kernels

#pragma once
#include <optional>

#include <ATen/core/Tensor.h>

#include "core/engine/inference/device.h"

namespace plumbline {

/// A convolution with bias, ready for one device: its weights are laid out once, and what follows
/// it is fused into it: on the CPU in float32 by oneDNN or by our own kernel for 3 × 3 and stride
/// 1, on a GPU by another of ours (float32, likewise) or by cuDNN. Takes and gives any layout; what
/// suits the kernels is `activation_layout`.
class Convolution {
 public:
  /// weight: [out, in, k, k] and bias [out] in float64; padding k/2.
  Convolution(const at::Tensor& weight, const at::Tensor& bias, std::int64_t stride,
              c10::Device device, Precision precision);

  at::Tensor operator()(const at::Tensor& input) const;
  at::Tensor relu(const at::Tensor& input) const;
  /// relu(convolution(input) + addend). `addend` may be overwritten.
  at::Tensor add_relu(const at::Tensor& input, at::Tensor addend) const;

 private:
  enum class Way { aten, prepared, cudnn };

  at::Tensor plain(const at::Tensor& input) const;
  at::Tensor fused(const at::Tensor& input, const std::optional<at::Tensor>& addend,
                   bool relu) const;
  /// By our own kernel, where it may be taken.
  std::optional<at::Tensor> own(const at::Tensor& input, std::optional<at::Tensor> addend,
                                bool relu) const;

  at::Tensor weight_, bias_;
  at::Tensor arranged_;  ///< for our own kernel, where it may be taken
  std::int64_t stride_, padding_;
  at::MemoryFormat layout_;
  Way way_ = Way::aten;
};

/// Channels last, except for float32 on a GPU, whose own products are faster by planes.
at::MemoryFormat activation_layout(c10::Device device, Precision precision);

}  // namespace plumbline

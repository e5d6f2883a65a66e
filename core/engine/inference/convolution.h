#pragma once
#include <optional>

#include <ATen/core/Tensor.h>

#include "core/engine/inference/device.h"

namespace plumbline {

/// A convolution with bias, ready for one device: on the CPU its weights are laid out for oneDNN
/// once and what follows it is fused into it.
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
  at::Tensor plain(const at::Tensor& input) const;
  at::Tensor fused(const at::Tensor& input, const char* activation) const;

  at::Tensor weight_, bias_;
  std::int64_t stride_, padding_;
  bool onednn_ = false;
};

}  // namespace plumbline

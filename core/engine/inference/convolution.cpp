#include "core/engine/inference/convolution.h"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/cudnn_convolution_add_relu.h>
#include <ATen/ops/cudnn_convolution_relu.h>
#include <ATen/ops/relu.h>

#include "kernels/convolution3x3.h"
#include "kernels/prepared_convolution.h"

namespace plumbline {

namespace {

std::vector<std::int64_t> pair(std::int64_t value) { return {value, value}; }

}  // namespace

at::MemoryFormat activation_layout(c10::Device device, Precision precision) {
  return device.is_cuda() && precision == Precision::fp32 ? at::MemoryFormat::Contiguous
                                                          : at::MemoryFormat::ChannelsLast;
}

Convolution::Convolution(const at::Tensor& weight, const at::Tensor& bias, std::int64_t stride,
                         c10::Device device, Precision precision)
    : bias_(bias.to(device, scalar_type(precision))),
      stride_(stride),
      padding_(weight.size(2) / 2),
      layout_(activation_layout(device, precision)) {
  weight_ = weight.to(device, scalar_type(precision)).contiguous(layout_);
  if (device.is_cuda()) {
    way_ = Way::cudnn;
    if (precision == Precision::fp32 && compute_capability(device) >= 80 && stride == 1 &&
        weight.size(2) == 3 && weight.size(3) == 3)
      arranged_ = kernels::arrange3x3(weight_);
  } else if (precision == Precision::fp32 && kernels::can_prepare_convolutions()) {
    way_ = Way::prepared;
    const auto steps = pair(stride_), margin = pair(padding_), dilation = pair(1);
    weight_ = kernels::prepare_convolution(weight_, {steps, margin, dilation});
  }
}

std::optional<at::Tensor> Convolution::own(const at::Tensor& input,
                                           std::optional<at::Tensor> addend, bool relu) const {
  if (!arranged_.defined() || !kernels::suits_convolution3x3(bias_.size(0), input.size(3)))
    return std::nullopt;
  if (addend) addend = addend->contiguous();
  return kernels::convolution3x3(input.contiguous(), arranged_, bias_, addend, relu);
}

at::Tensor Convolution::plain(const at::Tensor& input) const {
  return at::conv2d(input, weight_, bias_, stride_, padding_);
}

at::Tensor Convolution::fused(const at::Tensor& input, const std::optional<at::Tensor>& addend,
                              bool relu) const {
  const auto stride = pair(stride_), padding = pair(padding_), dilation = pair(1);
  return kernels::prepared_convolution(input, weight_, bias_, addend, {stride, padding, dilation},
                                       relu, kernels::AddendUse::overwrite);
}

at::Tensor Convolution::operator()(const at::Tensor& input) const {
  if (way_ == Way::prepared) return fused(input, std::nullopt, false);
  if (auto output = own(input, std::nullopt, false)) return *output;
  return plain(input);
}

at::Tensor Convolution::relu(const at::Tensor& input) const {
  if (way_ == Way::prepared) return fused(input, std::nullopt, true);
  if (auto output = own(input, std::nullopt, true)) return *output;
  if (way_ == Way::cudnn)
    return at::cudnn_convolution_relu(input.contiguous(layout_), weight_, bias_, pair(stride_),
                                      pair(padding_), pair(1), 1);
  return plain(input).relu_();
}

at::Tensor Convolution::add_relu(const at::Tensor& input, at::Tensor addend) const {
  if (way_ == Way::prepared) return fused(input, addend, true);
  if (auto output = own(input, addend, true)) return *output;
  if (way_ == Way::cudnn)
    return at::cudnn_convolution_add_relu(input.contiguous(layout_), weight_,
                                          addend.contiguous(layout_), 1, bias_, pair(stride_),
                                          pair(padding_), pair(1), 1);
  return plain(input).add_(addend).relu_();
}

}  // namespace plumbline

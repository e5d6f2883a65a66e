#include "core/engine/inference/convolution.h"

#include <ATen/Context.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/cudnn_convolution_add_relu.h>
#include <ATen/ops/cudnn_convolution_relu.h>
#include <ATen/ops/relu.h>

#include "kernels/convolution3x3.h"

namespace plumbline {

namespace {

// oneDNN's fused primitives, as LibTorch registers them for its own compiler. Called by name: the
// wheel has no header for them.
std::optional<c10::OperatorHandle> find(const char* name, const char* overload) {
  return c10::Dispatcher::singleton().findSchema({name, overload});
}

std::vector<std::int64_t> pair(std::int64_t value) { return {value, value}; }

at::Tensor call(const c10::OperatorHandle& op, torch::jit::Stack stack) {
  op.callBoxed(stack);
  return stack.back().toTensor();
}

bool fusable() {
  return find("mkldnn::_convolution_pointwise", "") &&
         find("mkldnn::_convolution_pointwise_", "binary") &&
         find("mkldnn::_reorder_convolution_weight", "") && at::globalContext().userEnabledMkldnn();
}

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
  } else if (precision == Precision::fp32 && fusable()) {
    way_ = Way::onednn;
    // No input size is given: the layout must not depend on the last, shorter batch.
    weight_ =
        call(*find("mkldnn::_reorder_convolution_weight", ""),
             {weight_, pair(padding_), pair(stride_), pair(1), std::int64_t{1}, c10::IValue()});
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

at::Tensor Convolution::fused(const at::Tensor& input, const char* activation) const {
  static const auto op = *find("mkldnn::_convolution_pointwise", "");
  const c10::List<std::optional<at::Scalar>> no_scalars;
  return call(op, {input, weight_, bias_, pair(padding_), pair(stride_), pair(1), std::int64_t{1},
                   std::string(activation), no_scalars, std::string()});
}

at::Tensor Convolution::operator()(const at::Tensor& input) const {
  if (way_ == Way::onednn) return fused(input, "none");
  if (auto output = own(input, std::nullopt, false)) return *output;
  return plain(input);
}

at::Tensor Convolution::relu(const at::Tensor& input) const {
  if (way_ == Way::onednn) return fused(input, "relu");
  if (auto output = own(input, std::nullopt, true)) return *output;
  if (way_ == Way::cudnn)
    return at::cudnn_convolution_relu(input.contiguous(layout_), weight_, bias_, pair(stride_),
                                      pair(padding_), pair(1), 1);
  return plain(input).relu_();
}

at::Tensor Convolution::add_relu(const at::Tensor& input, at::Tensor addend) const {
  if (way_ == Way::onednn) {
    static const auto op = *find("mkldnn::_convolution_pointwise_", "binary");
    const c10::List<std::optional<at::Scalar>> no_scalars;
    return call(op, {std::move(addend), input, weight_, bias_, pair(padding_), pair(stride_),
                     pair(1), std::int64_t{1}, std::string("add"), 1.0, std::string("relu"),
                     no_scalars, std::string()});
  }
  if (auto output = own(input, addend, true)) return *output;
  if (way_ == Way::cudnn)
    return at::cudnn_convolution_add_relu(input.contiguous(layout_), weight_,
                                          addend.contiguous(layout_), 1, bias_, pair(stride_),
                                          pair(padding_), pair(1), 1);
  return plain(input).add_(addend).relu_();
}

}  // namespace plumbline

#include "core/engine/inference/convolution.h"

#include <ATen/Context.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/relu.h>

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

Convolution::Convolution(const at::Tensor& weight, const at::Tensor& bias, std::int64_t stride,
                         c10::Device device, Precision precision)
    : weight_(weight.to(device, scalar_type(precision)).contiguous(at::MemoryFormat::ChannelsLast)),
      bias_(bias.to(device, scalar_type(precision))),
      stride_(stride),
      padding_(weight.size(2) / 2),
      onednn_(device.is_cpu() && precision == Precision::fp32 && fusable()) {
  if (!onednn_) return;
  // No input size is given: the layout must not depend on the last, shorter batch.
  weight_ = call(*find("mkldnn::_reorder_convolution_weight", ""),
                 {weight_, pair(padding_), pair(stride_), pair(1), std::int64_t{1}, c10::IValue()});
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
  return onednn_ ? fused(input, "none") : plain(input);
}

at::Tensor Convolution::relu(const at::Tensor& input) const {
  return onednn_ ? fused(input, "relu") : plain(input).relu_();
}

at::Tensor Convolution::add_relu(const at::Tensor& input, at::Tensor addend) const {
  if (!onednn_) return plain(input).add_(addend).relu_();
  static const auto op = *find("mkldnn::_convolution_pointwise_", "binary");
  const c10::List<std::optional<at::Scalar>> no_scalars;
  return call(op, {std::move(addend), input, weight_, bias_, pair(padding_), pair(stride_), pair(1),
                   std::int64_t{1}, std::string("add"), 1.0, std::string("relu"), no_scalars,
                   std::string()});
}

}  // namespace plumbline

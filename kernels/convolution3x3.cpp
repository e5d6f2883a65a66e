#include "kernels/convolution3x3.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/conv2d.h>
#include <torch/library.h>

namespace plumbline::kernels {

namespace {

at::Tensor convolution3x3_cpu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                              const std::optional<at::Tensor>& addend, bool relu) {
  TORCH_CHECK(weight.dim() == 3 && weight.size(1) == 9, "convolution3x3: weight is ",
              weight.sizes(), ", expected [channels, 9, outputs]");
  const auto outputs = weight.size(2), channels = weight.size(0);
  at::Tensor y =
      at::conv2d(x, weight.permute({2, 0, 1}).reshape({outputs, channels, 3, 3}), bias, 1, 1);
  if (addend) y.add_(*addend);
  return relu ? y.relu_() : y;
}

}  // namespace

at::Tensor convolution3x3(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                          const std::optional<at::Tensor>& addend, bool relu) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("plumbline::convolution3x3", "")
                             .typed<decltype(convolution3x3)>();
  return op.call(x, weight, bias, addend, relu);
}

at::Tensor arrange3x3(const at::Tensor& weight) {
  TORCH_CHECK(weight.dim() == 4 && weight.size(2) == 3 && weight.size(3) == 3,
              "arrange3x3: weight is ", weight.sizes(), ", expected [outputs, channels, 3, 3]");
  return weight.permute({1, 2, 3, 0}).reshape({weight.size(1), 9, weight.size(0)}).contiguous();
}

bool suits_convolution3x3(int64_t outputs, int64_t width) {
  if (width <= 8) return outputs % 64 == 0;
  if (width <= 16) return outputs % 32 == 0;
  return width <= 32 && outputs % 16 == 0;
}

TORCH_LIBRARY_FRAGMENT(plumbline, library) {
  library.def(
      "convolution3x3(Tensor x, Tensor weight, Tensor bias, Tensor? addend, bool relu) -> Tensor");
}

TORCH_LIBRARY_IMPL(plumbline, CPU, library) { library.impl("convolution3x3", convolution3x3_cpu); }

}  // namespace plumbline::kernels

#include "kernels/fused_convolution.h"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/cudnn_convolution_add_relu.h>
#include <ATen/ops/cudnn_convolution_relu.h>
#include <torch/library.h>

#include "kernels/convolution_sizes.h"

namespace plumbline::kernels {

namespace {

using Addend = std::optional<at::Tensor>;

at::Tensor step_by_step(const at::Tensor& x, const at::Tensor& weight,
                        const std::optional<at::Tensor>& bias, const Addend& addend,
                        at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation) {
  at::Tensor y = at::conv2d(x, weight, bias, stride, padding, dilation);
  if (!addend) return y.relu_();
  const bool in_place = addend->sizes() == y.sizes() && addend->scalar_type() == y.scalar_type();
  return (in_place ? y.add_(*addend) : y.add(*addend)).relu_();
}

at::Tensor with_cudnn(const at::Tensor& x, const at::Tensor& weight,
                      const std::optional<at::Tensor>& bias, const Addend& addend,
                      at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation) {
  if (x.dim() != 4 || weight.dim() != 4 || stride.size() != 2 || padding.size() != 2 ||
      dilation.size() != 2)
    return step_by_step(x, weight, bias, addend, stride, padding, dilation);
  if (!addend) return at::cudnn_convolution_relu(x, weight, bias, stride, padding, dilation, 1);
  if (addend->sizes() != at::IntArrayRef(output_sizes(x, weight, {stride, padding, dilation})) ||
      addend->scalar_type() != x.scalar_type())
    return step_by_step(x, weight, bias, addend, stride, padding, dilation);
  return at::cudnn_convolution_add_relu(x, weight, *addend, 1, bias, stride, padding, dilation, 1);
}

}  // namespace

at::Tensor convolution_relu(const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias,
                            const std::optional<at::Tensor>& addend, at::IntArrayRef stride,
                            at::IntArrayRef padding, at::IntArrayRef dilation) {
  return x.is_cuda() ? with_cudnn(x, weight, bias, addend, stride, padding, dilation)
                     : step_by_step(x, weight, bias, addend, stride, padding, dilation);
}

TORCH_LIBRARY_FRAGMENT(plumbline, library) {
  library.def(
      "convolution_relu(Tensor x, Tensor weight, Tensor? bias, Tensor? addend, int[2] stride, "
      "int[2] padding, int[2] dilation) -> Tensor");
}
TORCH_LIBRARY_IMPL(plumbline, CPU, library) { library.impl("convolution_relu", step_by_step); }
TORCH_LIBRARY_IMPL(plumbline, CUDA, library) { library.impl("convolution_relu", with_cudnn); }

}  // namespace plumbline::kernels

#include "kernels/residual_norm.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/add.h>
#include <ATen/ops/layer_norm.h>
#include <torch/library.h>

namespace plumbline::kernels {

namespace {

at::Tensor norm_kernel(const at::Tensor& x, const at::Tensor& change, const at::Tensor& weight,
                       const at::Tensor& bias, double epsilon) {
  return at::layer_norm(at::add(x, change), weight.sizes(), weight, bias, epsilon);
}

}  // namespace

at::Tensor residual_norm(const at::Tensor& x, const at::Tensor& change, const at::Tensor& weight,
                         const at::Tensor& bias, double epsilon) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("plumbline::residual_norm", "")
                             .typed<decltype(residual_norm)>();
  return op.call(x, change, weight, bias, epsilon);
}

TORCH_LIBRARY_FRAGMENT(plumbline, library) {
  library.def(
      "residual_norm(Tensor x, Tensor change, Tensor weight, Tensor bias, float epsilon) -> "
      "Tensor");
}

TORCH_LIBRARY_IMPL(plumbline, CPU, library) { library.impl("residual_norm", norm_kernel); }

}  // namespace plumbline::kernels

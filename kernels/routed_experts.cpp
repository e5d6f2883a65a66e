#include "kernels/routed_experts.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include "kernels/aten/aten_routing.h"

namespace plumbline::kernels {

at::Tensor routed_experts(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& w1,
                          const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                          int64_t top_k, bool gelu) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("plumbline::routed_experts", "")
                             .typed<decltype(routed_experts)>();
  return op.call(x, gate, w1, b1, w2, b2, top_k, gelu);
}

TORCH_LIBRARY_FRAGMENT(plumbline, library) {
  library.def(
      "routed_experts(Tensor x, Tensor gate, Tensor w1, Tensor b1, Tensor w2, Tensor b2, int "
      "top_k, bool gelu) -> Tensor");
}

TORCH_LIBRARY_IMPL(plumbline, CPU, library) {
  library.impl("routed_experts", routed_experts_by_aten);
}

}  // namespace plumbline::kernels

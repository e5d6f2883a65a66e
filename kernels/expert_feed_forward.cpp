#include "kernels/expert_feed_forward.h"

#include <limits>

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/index_select.h>
#include <torch/library.h>

#include "kernels/expert_pass.h"

namespace plumbline::kernels {

namespace {

template <class Signature>
auto find_op(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

void check_shape(const char* name, const at::Tensor& tensor, at::IntArrayRef expected,
                 const at::Tensor& x) {
  TORCH_CHECK(tensor.sizes() == expected, "expert_feed_forward: ", name, " is ", tensor.sizes(),
              ", expected ", expected);
  TORCH_CHECK(tensor.scalar_type() == x.scalar_type(), "expert_feed_forward: ", name, " is ",
              tensor.scalar_type(), ", x ", x.scalar_type());
  TORCH_CHECK(tensor.device() == x.device(), "expert_feed_forward: ", name, " is on ",
              tensor.device(), ", x on ", x.device());
}

at::Tensor outputs_kernel(const at::Tensor& x, const at::Tensor& choice, const at::Tensor& w1,
                          const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                          bool gelu) {
  const auto pass = expert_pass(x, choice, w1, b1, w2, b2, gelu, false);
  return outputs_by_slot(std::get<0>(pass), std::get<3>(pass), choice.size(1));
}

at::Tensor feed_forward_kernel(const at::Tensor& x, const at::Tensor& choice,
                               const at::Tensor& gate, const at::Tensor& w1, const at::Tensor& b1,
                               const at::Tensor& w2, const at::Tensor& b2, bool gelu) {
  check_gate(gate, choice, x);
  const auto pass = expert_pass(x, choice, w1, b1, w2, b2, gelu, false);
  return expert_combine(std::get<0>(pass), std::get<3>(pass), gate);
}

}  // namespace

at::Tensor expert_feed_forward(const at::Tensor& x, const at::Tensor& choice,
                               const at::Tensor& gate, const at::Tensor& w1, const at::Tensor& b1,
                               const at::Tensor& w2, const at::Tensor& b2, bool gelu) {
  static const auto op = find_op<decltype(expert_feed_forward)>("plumbline::expert_feed_forward");
  return op.call(x, choice, gate, w1, b1, w2, b2, gelu);
}

at::Tensor expert_outputs(const at::Tensor& x, const at::Tensor& choice, const at::Tensor& w1,
                          const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                          bool gelu) {
  static const auto op = find_op<decltype(expert_outputs)>("plumbline::expert_outputs");
  return op.call(x, choice, w1, b1, w2, b2, gelu);
}

ExpertPass expert_pass(const at::Tensor& x, const at::Tensor& choice, const at::Tensor& w1,
                       const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2, bool gelu,
                       bool keep_hidden) {
  static const auto op = find_op<decltype(expert_pass)>("plumbline::expert_pass");
  return op.call(x, choice, w1, b1, w2, b2, gelu, keep_hidden);
}

ExpertGradients expert_pass_backward(const at::Tensor& grad, const at::Tensor& x,
                                     const at::Tensor& hidden, const Routes& routes,
                                     const at::Tensor& w1, const at::Tensor& w2, bool gelu,
                                     bool by_x, bool by_weights) {
  using Signature = ExpertGradients(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                    const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                    const at::Tensor&, const at::Tensor&, bool, bool, bool);
  static const auto op = find_op<Signature>("plumbline::expert_pass_backward");
  return op.call(grad, x, hidden, routes.order, routes.place, routes.ends, w1, w2, gelu, by_x,
                 by_weights);
}

at::Tensor expert_combine(const at::Tensor& outputs, const at::Tensor& place,
                          const at::Tensor& gate) {
  static const auto op = find_op<decltype(expert_combine)>("plumbline::expert_combine");
  return op.call(outputs, place, gate);
}

at::Tensor outputs_by_slot(const at::Tensor& outputs, const at::Tensor& place, int64_t k) {
  return outputs.index_select(0, place).view({place.size(0) / k, k, outputs.size(1)});
}

void check_experts(const at::Tensor& x, const at::Tensor& choice, const at::Tensor& w1,
                   const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2) {
  TORCH_CHECK(x.dim() == 2, "expert_feed_forward: x has ", x.dim(),
              " dimensions, expected tokens × d");
  TORCH_CHECK(x.is_floating_point(), "expert_feed_forward: x is ", x.scalar_type(),
              ", expected float32, float64, bfloat16 or float16");
  TORCH_CHECK(w1.dim() == 3, "expert_feed_forward: w1 has ", w1.dim(),
              " dimensions, expected experts × d × inner");
  const int64_t tokens = x.size(0), d = x.size(1), experts = w1.size(0), inner = w1.size(2);
  TORCH_CHECK(experts > 0 && d > 0 && inner > 0, "expert_feed_forward: w1 is ", w1.sizes(),
              ", of which none may be 0");
  TORCH_CHECK(experts < 1024, "expert_feed_forward: ", experts, " experts, at most 1023");
  check_shape("w1", w1, {experts, d, inner}, x);
  check_shape("b1", b1, {experts, inner}, x);
  check_shape("w2", w2, {experts, inner, d}, x);
  check_shape("b2", b2, {experts, d}, x);
  TORCH_CHECK(
      choice.dim() == 2 && choice.size(0) == tokens && (choice.size(1) == 1 || choice.size(1) == 2),
      "expert_feed_forward: choice is ", choice.sizes(), ", expected [", tokens, ", 1 or 2]");
  TORCH_CHECK(choice.scalar_type() == at::kLong, "expert_feed_forward: choice is ",
              choice.scalar_type(), ", expected int64");
  TORCH_CHECK(choice.device() == x.device(), "expert_feed_forward: choice is on ", choice.device(),
              ", x on ", x.device());
  TORCH_CHECK(choice.numel() <= std::numeric_limits<int32_t>::max(),
              "expert_feed_forward: ", tokens, " tokens are too many");
}

void check_gate(const at::Tensor& gate, const at::Tensor& choice, const at::Tensor& x) {
  check_shape("gate", gate, choice.sizes(), x);
}

TORCH_LIBRARY_FRAGMENT(plumbline, library) {
  library.def(
      "expert_feed_forward(Tensor x, Tensor choice, Tensor gate, Tensor w1, Tensor b1, Tensor w2, "
      "Tensor b2, bool gelu) -> Tensor");
  library.def(
      "expert_outputs(Tensor x, Tensor choice, Tensor w1, Tensor b1, Tensor w2, Tensor b2, "
      "bool gelu) -> Tensor");
  // What they are made of.
  library.def(
      "expert_pass(Tensor x, Tensor choice, Tensor w1, Tensor b1, Tensor w2, Tensor b2, bool gelu, "
      "bool keep_hidden) -> (Tensor outputs, Tensor hidden, Tensor order, Tensor place, Tensor "
      "ends)");
  library.def(
      "expert_pass_backward(Tensor grad, Tensor x, Tensor hidden, Tensor order, Tensor place, "
      "Tensor ends, Tensor w1, Tensor w2, bool gelu, bool by_x, bool by_weights) -> (Tensor, "
      "Tensor, Tensor, Tensor, Tensor)");
  library.def("expert_combine(Tensor outputs, Tensor place, Tensor gate) -> Tensor");
}

TORCH_LIBRARY_IMPL(plumbline, CPU, library) {
  library.impl("expert_feed_forward", feed_forward_kernel);
  library.impl("expert_outputs", outputs_kernel);
}

#ifdef PLUMBLINE_CUDA
TORCH_LIBRARY_IMPL(plumbline, CUDA, library) {
  library.impl("expert_feed_forward", feed_forward_kernel);
  library.impl("expert_outputs", outputs_kernel);
}
#endif

}  // namespace plumbline::kernels

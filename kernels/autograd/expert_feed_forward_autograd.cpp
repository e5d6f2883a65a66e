#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/library.h>

#include "kernels/expert_feed_forward.h"
#include "kernels/expert_pass.h"

namespace plumbline::kernels {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Both ops: with a gate the weighted sum, without one the outputs themselves.
class ExpertFunction : public torch::autograd::Function<ExpertFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& choice,
                            const std::optional<at::Tensor>& gate, const at::Tensor& w1,
                            const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                            bool gelu) {
    const at::AutoDispatchBelowADInplaceOrView below;
    if (gate) check_gate(*gate, choice, x);
    auto [outputs, hidden, order, place, ends] = expert_pass(x, choice, w1, b1, w2, b2, gelu, true);
    context->saved_data["gelu"] = gelu;
    context->saved_data["choices"] = choice.size(1);
    const bool gate_learns = gate && gate->requires_grad();
    context->save_for_backward({x, gate.value_or(at::Tensor()), w1, w2, hidden, order, place, ends,
                                gate_learns ? outputs : at::Tensor()});
    return gate ? expert_combine(outputs, place, *gate)
                : outputs_by_slot(outputs, place, choice.size(1));
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    TORCH_CHECK(!at::GradMode::is_enabled(),
                "expert_feed_forward: its gradient cannot be differentiated again");
    const at::AutoDispatchBelowADInplaceOrView below;
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &gate = saved[1], &outputs = saved[8];
    const Routes routes{saved[5], saved[6], saved[7]};
    const int64_t k = context->saved_data["choices"].toInt(), d = x.size(1);
    const bool by_x = context->needs_input_grad(0);
    bool by_weights = false;
    // Only tensors that are there count as inputs.
    for (size_t weight = 0; weight < 4; ++weight)
      by_weights |= context->needs_input_grad(weight + (gate.defined() ? 3 : 2));

    at::Tensor by_gate;
    if (outputs.defined())
      by_gate = (outputs_by_slot(outputs, routes.place, k) * grads[0].unsqueeze(1)).sum(-1);
    if (!by_x && !by_weights) return {{}, {}, by_gate, {}, {}, {}, {}, {}};

    // The gradient of a gather by `place` is one by its inverse: no atomic additions.
    at::Tensor sorted;
    if (gate.defined()) {
      sorted = grads[0].index_select(0, k == 1 ? routes.order : routes.order.div(k, "floor"));
      sorted.mul_(gate.reshape({-1}).index_select(0, routes.order).unsqueeze(1));
    } else {
      sorted = grads[0].reshape({-1, d}).index_select(0, routes.order);
    }
    auto [of_x, of_w1, of_b1, of_w2, of_b2] =
        expert_pass_backward(sorted, x, saved[4], routes, saved[2], saved[3],
                             context->saved_data["gelu"].toBool(), by_x, by_weights);
    return {of_x, {}, by_gate, of_w1, of_b1, of_w2, of_b2, {}};
  }
};

template <class... Tensors>
bool learns(const Tensors&... tensors) {
  return torch::autograd::compute_requires_grad(tensors...);
}

at::Tensor feed_forward_autograd(const at::Tensor& x, const at::Tensor& choice,
                                 const at::Tensor& gate, const at::Tensor& w1, const at::Tensor& b1,
                                 const at::Tensor& w2, const at::Tensor& b2, bool gelu) {
  if (learns(x, gate, w1, b1, w2, b2))
    return ExpertFunction::apply(x, choice, std::optional(gate), w1, b1, w2, b2, gelu);
  const at::AutoDispatchBelowADInplaceOrView below;
  return expert_feed_forward(x, choice, gate, w1, b1, w2, b2, gelu);
}

at::Tensor outputs_autograd(const at::Tensor& x, const at::Tensor& choice, const at::Tensor& w1,
                            const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                            bool gelu) {
  if (learns(x, w1, b1, w2, b2))
    return ExpertFunction::apply(x, choice, std::optional<at::Tensor>(), w1, b1, w2, b2, gelu);
  const at::AutoDispatchBelowADInplaceOrView below;
  return expert_outputs(x, choice, w1, b1, w2, b2, gelu);
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, Autograd, library) {
  library.impl("expert_feed_forward", feed_forward_autograd);
  library.impl("expert_outputs", outputs_autograd);
}

}  // namespace plumbline::kernels

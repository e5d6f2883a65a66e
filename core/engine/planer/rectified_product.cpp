#include "core/engine/planer/rectified_product.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

namespace plumbline {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class RectifiedProduct : public torch::autograd::Function<RectifiedProduct> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const at::Tensor units = at::_addmm_activation(bias, x, weight.t());
    context->save_for_backward({x, weight, units});
    return units;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    TORCH_CHECK(!at::GradMode::is_enabled(),
                "rectified_product: its gradient cannot be differentiated again");
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &units = saved[2];
    const at::Tensor grad = at::threshold_backward(grads[0], units, 0);
    // Each of them where it is asked for.
    const auto where = [&](std::size_t input, auto&& product) {
      return context->needs_input_grad(input) ? product() : at::Tensor();
    };
    return {where(0, [&] { return at::mm(grad, weight); }),
            where(1, [&] { return at::mm(grad.t(), x); }), where(2, [&] { return grad.sum(0); })};
  }
};

}  // namespace

at::Tensor rectified_product(const at::Tensor& x, const at::Tensor& weight,
                             const at::Tensor& bias) {
  return RectifiedProduct::apply(x, weight, bias);
}

}  // namespace plumbline

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/library.h>

#include "kernels/attention_pass.h"
#include "kernels/relative_attention.h"

namespace plumbline::kernels {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class AttentionFunction : public torch::autograd::Function<AttentionFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& query,
                            const at::Tensor& key, const at::Tensor& value,
                            const at::Tensor& positions, const at::Tensor& content_bias,
                            const at::Tensor& position_bias, int64_t window) {
    const at::AutoDispatchBelowADInplaceOrView below;
    auto [output, logsumexp] =
        attention_pass({query, key, value, positions, content_bias, position_bias, window});
    context->saved_data["window"] = window;
    context->save_for_backward(
        {query, key, value, positions, content_bias, position_bias, output, logsumexp});
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    TORCH_CHECK(!at::GradMode::is_enabled(),
                "relative_attention: its gradient cannot be differentiated again");
    const at::AutoDispatchBelowADInplaceOrView below;
    const auto saved = context->get_saved_variables();
    auto [query, key, value, positions, content_bias, position_bias] =
        attention_pass_backward(grads[0],
                                {saved[0], saved[1], saved[2], saved[3], saved[4], saved[5],
                                 context->saved_data["window"].toInt()},
                                saved[6], saved[7]);
    return {query, key, value, positions, content_bias, position_bias, {}};
  }
};

at::Tensor attention_autograd(const at::Tensor& query, const at::Tensor& key,
                              const at::Tensor& value, const at::Tensor& positions,
                              const at::Tensor& content_bias, const at::Tensor& position_bias,
                              int64_t window) {
  if (torch::autograd::compute_requires_grad(query, key, value, positions, content_bias,
                                             position_bias))
    return AttentionFunction::apply(query, key, value, positions, content_bias, position_bias,
                                    window);
  const at::AutoDispatchBelowADInplaceOrView below;
  return relative_attention(query, key, value, positions, content_bias, position_bias, window);
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, Autograd, library) {
  library.impl("relative_attention", attention_autograd);
}

}  // namespace plumbline::kernels

#pragma once
#include <tuple>

#include <ATen/core/Tensor.h>

/// The parts that the ops of expert_feed_forward.h are made of, in the order of sorted tokens. A
/// slot is a token's j-th choice: number t · k + j, of tokens · k in all.
namespace plumbline::kernels {

/// Slots sorted by expert, stably.
struct Routes {
  at::Tensor order;  ///< int64 [slots]: the slot at each place
  at::Tensor place;  ///< int64 [slots]: the place of each slot, the inverse of `order`
  at::Tensor ends;   ///< int32 [experts]: where each expert's places end; the last is `slots`
};

/// outputs [slots, d] by place; hidden [slots, inner] by place, kept for the gradient: before GELU,
/// after ReLU; empty unless asked for. Then `Routes`.
using ExpertPass = std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>;

/// Gradients by x, w1, b1, w2, b2; those not asked for are undefined.
using ExpertGradients = std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>;

/// Refuses what the ops do not take; values of `choice` aside.
void check_experts(const at::Tensor& x, const at::Tensor& choice, const at::Tensor& w1,
                   const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2);
void check_gate(const at::Tensor& gate, const at::Tensor& choice, const at::Tensor& x);

/// Calls of the parts through the dispatcher: `grad` is by place.
ExpertPass expert_pass(const at::Tensor& x, const at::Tensor& choice, const at::Tensor& w1,
                       const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2, bool gelu,
                       bool keep_hidden);
ExpertGradients expert_pass_backward(const at::Tensor& grad, const at::Tensor& x,
                                     const at::Tensor& hidden, const Routes& routes,
                                     const at::Tensor& w1, const at::Tensor& w2, bool gelu,
                                     bool by_x, bool by_weights);
/// Σ_j gate[t, j] · outputs[place of (t, j)], [tokens, d].
at::Tensor expert_combine(const at::Tensor& outputs, const at::Tensor& place,
                          const at::Tensor& gate);
/// outputs[place of (t, j)], [tokens, k, d].
at::Tensor outputs_by_slot(const at::Tensor& outputs, const at::Tensor& place, int64_t k);

}  // namespace plumbline::kernels

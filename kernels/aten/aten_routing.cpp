#include "kernels/aten/aten_routing.h"

#include <ATen/ATen.h>

#include "kernels/expert_feed_forward.h"

namespace plumbline::kernels {

at::Tensor routed_experts_by_aten(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& w1,
                                  const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                                  int64_t top_k, bool gelu) {
  auto [share, choice] = at::linear(x, gate).to(at::kFloat).softmax(-1).topk(top_k, -1);
  if (top_k > 1) share = share / share.sum(1, true);
  return expert_feed_forward(x, choice, share.to(x.scalar_type()), w1, b1, w2, b2, gelu);
}

}  // namespace plumbline::kernels

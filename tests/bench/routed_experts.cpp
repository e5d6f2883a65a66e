// A slot of experts at inference on a GPU (routing, experts, residual and norm, in a CUDA graph,
// bf16) beside a feed-forward of the same active width, and beside the same made of LibTorch's
// routing and grouped products. All in turns, over layers of their own so that weights come from
// memory.
//   bench_routed_experts [TOKENS …]
#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "core/engine/inference/repeated_work.h"
#include "kernels/expert_feed_forward.h"
#include "kernels/residual_norm.h"
#include "kernels/routed_experts.h"

using namespace plumbline;

namespace {

constexpr std::int64_t d = 512, inner = 2048, experts = 8, layers = 4;

struct Bar {
  std::int64_t tokens;
  double times_dense;
};
constexpr Bar bars[] = {{64, 2.5}, {2048, 1.7}, {16384, 1.25}};

struct Layer {
  at::Tensor gate, w1, b1, w2, b2, dense1, bias1, dense2, bias2, weight, bias;
  std::int64_t top_k;

  Layer(std::int64_t k, const at::TensorOptions& options) : top_k(k) {
    const auto random = [&](at::IntArrayRef sizes, std::int64_t terms) {
      return at::randn(sizes, options).div_(std::sqrt(static_cast<double>(terms)));
    };
    gate = random({experts, d}, d);
    w1 = random({experts, d, inner}, d);
    b1 = random({experts, inner}, 4);
    w2 = random({experts, inner, d}, inner);
    b2 = random({experts, d}, 4);
    dense1 = random({k * inner, d}, d);
    bias1 = random({k * inner}, 4);
    dense2 = random({d, k * inner}, inner);
    bias2 = random({d}, 4);
    weight = at::ones({d}, options);
    bias = at::zeros({d}, options);
  }

  at::Tensor finished(const at::Tensor& x, const at::Tensor& change) const {
    return kernels::residual_norm(x, change, weight, bias, 1e-5);
  }
  at::Tensor ours(const at::Tensor& x) const {
    return finished(x, kernels::routed_experts(x, gate, w1, b1, w2, b2, top_k, false));
  }
  /// Its activation in the first product, as at inference, or apart.
  at::Tensor dense(const at::Tensor& x, bool joined) const {
    const at::Tensor hidden = joined ? at::_addmm_activation(bias1, x, dense1.t())
                                     : at::relu(at::linear(x, dense1, bias1));
    return finished(x, at::linear(hidden, dense2, bias2));
  }
  at::Tensor pieces(const at::Tensor& x) const {
    auto [share, choice] = at::linear(x, gate).to(at::kFloat).softmax(-1).topk(top_k, -1);
    if (top_k > 1) share = share / share.sum(1, true);
    return at::layer_norm(x + kernels::expert_feed_forward(x, choice, share.to(x.scalar_type()), w1,
                                                           b1, w2, b2, false),
                          {d}, weight, bias, 1e-5);
  }
};

void measure(std::int64_t tokens, std::int64_t top_k, double bar) {
  const c10::InferenceMode inference;
  const at::Device device(at::kCUDA, 0);
  const auto options = at::TensorOptions(device).dtype(at::kBFloat16);
  const at::Tensor x = at::randn({tokens, d}, options);
  std::vector<Layer> all;
  for (std::int64_t i = 0; i < layers; ++i) all.emplace_back(top_k, options);
  const auto each = [&](auto body) {
    return [&all, body] {
      for (const Layer& layer : all) body(layer);
    };
  };
  std::vector<RepeatedWork> works;
  works.emplace_back(device, each([x](const Layer& layer) { layer.ours(x); }));
  works.emplace_back(device, each([x](const Layer& layer) { layer.dense(x, false); }));
  works.emplace_back(device, each([x](const Layer& layer) { layer.dense(x, true); }));
  works.emplace_back(device, each([x](const Layer& layer) { layer.pieces(x); }));
  std::vector<double> us;
  for (const auto& measured : measure_interleaved(device, works, {.seconds = 1}))
    us.push_back(measured.median_ms * 1e3 / layers);
  const double ratio = us[0] / us[1];
  fmt::print(
      "{:6} tokens, top-{}: {:6.1f} us; dense {:6.1f}, with its activation in the product {:6.1f}; "
      "LibTorch's pieces {:6.1f}; {:.2f} x dense, {:.2f} x the faster one (bar {}){}\n",
      tokens, top_k, us[0], us[1], us[2], us[3], ratio, us[0] / us[2], bar,
      ratio > bar ? "  OVER" : "");
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::int64_t> sizes;
  for (int i = 1; i < argc; ++i) {
    sizes.push_back(std::stoll(argv[i]));
    TORCH_CHECK(std::ranges::find(bars, sizes.back(), &Bar::tokens) != std::end(bars), argv[i],
                " tokens have no bar: 64, 2048 or 16384");
  }
  at::manual_seed(1);
  for (const std::int64_t top_k : {1, 2})
    for (const auto& [tokens, bar] : bars)
      if (sizes.empty() || std::ranges::find(sizes, tokens) != sizes.end())
        measure(tokens, top_k, bar);
  return 0;
}

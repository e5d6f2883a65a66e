// The experts' feed-forward on the CPU against a dense one of the same active width (k experts ×
// inner), float32, forward: at most 1.25 × from 1,024 tokens. Interleaved, since a machine's clock
// drifts more than that between one minute and the next.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "kernels/expert_feed_forward.h"

using namespace plumbline;

namespace {

constexpr double limit = 1.25;
constexpr int64_t experts = 8;

struct Shape {
  int64_t tokens, d, inner, k;
  bool gelu;
};

template <class Body>
double milliseconds(const Body& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - begin;
  return spent.count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// Whether the limit is held.
bool measure(const Shape& shape) {
  at::manual_seed(1);
  const auto [tokens, d, inner, k, gelu] = shape;
  const double in = 1 / std::sqrt(double(d)), out = 1 / std::sqrt(double(inner));
  const at::Tensor x = at::randn({tokens, d});
  const at::Tensor choice =
      at::rand({tokens, experts}).argsort(int64_t{1}).narrow(1, 0, k).contiguous();
  const at::Tensor gate = at::rand({tokens, k});
  const at::Tensor w1 = at::randn({experts, d, inner}) * in, b1 = at::randn({experts, inner});
  const at::Tensor w2 = at::randn({experts, inner, d}) * out, b2 = at::randn({experts, d});
  const at::Tensor dense1 = at::randn({d, k * inner}) * in, bias1 = at::randn({k * inner});
  const at::Tensor dense2 = at::randn({k * inner, d}) * out, bias2 = at::randn({d});

  double checksum = 0;
  const auto sparse = [&] {
    checksum += kernels::expert_feed_forward(x, choice, gate, w1, b1, w2, b2, gelu)
                    .const_data_ptr<float>()[0];
  };
  const auto dense = [&] {
    at::Tensor hidden = at::addmm(bias1, x, dense1);
    if (gelu)
      at::gelu_(hidden, "tanh");
    else
      hidden.relu_();
    checksum += at::addmm(bias2, hidden, dense2).const_data_ptr<float>()[0];
  };
  sparse();
  dense();
  std::vector<double> sparse_ms, dense_ms, ratios;
  for (int i = 0; i < 15; ++i) {
    sparse_ms.push_back(milliseconds(sparse));
    dense_ms.push_back(milliseconds(dense));
    ratios.push_back(sparse_ms.back() / dense_ms.back());
  }
  TORCH_CHECK(std::isfinite(checksum), "the outputs are not finite");
  const double ratio = median(ratios);
  fmt::print(
      "{:6} tokens, d {:3}, inner {:4}, {} experts, top-{}, {}: {:7.2f} ms, dense {:7.2f} ms, "
      "{:.2f} x (limit {}){}\n",
      tokens, d, inner, experts, k, gelu ? "GELU" : "ReLU", median(sparse_ms), median(dense_ms),
      ratio, limit, ratio > limit ? "  OVER" : "");
  return ratio <= limit;
}

}  // namespace

int main() {
  const c10::InferenceMode inference;
  fmt::print("{} threads\n", at::get_num_threads());
  int over = 0;
  for (const int64_t tokens : {1024, 4096})
    for (const auto& [d, inner] : {std::pair<int64_t, int64_t>{128, 512}, {512, 2048}})
      for (const int64_t k : {1, 2})
        for (const bool gelu : {false, true}) over += !measure({tokens, d, inner, k, gelu});
  if (over > 0) fmt::print("{} over the limit\n", over);
  return 0;
}

#include "tests/core/engine/planer/reference_attention.h"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>

namespace plumbline::test {

namespace {

/// The encoding of one distance.
at::Tensor encoding(std::int64_t distance, std::int64_t width, const at::TensorOptions& options) {
  std::vector<double> values(static_cast<std::size_t>(width));
  for (std::int64_t j = 0; j < width / 2; ++j) {
    const double angle =
        static_cast<double>(distance) *
        std::pow(10000.0, -2.0 * static_cast<double>(j) / static_cast<double>(width));
    values[static_cast<std::size_t>(j)] = std::sin(angle);
    values[static_cast<std::size_t>(width / 2 + j)] = std::cos(angle);
  }
  return at::tensor(at::ArrayRef<double>(values), at::kDouble).to(options);
}

}  // namespace

at::Tensor reference_attention(const AttentionWeights& weights, const at::Tensor& x,
                               const at::Tensor& memory) {
  const std::int64_t batch = x.size(0), length = x.size(1), d = weights.d_head;
  const std::int64_t before = memory.defined() ? memory.size(1) : 0;
  const auto rows = [&](const at::Tensor& weight, std::int64_t head) {
    return weight.narrow(0, head * d, d);
  };
  std::vector<at::Tensor> all;
  for (std::int64_t b = 0; b < batch; ++b) {
    std::vector<at::Tensor> tokens;
    for (std::int64_t i = 0; i < length; ++i) {
      std::vector<at::Tensor> heads;
      for (std::int64_t h = 0; h < weights.heads; ++h) {
        const at::Tensor q = at::mv(rows(weights.query, h), x[b][i]);
        std::vector<at::Tensor> scores, values;
        for (std::int64_t j = 0; j <= before + i; ++j) {
          const at::Tensor seen = j < before ? memory[b][j] : x[b][j - before];
          const at::Tensor k = at::mv(rows(weights.key, h), seen);
          const at::Tensor r =
              at::mv(rows(weights.position, h), encoding(before + i - j, x.size(2), x.options()));
          scores.push_back(
              (at::dot(q + weights.content_bias[h], k) + at::dot(q + weights.position_bias[h], r)) /
              std::sqrt(static_cast<double>(d)));
          values.push_back(at::mv(rows(weights.value, h), seen));
        }
        heads.push_back(at::mv(at::stack(values).t(), at::stack(scores).softmax(0)));
      }
      tokens.push_back(at::cat(heads));
    }
    all.push_back(at::stack(tokens));
  }
  return at::stack(all);
}

}  // namespace plumbline::test

#include "kernels/cpu/expert_panels.h"

#include <algorithm>

#include "kernels/cpu/expert_activation.h"

namespace plumbline::kernels {

ExpertPanels::ExpertPanels(const TileKernel& kernel, int64_t d)
    : product_(kernel),
      blocks_((d + max_depth - 1) / max_depth),
      rows_(std::make_unique_for_overwrite<float[]>(
          static_cast<size_t>(blocks_ * max_rows * row_stride))),
      hidden_(std::make_unique_for_overwrite<float[]>(static_cast<size_t>(max_rows * row_stride))) {
}

/// For each block of hidden values the blocks of w1 that give it, then its rows of w2.
PanelProduct::Right ExpertPanels::matrix_of(const ExpertWeights& weights, int64_t step) const {
  const int64_t column = step / (blocks_ + 1) * max_depth, block = step % (blocks_ + 1);
  if (column >= weights.inner) return {};
  const int64_t width = std::min(max_depth, weights.inner - column), row = block * max_depth;
  if (block == blocks_)
    return {weights.w2 + column * weights.stride2, weights.stride2, width, weights.d};
  return {weights.w1 + row * weights.stride1 + column, weights.stride1,
          std::min(max_depth, weights.d - row), width};
}

void ExpertPanels::pass(const ExpertWeights& weights, const float* tokens, const int64_t* slots,
                        int64_t k, int64_t n, float* outputs, float* kept) {
  const int64_t d = weights.d, inner = weights.inner;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t block = 0; block < blocks_; ++block)
      std::copy_n(tokens + slots[i] / k * d + block * max_depth,
                  std::min(max_depth, d - block * max_depth),
                  rows_.get() + (block * max_rows + i) * row_stride);
  int64_t step = 0;
  for (int64_t column = 0; column < inner; column += max_depth) {
    const int64_t width = std::min(max_depth, inner - column);
    const bool keeps_before = kept && weights.gelu;
    float* before = keeps_before ? kept + column : hidden_.get();
    const int64_t stride = keeps_before ? inner : row_stride;
    for (int64_t block = 0; block < blocks_; ++block, ++step) {
      const PanelProduct::Start start{block == 0 ? nullptr : before, stride};
      product_.multiply(rows_.get() + block * max_rows * row_stride, n, matrix_of(weights, step),
                        start, before, stride, matrix_of(weights, step + 1));
    }
    for (int64_t i = 0; i < n; ++i) {
      float* activated = hidden_.get() + i * row_stride;
      add_bias_and_activate(before + i * stride, weights.b1 + column, activated, width,
                            weights.gelu);
      if (kept && !keeps_before) std::copy_n(activated, width, kept + i * inner + column);
    }
    const PanelProduct::Start start{column == 0 ? weights.b2 : outputs, column == 0 ? 0 : d};
    product_.multiply(hidden_.get(), n, matrix_of(weights, step), start, outputs, d,
                      matrix_of(weights, step + 1));
    ++step;
  }
}

}  // namespace plumbline::kernels

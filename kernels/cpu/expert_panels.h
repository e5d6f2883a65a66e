#pragma once
#include <memory>

#include "kernels/cpu/panel_product.h"

namespace plumbline::kernels {

/// One expert's layer in float32; rows of a matrix are `stride` apart, vectors contiguous.
struct ExpertWeights {
  int64_t d, inner;
  const float *w1, *b1, *w2, *b2;
  int64_t stride1, stride2;
  bool gelu;
};

/// Both products of some of an expert's rows in one thread, with the activation between them while
/// its values are in the cache.
class ExpertPanels {
 public:
  /// So many rows at once: with their part of the hidden values they fit a core's own cache.
  static constexpr int64_t max_rows = 192;

  ExpertPanels(const TileKernel& kernel, int64_t d);

  /// outputs[i] = act(rows of `tokens` at slots[i] / k · w1 + b1) · w2 + b2, for n ≤ max_rows.
  /// kept: rows of `inner` values before GELU or after ReLU, or null.
  void pass(const ExpertWeights& weights, const float* tokens, const int64_t* slots, int64_t k,
            int64_t n, float* outputs, float* kept);

 private:
  /// Step by step in the order of use.
  PanelProduct::Right matrix_of(const ExpertWeights& weights, int64_t step) const;

  PanelProduct product_;
  int64_t blocks_;  ///< of the depth of the first product
  std::unique_ptr<float[]> rows_, hidden_;
};

}  // namespace plumbline::kernels

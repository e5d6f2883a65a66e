#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/cpu/panel_tile.h"

/// Products of float32 matrices of which the left one stays in the cache and the right one is read
/// once, from memory: the weights of a mixture's experts, which few rows share. The library's
/// product packs all of its right matrix first and waits for the memory meanwhile; here a panel of
/// a few columns is packed while the one before it is multiplied. No LibTorch.
namespace plumbline::kernels {

/// Those that this processor runs, the fastest first; on some there are none.
std::vector<const TileKernel*> tile_kernels();

/// Of one thread. Each value of a result is a sum in the order of depth, one fused multiply-add
/// after the other: it depends on its row and column alone, not on the rows beside it.
class PanelProduct {
 public:
  /// rows: depth × columns, `stride` apart. depth ≤ max_depth; columns > 0.
  struct Right {
    const float* rows = nullptr;
    int64_t stride = 0, depth = 0, columns = 0;
  };

  /// Rows of what is added: none for zeros, stride 0 for one that all share.
  struct Start {
    const float* rows = nullptr;
    int64_t stride = 0;
  };

  explicit PanelProduct(const TileKernel& kernel);

  /// c = start + a · b. a: rows × b.depth, row_stride apart; c may be start. `next` is the b of the
  /// next call, if it is known: its first panel is read meanwhile.
  void multiply(const float* a, int64_t rows, const Right& b, const Start& start, float* c,
                int64_t c_stride, const Right& next);

 private:
  struct alignas(64) Panel {
    float values[max_depth * panel_columns];
  };

  const TileKernel* kernel_;
  std::unique_ptr<Panel[]> panels_;  ///< two: one is multiplied, one is packed
  int current_ = 0;
  const float* packed_ = nullptr;  ///< whose values the current panel has
};

}  // namespace plumbline::kernels

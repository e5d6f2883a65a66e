#pragma once
#include <cstdint>
#include <vector>

#include "kernels/cpu/panel_tile.h"
#include "kernels/cpu/winograd_tile.h"

/// The work of winograd_convolution.h, piece by piece. No LibTorch.
namespace plumbline::kernels {

/// Tiles and the products between their transforms, of one set of instructions.
struct WinogradKernel {
  const TileKernel* product;
  const WinogradTile* tile;
};

/// Those that this processor runs, the fastest first; on some there are none.
std::vector<WinogradKernel> winograd_kernels();

/// All of it dense, x, addend and y with a pixel's channels together.
struct WinogradProblem {
  int64_t images, height, width, channels, outputs;
  int64_t out;  ///< 2 or 4: rows and columns of pixels that come out of a tile
  const float* x;
  const float* weight;  ///< [panels of outputs, positions, channels, outputs in a panel]
  const float* bias;    ///< or nullptr
  const float* addend;  ///< or nullptr; may be y
  float* y;
  bool relu;

  int64_t positions() const { return (out + 2) * (out + 2); }
  int64_t tile_rows() const { return (height + out - 1) / out; }
  int64_t tile_columns() const { return (width + out - 1) / out; }
  int64_t tiles() const { return images * tile_rows() * tile_columns(); }
};

/// How the work is cut: each block of tiles, so many that their positions stay in a core's cache,
/// with each part of the outputs.
struct WinogradCut {
  int64_t blocks, parts;

  int64_t pieces() const { return blocks * parts; }
};

WinogradCut cut_winograd(const WinogradProblem& problem, const WinogradKernel& kernel,
                         int64_t threads);

/// Of one thread, which has one at a time: the memory is the thread's, and stays with it. What is
/// computed for a pixel does not depend on the cut.
class WinogradPass {
 public:
  WinogradPass(const WinogradProblem& problem, const WinogradKernel& kernel,
               const WinogradCut& cut);

  void piece(int64_t index);

 private:
  struct Tiles {
    int64_t first, last;
  };
  /// Where a tile begins: its image, and the first pixel that comes out.
  struct Place {
    int64_t image, row, column;
  };

  Place place(int64_t tile) const;
  /// Of a block's first tile; the others' are row_stride apart.
  float* position(int64_t index, int64_t depth);
  void transform_inputs(const Tiles& tiles);
  void multiply(int64_t rows, int64_t panel);
  void transform_outputs(const Tiles& tiles, int64_t panel);

  const WinogradProblem problem_;
  const WinogradKernel kernel_;
  const WinogradTransforms transforms_;
  const WinogradCut cut_;
  int64_t most_tiles_;
  int64_t depths_;            ///< pieces of a position's channels
  int64_t per_row_;           ///< as many pieces lie in one row of a product
  int64_t product_stride_;    ///< between positions in products_
  std::vector<float> zeros_;  ///< a pixel outside of the image
  float *positions_, *products_;
};

}  // namespace plumbline::kernels

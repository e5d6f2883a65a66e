#include "kernels/cpu/winograd_pass.h"

#include <algorithm>
#include <memory>

#include "kernels/cpu/panel_product.h"

namespace plumbline::kernels {

namespace {

// Measured. So many channels of a panel, of the tile's rows and of the panel after it stay in the
// innermost cache; the positions of so many tiles in the one behind it.
constexpr int64_t deepest = max_depth / 2, block_tiles = 48;

constexpr float no_bias[panel_columns] = {};

/// A thread's memory between calls: to get it anew, page by page, takes as long as a small layer.
float* thread_memory(int64_t numbers) {
  struct alignas(64) Line {
    float values[16];
  };
  thread_local std::unique_ptr<Line[]> lines;
  thread_local int64_t size = 0;
  const int64_t needed = (numbers + 15) / 16;
  if (size < needed) {
    lines.reset();
    size = 0;
    lines = std::make_unique_for_overwrite<Line[]>(static_cast<size_t>(needed));
    size = needed;
  }
  return lines[0].values;
}

}  // namespace

std::vector<WinogradKernel> winograd_kernels() {
  std::vector<WinogradKernel> kernels;
#if defined(__x86_64__)
  for (const TileKernel* product : tile_kernels())
    kernels.push_back(
        {product, product == &tile_kernel_avx512 ? &winograd_tile_avx512 : &winograd_tile_avx2});
#endif
  return kernels;
}

WinogradCut cut_winograd(const WinogradProblem& problem, const WinogradKernel& kernel,
                         int64_t threads) {
  const int64_t tiles = problem.tiles(), panels = problem.outputs / kernel.product->columns;
  // Where each thread would get few tiles, weights and not pixels are shared out, which are read
  // once then.
  if (tiles < 2 * tile_rows * threads) {
    const int64_t blocks = (tiles + block_tiles - 1) / block_tiles;
    return {blocks, std::min(panels, (threads + blocks - 1) / blocks)};
  }
  const int64_t each = block_tiles * threads;
  return {std::max<int64_t>(1, (tiles + each / 2) / each) * threads, 1};
}

WinogradPass::WinogradPass(const WinogradProblem& problem, const WinogradKernel& kernel,
                           const WinogradCut& cut)
    : problem_(problem),
      kernel_(kernel),
      transforms_(problem.out == 2 ? kernel.tile->by_two : kernel.tile->by_four),
      cut_(cut),
      most_tiles_((problem.tiles() + cut.blocks - 1) / cut.blocks),
      depths_((problem.channels + deepest - 1) / deepest),
      per_row_(max_depth / std::min(deepest, problem.channels)),
      // An odd number of lines: at a power of two the positions would share a few sets of the
      // cache.
      product_stride_((most_tiles_ * kernel.product->columns / 16 | 1) * 16),
      zeros_(static_cast<size_t>(problem.channels)) {
  const int64_t rows = (problem.positions() * depths_ + per_row_ - 1) / per_row_ * most_tiles_;
  positions_ = thread_memory(rows * row_stride + problem.positions() * product_stride_);
  products_ = positions_ + rows * row_stride;
}

void WinogradPass::piece(int64_t index) {
  const int64_t block = index / cut_.parts, part = index % cut_.parts;
  const int64_t tiles = problem_.tiles(), panels = problem_.outputs / kernel_.product->columns;
  const Tiles own{tiles * block / cut_.blocks, tiles * (block + 1) / cut_.blocks};
  transform_inputs(own);
  const int64_t end = panels * (part + 1) / cut_.parts;
  for (int64_t panel = panels * part / cut_.parts; panel < end; ++panel) {
    multiply(own.last - own.first, panel);
    transform_outputs(own, panel);
  }
}

WinogradPass::Place WinogradPass::place(int64_t tile) const {
  const int64_t across = problem_.tile_columns(), of_image = problem_.tile_rows() * across;
  return {tile / of_image, tile % of_image / across * problem_.out, tile % across * problem_.out};
}

float* WinogradPass::position(int64_t index, int64_t depth) {
  const int64_t piece = index * depths_ + depth;
  return positions_ + piece / per_row_ * most_tiles_ * row_stride +
         piece % per_row_ * std::min(deepest, problem_.channels);
}

void WinogradPass::transform_inputs(const Tiles& tiles) {
  const WinogradProblem& p = problem_;
  const int64_t in = p.out + 2;
  WinogradInput tile;
  for (int64_t index = tiles.first; index < tiles.last; ++index) {
    const Place at = place(index);
    const float* x = p.x + at.image * p.height * p.width * p.channels;
    for (int64_t depth = 0; depth < depths_; ++depth) {
      const int64_t channel = depth * deepest;
      tile.channels = std::min(deepest, p.channels - channel);
      for (int64_t i = 0; i < in; ++i)
        for (int64_t j = 0; j < in; ++j) {
          const int64_t row = at.row + i - 1, column = at.column + j - 1;
          const bool inside = row >= 0 && row < p.height && column >= 0 && column < p.width;
          tile.pixels[i * in + j] =
              inside ? x + (row * p.width + column) * p.channels + channel : zeros_.data();
          tile.positions[i * in + j] =
              position(i * in + j, depth) + (index - tiles.first) * row_stride;
        }
      transforms_.input(tile);
    }
  }
}

void WinogradPass::multiply(int64_t rows, int64_t panel) {
  const int64_t columns = kernel_.product->columns, positions = problem_.positions();
  const int64_t groups = (rows + kernel_.product->rows - 1) / kernel_.product->rows;
  const float* weight = problem_.weight + panel * positions * problem_.channels * columns;
  for (int64_t index = 0; index < positions; ++index)
    for (int64_t depth = 0; depth < depths_; ++depth) {
      const int64_t deep = std::min(deepest, problem_.channels - depth * deepest);
      const float* const a = position(index, depth);
      const float* const next = weight + deep * columns;
      float* const c = products_ + index * product_stride_;
      for (int64_t i = 0; i < groups; ++i) {
        const int64_t row = rows * i / groups, end = rows * (i + 1) / groups;
        // The weights are read in order: the next ones come to the cache meanwhile.
        const int64_t ahead = deep * i / groups;
        float* const sums = c + row * columns;
        kernel_.product->tile[end - row - 1](
            {a + row * row_stride,
             weight,
             deep,
             depth > 0 ? sums : no_bias,
             depth > 0 ? columns : 0,
             sums,
             columns,
             {next + ahead * columns, columns, deep * (i + 1) / groups - ahead}});
      }
      weight = next;
    }
}

void WinogradPass::transform_outputs(const Tiles& tiles, int64_t panel) {
  const WinogradProblem& p = problem_;
  const int64_t columns = kernel_.product->columns, k = panel * columns, out = p.out;
  WinogradOutput tile;
  tile.stride = product_stride_;
  tile.bias = p.bias ? p.bias + k : no_bias;
  tile.outputs = columns;
  tile.relu = p.relu;
  for (int64_t index = tiles.first; index < tiles.last; ++index) {
    const Place at = place(index);
    tile.products = products_ + (index - tiles.first) * columns;
    for (int64_t i = 0; i < out; ++i)
      for (int64_t j = 0; j < out; ++j) {
        const int64_t row = at.row + i, column = at.column + j;
        const bool inside = row < p.height && column < p.width;
        const int64_t pixel = ((at.image * p.height + row) * p.width + column) * p.outputs + k;
        tile.pixels[i * out + j] = inside ? p.y + pixel : nullptr;
        tile.addends[i * out + j] = inside && p.addend ? p.addend + pixel : nullptr;
      }
    transforms_.output(tile);
  }
}

}  // namespace plumbline::kernels

#include "kernels/cpu/panel_product.h"

#include <algorithm>

namespace plumbline::kernels {

namespace {

constexpr float zeros[panel_columns] = {};

/// A tile at the right edge, where a panel is wider than the matrix.
void multiply_edge(Tile tile, int64_t rows, int64_t width, void (*multiply)(const Tile&)) {
  float values[tile_rows * panel_columns] = {};
  const Tile whole = tile;
  for (int64_t r = 0; r < rows; ++r)
    std::copy_n(whole.start + r * whole.start_stride, width, values + r * panel_columns);
  tile.start = tile.c = values;
  tile.start_stride = tile.c_stride = panel_columns;
  multiply(tile);
  for (int64_t r = 0; r < rows; ++r)
    std::copy_n(values + r * panel_columns, width, whole.c + r * whole.c_stride);
}

}  // namespace

std::vector<const TileKernel*> tile_kernels() {
  std::vector<const TileKernel*> kernels;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) kernels.push_back(&tile_kernel_avx512);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    kernels.push_back(&tile_kernel_avx2);
#endif
  return kernels;
}

PanelProduct::PanelProduct(const TileKernel& kernel)
    : kernel_(&kernel), panels_(std::make_unique_for_overwrite<Panel[]>(2)) {}

void PanelProduct::multiply(const float* a, int64_t rows, const Right& b, const Start& start,
                            float* c, int64_t c_stride, const Right& next) {
  const int64_t columns = kernel_->columns, tiles = (rows + kernel_->rows - 1) / kernel_->rows;
  if (packed_ != b.rows)
    kernel_->pack({b.rows, b.stride, b.depth}, std::min(columns, b.columns),
                  panels_[current_].values);
  for (int64_t column = 0; column < b.columns; column += columns) {
    const int64_t width = std::min(columns, b.columns - column), after = column + columns;
    const Right following =
        after < b.columns ? Right{b.rows + after, b.stride, b.depth, b.columns - after} : next;
    const float* panel = panels_[current_].values;
    float* spare = panels_[1 - current_].values;
    for (int64_t i = 0; i < tiles; ++i) {
      const int64_t row = rows * i / tiles, end = rows * (i + 1) / tiles;
      const int64_t packed = following.depth * i / tiles;
      const Ahead ahead{following.rows + packed * following.stride, following.stride,
                        following.depth * (i + 1) / tiles - packed};
      const Tile tile{a + row * row_stride,
                      panel,
                      b.depth,
                      start.rows ? start.rows + row * start.stride + column : zeros,
                      start.rows ? start.stride : 0,
                      c + row * c_stride + column,
                      c_stride,
                      ahead};
      const auto multiply = kernel_->tile[end - row - 1];
      if (width == columns)
        multiply(tile);
      else
        multiply_edge(tile, end - row, width, multiply);
      kernel_->pack(ahead, std::min(columns, following.columns), spare + packed * columns);
    }
    current_ = 1 - current_;
  }
  packed_ = next.rows;
}

}  // namespace plumbline::kernels

#pragma once
#include <cstdint>

/// The parts of a panel_product.h that are compiled once for each set of instructions. Files that
/// include panel_tile_body.h are compiled for processors on which nothing else may run: they
/// include nothing whose functions the linker could take for other files.
namespace plumbline::kernels {

/// A product's rows lie this far apart, so that a tile's addresses are one register and constants.
/// Not a power of two: the rows of a tile would share a few sets of the cache.
constexpr int64_t max_depth = 256, row_stride = max_depth + 16;

/// Rows of a matrix that are read next, while others are multiplied.
struct Ahead {
  const float* rows = nullptr;
  int64_t stride = 0, count = 0;
};

/// c = start + a · panel: as many rows as a tile has, as many columns as a panel has.
struct Tile {
  const float* a;      ///< rows × depth, row_stride apart
  const float* panel;  ///< depth × columns, packed
  int64_t depth;
  const float* start;
  int64_t start_stride;  ///< 0: the same for each row
  float* c;
  int64_t c_stride;
  Ahead ahead;  ///< to the cache meanwhile
};

struct TileKernel {
  int64_t columns;  ///< of a panel
  int64_t rows;     ///< of a tile, at most
  /// tile[n − 1]: of n rows.
  void (*const* tile)(const Tile&);
  /// Rows of a matrix, at most `columns` wide, to rows of a panel; the rest is zeros.
  void (*pack)(const Ahead& from, int64_t width, float* panel);
};

constexpr int64_t panel_columns = 32, tile_rows = 12;  ///< at most, of all kernels

#if defined(__x86_64__)
extern const TileKernel tile_kernel_avx2, tile_kernel_avx512;
#endif

}  // namespace plumbline::kernels

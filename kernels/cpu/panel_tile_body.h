#pragma once
#include "kernels/cpu/panel_tile.h"

namespace plumbline::kernels {

namespace {

/// `lanes` numbers a register. Products and sums are written apart: the files' options fuse them.
template <int lanes>
struct Vectors {
  using Vector [[gnu::vector_size(4 * lanes), gnu::aligned(4), gnu::may_alias]] = float;

  static constexpr int columns = 2 * lanes;

  static const Vector& at(const float* values) { return *reinterpret_cast<const Vector*>(values); }
  static Vector& at(float* values) { return *reinterpret_cast<Vector*>(values); }

  /// All sums of a tile stay in registers: each step of depth reads two vectors of the panel and a
  /// number of each row.
  template <int rows>
  static void tile(const Tile& t) {
    Vector sums[rows][2];
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const float* start = t.start + r * t.start_stride;
      sums[r][0] = at(start);
      sums[r][1] = at(start + lanes);
    }
    const float *a = t.a, *panel = t.panel, *ahead = t.ahead.rows;
    // What is read ahead is spread over the tile, else it waits for itself.
    constexpr int64_t some = 8;
    const int64_t parts = (t.depth + some - 1) / some;
    const int64_t each = (t.ahead.count + parts - 1) / parts;
    int64_t left = t.ahead.count;
    for (int64_t k = 0; k < t.depth;) {
      const int64_t end = t.depth - k < some ? t.depth : k + some;
      for (int64_t i = 0; i < each && left > 0; ++i, --left, ahead += t.ahead.stride) {
        __builtin_prefetch(ahead);
        __builtin_prefetch(ahead + columns - 1);
      }
      for (; k < end; ++k, ++a, panel += columns) {
        const Vector first = at(panel), second = at(panel + lanes);
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
          const float factor = a[r * row_stride];
          sums[r][0] += factor * first;
          sums[r][1] += factor * second;
        }
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      float* c = t.c + r * t.c_stride;
      at(c) = sums[r][0];
      at(c + lanes) = sums[r][1];
    }
  }

  static void pack(const Ahead& from, int64_t width, float* panel) {
    const float* row = from.rows;
    for (int64_t i = 0; i < from.count; ++i, row += from.stride, panel += columns)
      if (width == columns) {
        at(panel) = at(row);
        at(panel + lanes) = at(row + lanes);
      } else {
        for (int64_t j = 0; j < columns; ++j) panel[j] = j < width ? row[j] : 0;
      }
  }
};

}  // namespace

}  // namespace plumbline::kernels

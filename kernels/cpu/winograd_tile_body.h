#pragma once
#include "kernels/cpu/winograd_points.h"
#include "kernels/cpu/winograd_tile.h"

namespace plumbline::kernels {

namespace {

/// `lanes` channels at once. Products and sums are written apart: the files' options fuse them.
template <int lanes>
struct WinogradVectors {
  using Vector [[gnu::vector_size(4 * lanes), gnu::aligned(4), gnu::may_alias]] = float;

  static const Vector& at(const float* values) { return *reinterpret_cast<const Vector*>(values); }
  static Vector& at(float* values) { return *reinterpret_cast<Vector*>(values); }

  // Pixels in a line to the points 0, 1, −1, ∞, and back.
  [[gnu::always_inline]] static void to_points(const Vector (&d)[4], Vector (&v)[4]) {
    v[0] = d[2] - d[0];
    v[1] = d[2] + d[1];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
  }

  [[gnu::always_inline]] static void from_points(const Vector (&m)[4], Vector (&y)[2]) {
    y[0] = m[0] + (m[1] + m[2]);
    y[1] = (m[1] - m[2]) + m[3];
  }

  // Pixels in a line to the points 0, a, −a, b, −b, ∞, and back.
  static constexpr float a = winograd_a, b = winograd_b, a2 = a * a, b2 = b * b;

  [[gnu::always_inline]] static void to_points(const Vector (&d)[6], Vector (&v)[6]) {
    const Vector even_a = d[4] - b2 * d[2], odd_a = a * (d[3] - b2 * d[1]);
    const Vector even_b = d[4] - a2 * d[2], odd_b = b * (d[3] - a2 * d[1]);
    v[0] = a2 * b2 * d[0] - (a2 + b2) * d[2] + d[4];
    v[1] = even_a + odd_a;
    v[2] = even_a - odd_a;
    v[3] = even_b + odd_b;
    v[4] = even_b - odd_b;
    v[5] = a2 * b2 * d[1] - (a2 + b2) * d[3] + d[5];
  }

  [[gnu::always_inline]] static void from_points(const Vector (&m)[6], Vector (&y)[4]) {
    const Vector even_a = m[1] + m[2], odd_a = m[1] - m[2];
    const Vector even_b = m[3] + m[4], odd_b = m[3] - m[4];
    y[0] = m[0] + (even_a + even_b);
    y[1] = a * odd_a + b * odd_b;
    y[2] = a2 * even_a + b2 * even_b;
    y[3] = a * a2 * odd_a + b * b2 * odd_b + m[5];
  }

  /// Columns, then rows.
  template <int in>
  static void input(const WinogradInput& tile) {
    for (int64_t c = 0; c < tile.channels; c += lanes) {
      Vector half[in][in];
#pragma GCC unroll 6
      for (int j = 0; j < in; ++j) {
        Vector pixels[in], points[in];
#pragma GCC unroll 6
        for (int i = 0; i < in; ++i) pixels[i] = at(tile.pixels[in * i + j] + c);
        to_points(pixels, points);
#pragma GCC unroll 6
        for (int i = 0; i < in; ++i) half[i][j] = points[i];
      }
#pragma GCC unroll 6
      for (int i = 0; i < in; ++i) {
        Vector points[in];
        to_points(half[i], points);
#pragma GCC unroll 6
        for (int j = 0; j < in; ++j) at(tile.positions[in * i + j] + c) = points[j];
      }
    }
  }

  template <int in>
  static void output(const WinogradOutput& tile) {
    constexpr int out = in - 2;
    for (int64_t k = 0; k < tile.outputs; k += lanes) {
      Vector half[out][in];
#pragma GCC unroll 6
      for (int j = 0; j < in; ++j) {
        Vector points[in], pixels[out];
#pragma GCC unroll 6
        for (int i = 0; i < in; ++i) points[i] = at(tile.products + (in * i + j) * tile.stride + k);
        from_points(points, pixels);
#pragma GCC unroll 4
        for (int i = 0; i < out; ++i) half[i][j] = pixels[i];
      }
      const Vector bias = at(tile.bias + k);
#pragma GCC unroll 4
      for (int i = 0; i < out; ++i) {
        Vector pixels[out];
        from_points(half[i], pixels);
#pragma GCC unroll 4
        for (int j = 0; j < out; ++j) {
          if (!tile.pixels[out * i + j]) continue;
          Vector y = pixels[j] + bias;
          if (const float* addend = tile.addends[out * i + j]) y += at(addend + k);
          // A value that is not a number is not hidden by the ramp.
          if (tile.relu) y = y < 0 ? Vector{} : y;
          at(tile.pixels[out * i + j] + k) = y;
        }
      }
    }
  }

  static constexpr WinogradTransforms by_two{input<4>, output<4>}, by_four{input<6>, output<6>};
};

}  // namespace

}  // namespace plumbline::kernels

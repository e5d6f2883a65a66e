#pragma once
#include <cstdint>

#include "kernels/cuda/matrix_fragments.cuh"

/// What relative attention's forward and backward pass share: tiles of 64 rows, of which each of
/// four warps has 16, and the way from products by distance to products by key.
namespace plumbline::kernels {

constexpr int attention_warps = 4, attention_tile = 64;

struct AttentionStrides {
  int64_t batch, row, head;
};

/// Sums by distance, turned: 16 rows of 64 keys in shared memory; rows' starts differ by 8 banks.
constexpr int turned_pitch = attention_tile + 8;

inline __device__ float power_of_two(float exponent) {
  float result;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(exponent));
  return result;
}

/// A thread's share of a tile's copy: the same 16-byte piece of every `step`-th row, so that where
/// it goes is a constant from the first one on.
template <int D>
struct TileShare {
  using Rows = fragments::Rows<D>;
  static constexpr int step = attention_warps * 32 / Rows::pieces, times = attention_tile / step;
  static_assert(step % 8 == 0, "pieces would change places");
  int row = static_cast<int>(threadIdx.x) / Rows::pieces;
  int piece = static_cast<int>(threadIdx.x) % Rows::pieces;
  int target = Rows::offset(row, piece);

  /// In elements.
  __device__ int target_of(int time) const { return target + time * step * D; }
};

/// Begins to copy rows first … first + 63 of `from`, zeros where there is none; all threads.
template <class Element, int D>
__device__ void load_tile(Element* to, const Element* from, int64_t stride, int first, int rows,
                          int d) {
  const TileShare<D> share;
  const bool inside = share.piece * 8 < d;
#pragma unroll
  for (int time = 0; time < share.times; ++time) {
    const int source = first + share.row + time * share.step;
    const bool there = inside && source >= 0 && source < rows;
    fragments::copy_ahead(to + share.target_of(time),
                          from + (there ? source * stride + share.piece * 8 : 0), there);
  }
}

/// 16 queries of one warp by 16 rows of distances, put where the keys are that they belong to: row
/// r's distance n is that of key `place` + n + r − 15. Those are taken modulo 64 where `ring`, else
/// only 0 … 63 of them are kept.
template <class Element, int D, bool ring>
__device__ void turn_distances(float* turned, const unsigned (&query)[D / 16][4],
                               const Element* positions, int place) {
  using Rows = fragments::Rows<D>;
  const int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  float sums[2][4] = {};
  const int row = (lane / 16) * 8 + lane % 8, half = (lane / 8) % 2;
#pragma unroll
  for (int k = 0; k < D / 16; ++k) {
    unsigned b[4];
    fragments::read_four(b, positions + Rows::offset(row, 2 * k + half));
    fragments::multiply_add<Element>(sums[0], query[k], b[0], b[1]);
    fragments::multiply_add<Element>(sums[1], query[k], b[2], b[3]);
  }
#pragma unroll
  for (int n = 0; n < 2; ++n)
#pragma unroll
    for (int c = 0; c < 4; ++c) {
      const int query_row = g + (c >= 2 ? 8 : 0);
      int key = place + 8 * n + 2 * t + (c & 1) + query_row - 15;
      if (ring) key &= attention_tile - 1;
      if (ring || (key >= 0 && key < attention_tile))
        turned[query_row * turned_pitch + key] = sums[n][c];
    }
}

/// sums (16 × 64) += a (16 × D) · rows (64 × D)ᵀ.
template <class Element, int D>
__device__ void multiply_by_rows(float (&sums)[8][4], const unsigned (&a)[D / 16][4],
                                 const Element* rows) {
  using Rows = fragments::Rows<D>;
  const int lane = threadIdx.x % 32;
  const int row = (lane / 16) * 8 + lane % 8, half = (lane / 8) % 2;
#pragma unroll
  for (int k = 0; k < D / 16; ++k)
#pragma unroll
    for (int n = 0; n < 4; ++n) {
      unsigned b[4];
      fragments::read_four(b, rows + Rows::offset(16 * n + row, 2 * k + half));
      fragments::multiply_add<Element>(sums[2 * n], a[k], b[0], b[1]);
      fragments::multiply_add<Element>(sums[2 * n + 1], a[k], b[2], b[3]);
    }
}

/// sums (16 × D) += a (16 × 16) · rows `first` … `first` + 15.
template <class Element, int D>
__device__ void add_rows(float (&sums)[D / 8][4], const unsigned (&a)[4], const Element* rows,
                         int first) {
  using Rows = fragments::Rows<D>;
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int n = 0; n < D / 16; ++n) {
    unsigned b[4];
    fragments::read_four_turned(
        b, rows + Rows::offset(first + (lane / 8) % 2 * 8 + lane % 8, 2 * n + lane / 16));
    fragments::multiply_add<Element>(sums[2 * n], a, b[0], b[1]);
    fragments::multiply_add<Element>(sums[2 * n + 1], a, b[2], b[3]);
  }
}

/// A warp's 16 × D sums, row r times factors[r / 8 of it], written 16 bytes at a time: rows `first`
/// … of [rows][stride], through the warp's own part of shared memory.
template <class Element, int D>
__device__ void write_rows(const float (&sums)[D / 8][4], const float (&factors)[2], float* scratch,
                           Element* to, int64_t stride, int first, int rows, int d) {
  const int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  constexpr int pitch = D + 8;
  static_assert(16 * pitch * 2 <= 16 * turned_pitch * 4);
  Element* kept = reinterpret_cast<Element*>(scratch);
  __syncwarp();
#pragma unroll
  for (int r = 0; r < 2; ++r)
#pragma unroll
    for (int n = 0; n < D / 8; ++n)
      *reinterpret_cast<unsigned*>(kept + (g + 8 * r) * pitch + 8 * n + 2 * t) =
          fragments::packed<Element>(sums[n][2 * r] * factors[r], sums[n][2 * r + 1] * factors[r]);
  __syncwarp();
#pragma unroll
  for (int i = lane; i < 16 * D / 8; i += 32) {
    const int row = i / (D / 8), piece = i % (D / 8);
    if (first + row < rows && piece * 8 < d)
      *reinterpret_cast<uint4*>(to + (first + row) * stride + piece * 8) =
          *reinterpret_cast<const uint4*>(kept + row * pitch + piece * 8);
  }
}

}  // namespace plumbline::kernels

#pragma once
#include <cstdint>

#include "kernels/cuda/matrix_fragments.cuh"

/// Products of rows that are sorted by group with their group's matrix, on tensor cores: what a
/// layer of experts consists of. Rows are gathered where they are read and put back where they are
/// written, so that nothing is permuted in memory.
namespace plumbline::kernels {

template <class Element>
struct GroupedProduct {
  const Element* rows;    ///< [tokens, depth] or, without `gather`, [slots, depth] by place
  const int* order;       ///< [slots]: the slot at each place
  const int* ends;        ///< [groups]: where each group's places end
  const Element* weight;  ///< [groups, depth, width]
  const Element* bias;    ///< [groups, width]
  const float* gate;      ///< [slots]: factor of a row of the result, where it is put back
  Element* result;        ///< [slots, width]: by place, or where it is put back by slot
  int groups, depth, width, top_k;
  int tile_rows;  ///< at most, of a tile of grouped_pieces.cuh
};

enum class Activated { no, relu, gelu };

/// A block has a tile of rows × columns, a warp a part of it, and goes down the depth through a
/// pipeline of `stages` pieces of shared memory. A piece is 64 deep for each of `splits` sets of
/// warps, whose sums are added in their order at the end: where rows are few, what counts is how
/// much of the weights is on its way.
template <int rows_, int columns_, int warp_rows_, int warp_columns_, int splits_, int stages_,
          int blocks_>
struct ProductTile {
  static constexpr int rows = rows_, columns = columns_, splits = splits_, stages = stages_;
  static constexpr int depth = 64 * splits;
  static constexpr int warp_rows = warp_rows_, warp_columns = warp_columns_, blocks = blocks_;
  static constexpr int warps_across = columns / warp_columns;
  static constexpr int warps = rows / warp_rows * warps_across, threads = warps * splits * 32;
  static constexpr int left = rows * depth, right = depth * columns;  // elements of a stage
  static constexpr int bytes = stages * (left + right) * 2;
  static constexpr int kept_pitch = warp_columns + 8;
  static_assert(warps * 16 * kept_pitch * 2 <= bytes);
  static_assert((splits - 1) * rows * columns * 4 <= bytes);
};
using LargeProduct = ProductTile<128, 128, 64, 64, 1, 3, 2>;
using MiddleProduct = ProductTile<64, 64, 32, 32, 1, 4, 3>;
using SmallProduct = ProductTile<16, 32, 16, 16, 4, 3, 2>;

/// The group of a tile of rows and the tile's places, begin … end − 1 or more than a tile of them;
/// `groups` where there is no such tile.
template <class Element>
__device__ int find_group(const GroupedProduct<Element>& p, int tile_rows, int tile, int& begin,
                          int& end) {
  int group = 0;
  begin = 0;
  for (; group < p.groups; ++group) {
    end = p.ends[group];
    const int tiles = (end - begin + tile_rows - 1) / tile_rows;
    if (tile < tiles) break;
    tile -= tiles;
    begin = end;
  }
  begin += tile * tile_rows;
  return group;
}

inline __device__ float activated(float x, Activated activation) {
  if (activation == Activated::relu) return fmaxf(x, 0.0f);
  if (activation == Activated::gelu)
    return 0.5f * x * (1.0f + tanhf(0.7978845608028654f * (x + 0.044715f * x * x * x)));
  return x;
}

/// `gather`: the first layer, whose rows are tokens and whose results lie by place; else the
/// second, whose results are multiplied with their gate and put back.
template <class Element, class Tile, bool gather, Activated activation>
__global__ void __launch_bounds__(Tile::threads, Tile::blocks)
    multiply_grouped(const GroupedProduct<Element> p) {
  using Left = fragments::Rows<64>;
  using Right = fragments::Rows<Tile::columns>;
  int begin, end;
  const int group = find_group(p, Tile::rows, blockIdx.y, begin, end);
  if (group == p.groups) return;
  const int rows = min(Tile::rows, end - begin), first_column = blockIdx.x * Tile::columns;

  extern __shared__ __align__(128) unsigned char product_memory[];
  Element* left = reinterpret_cast<Element*>(product_memory);
  Element* right = left + Tile::stages * Tile::left;
  const int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  const int warp = threadIdx.x / 32 % Tile::warps, split = threadIdx.x / 32 / Tile::warps;

  // A thread always copies the same piece of the same rows.
  constexpr int across = Tile::depth / 8, step = Tile::threads / across;
  constexpr int own = (Tile::rows + step - 1) / step;
  const int piece = threadIdx.x % across, first_row = threadIdx.x / across;
  int sources[own];
#pragma unroll
  for (int i = 0; i < own; ++i) {
    const int row = first_row + i * step;
    sources[i] = -1;
    if (row < rows) sources[i] = gather ? p.order[begin + row] / p.top_k : begin + row;
  }
  const Element* weight = p.weight + static_cast<int64_t>(group) * p.depth * p.width;
  const auto load = [&](int part) {
    Element* to = left + part % Tile::stages * Tile::left;
    const int depth = part * Tile::depth;
    const bool inside = depth + piece * 8 < p.depth;
#pragma unroll
    for (int i = 0; i < own; ++i) {
      const int row = first_row + i * step;
      if (own > 1 || row < Tile::rows) {
        const bool there = sources[i] >= 0 && inside;
        fragments::copy_ahead(
            to + piece / 8 * Tile::rows * 64 + Left::offset(row, piece % 8),
            there ? p.rows + static_cast<int64_t>(sources[i]) * p.depth + depth + piece * 8
                  : p.rows,
            there);
      }
    }
    to = right + part % Tile::stages * Tile::right;
#pragma unroll
    for (int i = threadIdx.x; i < Tile::depth * Right::pieces; i += Tile::threads) {
      const int row = i / Right::pieces, column = i % Right::pieces;
      const bool there = depth + row < p.depth && first_column + column * 8 < p.width;
      fragments::copy_ahead(
          to + Right::offset(row, column),
          there ? weight + static_cast<int64_t>(depth + row) * p.width + first_column + column * 8
                : weight,
          there);
    }
  };

  constexpr int tall = Tile::warp_rows / 16, wide = Tile::warp_columns / 16;
  const int warp_row = warp / Tile::warps_across * Tile::warp_rows,
            warp_column = warp % Tile::warps_across * Tile::warp_columns;
  float sums[tall][2 * wide][4] = {};
  const int parts = (p.depth + Tile::depth - 1) / Tile::depth;
#pragma unroll
  for (int part = 0; part < Tile::stages - 1; ++part) {
    if (part < parts) load(part);
    fragments::close_group();
  }
  for (int part = 0; part < parts; ++part) {
    fragments::wait_for_groups<Tile::stages - 2>();
    __syncthreads();
    if (part + Tile::stages - 1 < parts) load(part + Tile::stages - 1);
    fragments::close_group();
    const Element* a = left + part % Tile::stages * Tile::left + split * Tile::rows * 64;
    const Element* b = right + part % Tile::stages * Tile::right + split * 64 * Tile::columns;
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      unsigned rows_of[tall][4], columns_of[wide][4];
#pragma unroll
      for (int i = 0; i < tall; ++i)
        fragments::read_four(rows_of[i],
                             a + Left::offset(warp_row + 16 * i + lane % 16, 2 * k + lane / 16));
#pragma unroll
      for (int j = 0; j < wide; ++j)
        fragments::read_four_turned(columns_of[j],
                                    b + Right::offset(16 * k + lane / 8 % 2 * 8 + lane % 8,
                                                      warp_column / 8 + 2 * j + lane / 16));
#pragma unroll
      for (int i = 0; i < tall; ++i)
#pragma unroll
        for (int j = 0; j < wide; ++j) {
          fragments::multiply_add<Element>(sums[i][2 * j], rows_of[i], columns_of[j][0],
                                           columns_of[j][1]);
          fragments::multiply_add<Element>(sums[i][2 * j + 1], rows_of[i], columns_of[j][2],
                                           columns_of[j][3]);
        }
    }
  }
  fragments::wait_for_groups<0>();
  __syncthreads();
  if constexpr (Tile::splits > 1) {
    float* others = reinterpret_cast<float*>(product_memory);
    const int own_lane = (warp * 32 + lane) * 4;
    constexpr int of_split = Tile::rows * Tile::columns, of_fragment = Tile::warps * 32 * 4;
#pragma unroll
    for (int i = 0; i < tall * 2 * wide; ++i)
      if (split > 0)
        *reinterpret_cast<float4*>(others + (split - 1) * of_split + i * of_fragment + own_lane) =
            make_float4(
                sums[i / (2 * wide)][i % (2 * wide)][0], sums[i / (2 * wide)][i % (2 * wide)][1],
                sums[i / (2 * wide)][i % (2 * wide)][2], sums[i / (2 * wide)][i % (2 * wide)][3]);
    __syncthreads();
    if (split == 0)
#pragma unroll
      for (int i = 0; i < tall * 2 * wide; ++i)
        for (int other = 0; other < Tile::splits - 1; ++other) {
          const float4 part = *reinterpret_cast<const float4*>(others + other * of_split +
                                                               i * of_fragment + own_lane);
          float(&own_sums)[4] = sums[i / (2 * wide)][i % (2 * wide)];
          own_sums[0] += part.x, own_sums[1] += part.y;
          own_sums[2] += part.z, own_sums[3] += part.w;
        }
    __syncthreads();
    if (split > 0) return;
  }

  // Through the warp's own part of shared memory, so that rows are written 16 bytes at a time.
  Element* kept = reinterpret_cast<Element*>(product_memory) + warp * 16 * Tile::kept_pitch;
  const int column_begin = first_column + warp_column;
  float2 bias[2 * wide];
#pragma unroll
  for (int j = 0; j < 2 * wide; ++j) {
    const int column = column_begin + 8 * j + 2 * t;
    bias[j] = column < p.width ? fragments::unpacked<Element>(*reinterpret_cast<const unsigned*>(
                                     p.bias + static_cast<int64_t>(group) * p.width + column))
                               : float2{};
  }
#pragma unroll
  for (int i = 0; i < tall; ++i) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int row = warp_row + 16 * i + g + 8 * half;
      const float factor = gather || row >= rows ? 1.0f : p.gate[p.order[begin + row]];
#pragma unroll
      for (int j = 0; j < 2 * wide; ++j)
        *reinterpret_cast<unsigned*>(kept + (g + 8 * half) * Tile::kept_pitch + 8 * j + 2 * t) =
            fragments::packed<Element>(
                factor * activated(sums[i][j][2 * half] + bias[j].x, activation),
                factor * activated(sums[i][j][2 * half + 1] + bias[j].y, activation));
    }
    __syncwarp();
    constexpr int pieces = Tile::warp_columns / 8;
#pragma unroll
    for (int n = lane; n < 16 * pieces; n += 32) {
      const int row = warp_row + 16 * i + n / pieces, column = column_begin + n % pieces * 8;
      if (row < rows && column < p.width) {
        const int place = begin + row;
        const int64_t to = gather ? place : p.order[place];
        *reinterpret_cast<uint4*>(p.result + to * p.width + column) =
            *reinterpret_cast<const uint4*>(kept + n / pieces * Tile::kept_pitch + n % pieces * 8);
      }
    }
    __syncwarp();
  }
}

}  // namespace plumbline::kernels

#pragma once
#include <cstdint>

#include "kernels/cuda/shared_copies.cuh"

/// Views that are tables, on a GPU: each block has some rows of the source in shared memory once,
/// and writes every view of them. Nothing is divided for a value; four values are one word of the
/// source, and one store of each view.
namespace plumbline::kernels {

/// What one walk over the rows writes: one view, or two that move along a row alike.
struct MapPass {
  int first, second;  ///< places among all views; no second one: −1
  bool mirror_x, first_mirror_y, second_mirror_y;
};

constexpr int map_threads = 384;        ///< a multiple of 3: a thread keeps its channels
constexpr int most_map_passes = 4;      ///< of one launch, whose tables lie in shared memory
constexpr int map_tile_bytes = 20'480;  ///< of the source, in shared memory

/// n / divisor is __umulhi(n, inverse) where n · divisor < 2^32 and divisor is at least 2.
struct QuickDivision {
  unsigned divisor, inverse;
};
inline QuickDivision quick_division(unsigned divisor) {
  return {divisor, static_cast<unsigned>(((std::uint64_t{1} << 32) + divisor - 1) / divisor)};
}

/// uint8 [batch, height, row_values] to [views, batch, height, row_values] of T, with row_values a
/// multiple of 4, at least 8. A block takes `images_a_block` whole images, or `rows_a_block` rows
/// of one where that is 0.
template <class T>
struct LevelMaps {
  const std::uint8_t* images;
  const std::uint8_t* tables;  ///< per pass and channel of the output 256 pairs of T
  T* out;
  std::int64_t view_values;  ///< from one view to the next
  int batch, height, row_values;
  int images_a_block, rows_a_block, bands;
  QuickDivision words_a_row, rows_an_image;
  bool reverse_channels;
  int passes;
  MapPass pass[most_map_passes];
};

/// What a block takes.
struct BlockRows {
  bool whole;  ///< whole images, the first one `image`; else some rows of that one
  int image, row0, rows;
};
template <class T>
__device__ __forceinline__ BlockRows rows_of_block(const LevelMaps<T>& maps) {
  const int block = static_cast<int>(blockIdx.x);
  const bool whole = maps.images_a_block > 0;
  const int image = whole ? block * maps.images_a_block : block / maps.bands;
  const int row0 = whole ? 0 : block % maps.bands * maps.rows_a_block;
  const int rows = whole ? min(maps.images_a_block, maps.batch - image) * maps.height
                         : min(maps.rows_a_block, maps.height - row0);
  return {whole, image, row0, rows};
}

/// A pair of values, and four pairs as two times four values.
template <class T>
struct PairOf;  // of two bytes each
template <>
struct PairOf<float> {
  using Pair = float2;
  using Four = float4;
  static __device__ Four firsts(Pair a, Pair b, Pair c, Pair d) { return {a.x, b.x, c.x, d.x}; }
  static __device__ Four seconds(Pair a, Pair b, Pair c, Pair d) { return {a.y, b.y, c.y, d.y}; }
};
template <class T>
struct PairOf {
  static_assert(sizeof(T) == 2);
  using Pair = unsigned;
  using Four = uint2;
  static __device__ Four firsts(Pair a, Pair b, Pair c, Pair d) {
    return {__byte_perm(a, b, 0x5410), __byte_perm(c, d, 0x5410)};
  }
  static __device__ Four seconds(Pair a, Pair b, Pair c, Pair d) {
    return {__byte_perm(a, b, 0x7632), __byte_perm(c, d, 0x7632)};
  }
};

/// Stores the first of each of eight pairs, as what leaves the cache first. `to` has the alignment
/// of 16 bytes.
template <class T, class Pair>
__device__ void store_firsts(T* to, Pair a, Pair b, Pair c, Pair d, Pair e, Pair f, Pair g,
                             Pair h) {
  const auto front = PairOf<T>::firsts(a, b, c, d), back = PairOf<T>::firsts(e, f, g, h);
  if constexpr (sizeof(T) == 2) {
    __stcs(reinterpret_cast<uint4*>(to), make_uint4(front.x, front.y, back.x, back.y));
  } else {
    __stcs(reinterpret_cast<float4*>(to), front);
    __stcs(reinterpret_cast<float4*>(to) + 1, back);
  }
}

/// Where in a row the source of four values of the output is: eight bytes from `begin` + `back` ·
/// (first value), of which `selector` takes four (as __byte_perm does).
struct RowMovement {
  int begin, back;
  unsigned selector;
};

/// `phase`: the channel of the first of the four values.
template <int channels>
__device__ RowMovement row_movement(bool mirror_x, bool reverse_channels, int row_values,
                                    int phase) {
  RowMovement moved{0, 1, 0};
  if (channels == 1) {
    if (!mirror_x) return {0, 1, 0x3210};
    return {row_values - 4, -1, 0x0123};
  }
  // The four values are of two neighbouring pixels; in a mirror the second one lies first.
  if (mirror_x)
    moved = {row_values - 6 + phase, -1, 0};
  else
    moved = {-phase, 1, 0};
  for (int k = 0; k < 4; ++k) {
    const int value = phase + k, pixel = value / 3;
    const int channel = reverse_channels ? 2 - value % 3 : value % 3;
    const int from = 3 * (mirror_x ? 1 - pixel : pixel) + channel;
    moved.selector |= static_cast<unsigned>(from) << (4 * k);
  }
  return moved;
}

template <class T, int channels>
__global__ void __launch_bounds__(map_threads, 4)
    map_levels(const __grid_constant__ LevelMaps<T> maps) {
  using Pair = typename PairOf<T>::Pair;
  using Four = typename PairOf<T>::Four;
  extern __shared__ uint4 shared[];
  // The rows, two words that a movement may look at behind them, the tables.
  auto* const tile = reinterpret_cast<unsigned*>(shared);
  auto* const tables = reinterpret_cast<Pair*>(shared + map_tile_bytes / 16 + 1);

  const auto [whole, image, row0, rows] = rows_of_block(maps);
  const std::int64_t image_begin = static_cast<std::int64_t>(image) * maps.height * maps.row_values;
  copy_words(maps.images + image_begin + row0 * maps.row_values, tile, rows * maps.row_values);
  copy_words(maps.tables, reinterpret_cast<unsigned*>(tables),
             maps.passes * channels * 256 * static_cast<int>(sizeof(Pair)));
  __syncthreads();

  const int thread = static_cast<int>(threadIdx.x);
  const int phase = thread % channels;  // of its words in all rows: 4 is 1 more than 3
  const int words = rows * maps.row_values / 4;
  for (int p = 0; p < maps.passes; ++p) {
    const MapPass pass = maps.pass[p];
    const Pair* const table = tables + p * channels * 256;
    const Pair* const table0 = table + phase * 256;
    const Pair* const table1 = table + (phase + 1) % channels * 256;
    const Pair* const table2 = table + (phase + 2) % channels * 256;
    T* const first = maps.out + pass.first * maps.view_values + image_begin;
    T* const second = maps.out + max(pass.second, 0) * maps.view_values + image_begin;
    const bool moves = pass.mirror_x || (channels == 3 && maps.reverse_channels);
    const bool turns = pass.first_mirror_y || pass.second_mirror_y;
    const RowMovement moved = row_movement<channels>(
        pass.mirror_x, channels == 3 && maps.reverse_channels, maps.row_values, phase);
    for (int word = thread; word < words; word += map_threads) {
      unsigned levels;
      int to = row0 * maps.row_values + 4 * word, mirrored_to = to;
      if (moves || turns) {
        const int row = static_cast<int>(__umulhi(word, maps.words_a_row.inverse));
        const int column = 4 * (word - row * static_cast<int>(maps.words_a_row.divisor));
        if (moves) {
          const int from = row * maps.row_values + moved.begin + moved.back * column;
          const unsigned* const at = tile + from / 4;
          const unsigned middle = at[1], shift = 8 * (from & 3);
          levels = __byte_perm(__funnelshift_r(at[0], middle, shift),
                               __funnelshift_r(middle, at[2], shift), moved.selector);
        } else {
          levels = tile[word];
        }
        if (turns) {
          const int above =
              whole ? static_cast<int>(__umulhi(row, maps.rows_an_image.inverse)) * maps.height : 0;
          const int y = row0 + row - above;
          mirrored_to = (above + maps.height - 1 - y) * maps.row_values + column;
        }
      } else {
        levels = tile[word];
      }
      const Pair a = table0[levels & 255], b = table1[levels >> 8 & 255],
                 c = table2[levels >> 16 & 255], d = table0[levels >> 24];
      *reinterpret_cast<Four*>(first + (pass.first_mirror_y ? mirrored_to : to)) =
          PairOf<T>::firsts(a, b, c, d);
      if (pass.second >= 0)
        *reinterpret_cast<Four*>(second + (pass.second_mirror_y ? mirrored_to : to)) =
            PairOf<T>::seconds(a, b, c, d);
    }
  }
}

/// The same of a single pass that writes one view as the image is: eight values at a time. The rows
/// of a block, and what lies before them in the output, are a multiple of 8 values.
template <class T, int channels>
__global__ void __launch_bounds__(map_threads, 4)
    map_one_view(const __grid_constant__ LevelMaps<T> maps) {
  using Pair = typename PairOf<T>::Pair;
  extern __shared__ uint4 shared[];
  auto* const tile = reinterpret_cast<unsigned*>(shared);
  auto* const tables = reinterpret_cast<Pair*>(shared + map_tile_bytes / 16 + 1);

  const auto [whole, image, row0, rows] = rows_of_block(maps);
  const std::int64_t begin =
      (static_cast<std::int64_t>(image) * maps.height + row0) * maps.row_values;
  copy_words(maps.images + begin, tile, rows * maps.row_values);
  copy_words(maps.tables, reinterpret_cast<unsigned*>(tables),
             channels * 256 * static_cast<int>(sizeof(Pair)));
  __syncthreads();

  const int thread = static_cast<int>(threadIdx.x);
  const int phase = 2 * thread % channels;  // of value 8 · thread, and 8 is 2 more than 6
  const Pair* const table0 = tables + phase * 256;
  const Pair* const table1 = tables + (phase + 1) % channels * 256;
  const Pair* const table2 = tables + (phase + 2) % channels * 256;
  T* const out = maps.out + maps.pass[0].first * maps.view_values + begin;
#pragma unroll 2
  for (int two = thread; two < rows * maps.row_values / 8; two += map_threads) {
    const uint2 levels = reinterpret_cast<const uint2*>(tile)[two];
    store_firsts<T>(out + 8 * two, table0[levels.x & 255], table1[levels.x >> 8 & 255],
                    table2[levels.x >> 16 & 255], table0[levels.x >> 24], table1[levels.y & 255],
                    table2[levels.y >> 8 & 255], table0[levels.y >> 16 & 255],
                    table1[levels.y >> 24]);
  }
}

}  // namespace plumbline::kernels

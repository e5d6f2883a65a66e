#pragma once
#include <cstdint>

#include "kernels/cuda/barriers.cuh"
#include "kernels/cuda/column_products.cuh"
#include "kernels/cuda/grouped_pieces.cuh"

/// grouped_product.cuh's products by groups of four warps, for groups of many rows. Four warps only
/// fetch, so that eight others multiply all the time: the fetching ones are ahead while a tile is
/// written.
namespace plumbline::kernels {

/// The last two groups of four warps have 64 rows each of all columns; `stages` pieces of shared
/// memory are being multiplied or filled.
struct FedTile {
  static constexpr int rows = 128, columns = 256, depth = 64, stages = 4;
  static constexpr bool even = false;
  static constexpr int threads = 384, fetching = 128;
  static constexpr int rows_at_once = rows;                           // of the copy engine's boxes
  static constexpr int left = rows * depth, right = depth * columns;  // elements of a stage
  static constexpr int kept_pitch = 128 + 8;
  static constexpr int bytes = (stages * (left + right) + rows * kept_pitch) * 2 +
                               2 * stages * static_cast<int>(sizeof(uint64_t));
  static constexpr int narrowest = 64;  // columns of a piece
  static_assert(bytes <= 227 * 1024);
};

#ifdef PLUMBLINE_COLUMN_PRODUCTS

/// A block takes piece after piece. `weights`: boxes of 64 columns × 64 deep × one group; `rows`,
/// without `gather`: boxes of 64 deep × 128 places.
template <class Element, bool gather, Activated activation>
__global__ void __launch_bounds__(FedTile::threads, 1)
    multiply_grouped_fed(const __grid_constant__ GroupedProduct<Element> p,
                         const __grid_constant__ CUtensorMap weights,
                         const __grid_constant__ CUtensorMap rows) {
  using Tile = FedTile;
  using Rows = fragments::Rows<64>;
  extern __shared__ __align__(1024) unsigned char product_memory[];
  Element* left = reinterpret_cast<Element*>(product_memory);
  Element* right = left + Tile::stages * Tile::left;
  Element* all_kept = right + Tile::stages * Tile::right;
  uint64_t* filled = reinterpret_cast<uint64_t*>(all_kept + Tile::rows * Tile::kept_pitch);
  uint64_t* emptied = filled + Tile::stages;
  constexpr int box = 64 * Tile::depth;  // elements
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;

  if (threadIdx.x == 0) {
    for (int i = 0; i < Tile::stages; ++i) {
      open_barrier(filled + i, gather ? Tile::fetching + 1 : 1);
      open_barrier(emptied + i, Tile::threads / 32 - Tile::fetching / 32);
    }
    show_barriers();
    fetch_map(weights);
    if (!gather) fetch_map(rows);
  }
  __syncthreads();
  // In this order, since turned products read places before their own wait.
  wait_for_last_kernel();
  begin_next_kernel();
  const PieceFinder<Element, Tile> finder(p);
  const int count = finder.count(), parts = (p.depth + Tile::depth - 1) / Tile::depth;
  RingPlace<Tile::stages> place;

  if (threadIdx.x < Tile::fetching) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 56;");
    const auto fetch_weights = [&](const auto& piece, int part) {
      for (int i = 0; i < piece.columns / 64; ++i)
        copy_box(right + place.stage * Tile::right + i * box, weights, filled + place.stage,
                 piece.first_column + 64 * i, part * Tile::depth, piece.group);
    };
    if constexpr (gather) {
      // A thread copies one piece of every 16th row.
      constexpr int own = Tile::rows / 16;
      const int piece_of_row = threadIdx.x % 8, first_row = threadIdx.x / 8;
      for (int taken = blockIdx.x; taken < count; taken += gridDim.x) {
        const auto piece = finder.at(taken);
        const Element* sources[own];
#pragma unroll
        for (int i = 0; i < own; ++i) {
          const int row = first_row + 16 * i;
          sources[i] =
              row < piece.rows
                  ? p.rows + static_cast<int64_t>(p.order[piece.begin + row] / p.top_k) * p.depth +
                        piece_of_row * 8
                  : nullptr;
        }
        for (int part = 0; part < parts; ++part) {
          wait_for_phase(emptied + place.stage, place.parity ^ 1);
          if (threadIdx.x == 0) {
            arrive_announcing(filled + place.stage, piece.columns * Tile::depth * 2);
            fetch_weights(piece, part);
          }
          Element* to = left + place.stage * Tile::left;
          const int depth = part * Tile::depth;
          const bool inside = depth + piece_of_row * 8 < p.depth;
#pragma unroll
          for (int i = 0; i < own; ++i) {
            const bool there = sources[i] != nullptr && inside;
            fragments::copy_ahead(to + Rows::offset(first_row + 16 * i, piece_of_row),
                                  there ? sources[i] + depth : p.rows, there);
          }
          arrive_when_copied(filled + place.stage);
          place.advance();
        }
      }
      // Nobody leaves before what he fetches is there.
      fragments::close_group();
      fragments::wait_for_groups<0>();
    } else if (warp == 0) {
      for (int taken = blockIdx.x; taken < count; taken += gridDim.x) {
        const auto piece = finder.at(taken);
        for (int part = 0; part < parts; ++part) {
          if (lane == 0) {
            wait_for_phase(emptied + place.stage, place.parity ^ 1);
            arrive_announcing(filled + place.stage, (Tile::left + piece.columns * Tile::depth) * 2);
            copy_box(left + place.stage * Tile::left, rows, filled + place.stage,
                     part * Tile::depth, piece.begin);
            fetch_weights(piece, part);
          }
          __syncwarp();
          place.advance();
        }
      }
    }
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 224;");
    const int own_warp = warp - Tile::fetching / 32, own_half = own_warp / 4;
    const int g = lane / 4, t = lane % 4, warp_row = own_warp * 16;
    Element* kept = all_kept + warp_row * Tile::kept_pitch;
    float sums[Tile::columns / 2] = {};
    const auto release = [&](int stage) {
      if (lane == 0) arrive(emptied + stage);
    };
    const auto multiply = [&]<int columns>() {
      int last = 0;
      for (int part = 0; part < parts; ++part) {
        wait_for_phase(filled + place.stage, place.parity);
        // What ordinary copies wrote, the products read by another way.
        if (gather) asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
        const Element* a = left + place.stage * Tile::left + own_half * 64 * Tile::depth;
        const Element* b = right + place.stage * Tile::right;
        begin_products();
#pragma unroll
        for (int k = 0; k < Tile::depth / 16; ++k)
          multiply_columns<Element, columns>(sums, described(a + 16 * k, 16, 1024),
                                             described(b + 16 * k * 64, box * 2, 1024),
                                             part > 0 || k > 0);
        close_products();
        if (part > 0) {
          wait_for_products<1>();
          release(last);
        }
        last = place.stage;
        place.advance();
      }
      wait_for_products<0>();
      release(last);
    };
    for (int taken = blockIdx.x; taken < count; taken += gridDim.x) {
      const auto piece = finder.at(taken);
      if (own_half * 64 >= piece.rows) {
        // All rows are the other half's.
        for (int part = 0; part < parts; ++part) {
          wait_for_phase(filled + place.stage, place.parity);
          release(place.stage);
          place.advance();
        }
        continue;
      }
      // Of the warp's 16 rows: where they go, and their factor.
      int64_t to = 0;
      float factor = 1.0f;
      if (lane < 16 && warp_row + lane < piece.rows) {
        to = piece.begin + warp_row + lane;
        if (!gather) {
          to = p.order[to];
          factor = p.gate[to];
        }
      }
      if (piece.columns == 64)
        multiply.template operator()<64>();
      else if (piece.columns == 128)
        multiply.template operator()<128>();
      else
        multiply.template operator()<256>();

      const float factors[2] = {__shfl_sync(~0u, factor, g), __shfl_sync(~0u, factor, g + 8)};
      const int end = min(p.width, piece.first_column + piece.columns);
      const Element* bias = p.bias + static_cast<int64_t>(piece.group) * p.width;
#pragma unroll
      for (int n = 0; n < Tile::columns / 128; ++n) {
        const int first_column = piece.first_column + 128 * n;
        if (first_column >= end) break;
#pragma unroll
        for (int j = 0; j < 16; ++j) {
          const int column = first_column + 8 * j + 2 * t;
          const float2 added = column < end ? fragments::unpacked<Element>(__ldg(
                                                  reinterpret_cast<const unsigned*>(bias + column)))
                                            : float2{};
#pragma unroll
          for (int half = 0; half < 2; ++half)
            *reinterpret_cast<unsigned*>(kept + (g + 8 * half) * Tile::kept_pitch + 8 * j + 2 * t) =
                fragments::packed<Element>(
                    factors[half] *
                        activated(sums[64 * n + 4 * j + 2 * half] + added.x, activation),
                    factors[half] *
                        activated(sums[64 * n + 4 * j + 2 * half + 1] + added.y, activation));
        }
        __syncwarp();
#pragma unroll
        for (int i = 0; i < 8; ++i) {
          const int row = 2 * i + lane / 16, column = first_column + lane % 16 * 8;
          const int64_t target = __shfl_sync(~0u, to, row);
          if (warp_row + row < piece.rows && column < end)
            *reinterpret_cast<uint4*>(p.result + target * p.width + column) =
                *reinterpret_cast<const uint4*>(kept + row * Tile::kept_pitch + lane % 16 * 8);
        }
        __syncwarp();
      }
    }
  }
}

#else

template <class Element, bool gather, Activated activation>
__global__ void multiply_grouped_fed(const __grid_constant__ GroupedProduct<Element> p,
                                     const __grid_constant__ CUtensorMap weights,
                                     const __grid_constant__ CUtensorMap rows) {}

#endif

}  // namespace plumbline::kernels

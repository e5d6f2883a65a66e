#pragma once
#include <cstdint>

#include "kernels/cuda/barriers.cuh"
#include "kernels/cuda/grouped_pieces.cuh"
#include "kernels/cuda/turned_products.cuh"

/// grouped_product_fed.cuh's products the other way round: weights are the left factor, so that a
/// tile has any number of rows up to 160, and a group's rows are shared evenly among as few tiles
/// as there must be. For groups of a few tiles, of which fed ones leave a good part empty.
namespace plumbline::kernels {

/// The last two groups of four warps have half of the columns each, and all rows; `stages` pieces
/// of shared memory are being multiplied or filled.
template <int columns_, int stages_>
struct TurnedTile {
  static constexpr int rows = 160, columns = columns_, depth = 64, stages = stages_;
  static constexpr bool even = true;
  static constexpr int threads = 384, fetching = 128;
  static constexpr int rows_at_once = 16;                             // of the copy engine's boxes
  static constexpr int left = columns * depth, right = rows * depth;  // elements of a stage
  static constexpr int kept_pitch = 16 + 8, kept = 16 * kept_pitch;   // of a warp's 16 rows
  static constexpr int bytes =
      (stages * (left + right) + 8 * kept) * 2 + 2 * stages * static_cast<int>(sizeof(uint64_t));
  static constexpr int narrowest = 128;  // columns of a piece
  static_assert(bytes <= 227 * 1024);
};

#ifdef PLUMBLINE_COLUMN_PRODUCTS

/// A block takes piece after piece. `weights`: boxes of 64 columns × 64 deep × one group; `rows`,
/// without `gather`: boxes of 64 deep × 16 places.
template <class Element, class Tile, bool gather, Activated activation>
__global__ void __launch_bounds__(Tile::threads, 1)
    multiply_grouped_turned(const __grid_constant__ GroupedProduct<Element> p,
                            const __grid_constant__ CUtensorMap weights,
                            const __grid_constant__ CUtensorMap rows) {
  using Rows = fragments::Rows<64>;
  extern __shared__ __align__(1024) unsigned char product_memory[];
  Element* left = reinterpret_cast<Element*>(product_memory);
  Element* right = left + Tile::stages * Tile::left;
  Element* all_kept = right + Tile::stages * Tile::right;
  uint64_t* filled = reinterpret_cast<uint64_t*>(all_kept + 8 * Tile::kept);
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
  // Without `gather` only who fetches rows waits: places and factors were written before the last
  // kernel, which begins the next one no sooner than those are there.
  if (gather) wait_for_last_kernel();
  const PieceFinder<Element, Tile> finder(p);
  const int count = finder.count(), parts = (p.depth + Tile::depth - 1) / Tile::depth;
  RingPlace<Tile::stages> place;
  // As many rows as a product multiplies.
  const auto rows_of = [](int rows) {
    return rows > 144 ? 160 : rows > 128 ? 144 : (rows + 31) / 32 * 32;
  };

  if (threadIdx.x < Tile::fetching) {
    // Who gathers needs more registers than who only asks the copy engine.
    if constexpr (gather)
      asm volatile("setmaxnreg.dec.sync.aligned.u32 56;");
    else
      asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    const auto fetch_weights = [&](const auto& piece, int part) {
      for (int i = 0; i < piece.columns / 64; ++i)
        copy_box(left + place.stage * Tile::left + i * box, weights, filled + place.stage,
                 piece.first_column + 64 * i, part * Tile::depth, piece.group);
    };
    if constexpr (gather) {
      // A thread copies one piece of every 16th row.
      constexpr int own = Tile::rows / 16;
      const int piece_of_row = threadIdx.x % 8, first_row = threadIdx.x / 8;
      for (int taken = blockIdx.x; taken < count; taken += gridDim.x) {
        const auto piece = finder.at(taken);
        const int steps = rows_of(piece.rows) / 16;
        int sources[own];
#pragma unroll
        for (int i = 0; i < own; ++i) {
          const int row = first_row + 16 * i;
          sources[i] = row < piece.rows ? p.order[piece.begin + row] / p.top_k : -1;
        }
        for (int part = 0; part < parts; ++part) {
          wait_for_phase(emptied + place.stage, place.parity ^ 1);
          if (threadIdx.x == 0) {
            arrive_announcing(filled + place.stage, piece.columns * Tile::depth * 2);
            fetch_weights(piece, part);
          }
          Element* to = right + place.stage * Tile::right;
          const int depth = part * Tile::depth + piece_of_row * 8;
          const bool inside = depth < p.depth;
#pragma unroll
          for (int i = 0; i < own; ++i) {
            if (i >= steps) break;
            const bool there = sources[i] >= 0 && inside;
            fragments::copy_ahead(
                to + Rows::offset(first_row + 16 * i, piece_of_row),
                there ? p.rows + static_cast<int64_t>(sources[i]) * p.depth + depth : p.rows,
                there);
          }
          arrive_when_copied(filled + place.stage);
          place.advance();
        }
      }
      begin_next_kernel();
      // Nobody leaves before what he fetches is there.
      fragments::close_group();
      fragments::wait_for_groups<0>();
    } else if (warp == 0) {
      const auto announce = [&](const auto& piece) {
        arrive_announcing(filled + place.stage,
                          (piece.columns + rows_of(piece.rows)) * Tile::depth * 2);
      };
      // Weights and places are there before the rows are: the first stages' weights are fetched
      // while the last kernel ends.
      int ahead = 0;
      if (static_cast<int>(blockIdx.x) < count) {
        const auto piece = finder.at(blockIdx.x);
        ahead = min(parts, Tile::stages);
        if (lane == 0)
          for (; place.stage < ahead; ++place.stage) {
            announce(piece);
            fetch_weights(piece, place.stage);
          }
        place.stage = 0;
        __syncwarp();
      }
      wait_for_last_kernel();
      for (int taken = blockIdx.x; taken < count; taken += gridDim.x) {
        const auto piece = finder.at(taken);
        const int steps = rows_of(piece.rows) / Tile::rows_at_once;
        for (int part = 0; part < parts; ++part, --ahead) {
          if (lane == 0) {
            if (ahead <= 0) {
              wait_for_phase(emptied + place.stage, place.parity ^ 1);
              announce(piece);
              fetch_weights(piece, part);
            }
            for (int i = 0; i < steps; ++i)
              copy_box(right + place.stage * Tile::right + i * Tile::rows_at_once * Tile::depth,
                       rows, filled + place.stage, part * Tile::depth,
                       piece.begin + i * Tile::rows_at_once);
          }
          __syncwarp();
          place.advance();
        }
      }
      begin_next_kernel();
    }
  } else {
    if constexpr (gather)
      asm volatile("setmaxnreg.inc.sync.aligned.u32 224;");
    else
      asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    const int own_warp = warp - Tile::fetching / 32, own_half = own_warp / 4;
    const int g = lane / 4, t = lane % 4;
    Element* kept = all_kept + own_warp * Tile::kept;
    const auto release = [&](int stage) {
      if (lane == 0) arrive(emptied + stage);
    };
    float sums[Tile::columns / 128][Tile::rows / 2] = {};
    // `blocks`: of 64 columns, of this half; all of `of_rows` rows.
    const auto work = [&]<int blocks, int of_rows>(const auto& piece) {
      constexpr int steps = of_rows / 16;
      // Of every 16 rows a lane knows the (lane / 2)-th: where it goes, and its factor.
      int to[steps];
      float factor[steps];
#pragma unroll
      for (int s = 0; s < steps; ++s) {
        const int row = 16 * s + lane / 2;
        to[s] = 0;
        factor[s] = 1.0f;
        if (!gather && row < piece.rows) {
          to[s] = p.order[piece.begin + row];
          factor[s] = p.gate[to[s]];
        }
      }
      // The lane's two columns of each block, g and g + 8 of the warp's 16.
      const int first_column = piece.first_column + own_half * blocks * 64 + own_warp % 4 * 16;
      const int end = min(p.width, piece.first_column + piece.columns);
      float added[blocks][2];
#pragma unroll
      for (int b = 0; b < blocks; ++b)
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const int column = first_column + 64 * b + 8 * half + g;
          added[b][half] =
              column < end
                  ? static_cast<float>(p.bias[static_cast<int64_t>(piece.group) * p.width + column])
                  : 0.0f;
        }
      int last = 0;
      for (int part = 0; part < parts; ++part) {
        wait_for_phase(filled + place.stage, place.parity);
        // What ordinary copies wrote, the products read by another way.
        if (gather) asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
        const Element* a = left + place.stage * Tile::left + own_half * blocks * box;
        const Element* b = right + place.stage * Tile::right;
        begin_products();
#pragma unroll
        for (int k = 0; k < Tile::depth / 16; ++k)
#pragma unroll
          for (int i = 0; i < blocks; ++i)
            multiply_turned<Element, of_rows>(sums[i],
                                              described(a + i * box + 16 * k * 64, box * 2, 1024),
                                              described(b + 16 * k, 16, 1024), part > 0 || k > 0);
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

#pragma unroll
      for (int s = 0; s < steps; ++s) {
        if (16 * s >= piece.rows) break;
        float factors[4];
#pragma unroll
        for (int i = 0; i < 4; ++i)
          factors[i] =
              gather ? 1.0f : __shfl_sync(~0u, factor[s], 16 * (i / 2) + 4 * t + 2 * (i % 2));
        const int row = lane / 2;
        const bool written = 16 * s + row < piece.rows;
#pragma unroll
        for (int b = 0; b < blocks; ++b) {
          unsigned quarter[4];
#pragma unroll
          for (int i = 0; i < 4; ++i) {
            // Rows 8 · (i / 2) + 2t and the next, column 8 · (i % 2) + g.
            const int own = 4 * (2 * s + i / 2) + 2 * (i % 2);
            quarter[i] = fragments::packed<Element>(
                factors[i / 2 * 2] * activated(sums[b][own] + added[b][i % 2], activation),
                factors[i / 2 * 2 + 1] * activated(sums[b][own + 1] + added[b][i % 2], activation));
          }
          write_four_turned(kept + (lane / 16 * 8 + lane % 8) * Tile::kept_pitch + lane / 8 % 2 * 8,
                            quarter);
          __syncwarp();
          const int column = first_column + 64 * b + lane % 2 * 8;
          const int64_t target = gather ? piece.begin + 16 * s + row : to[s];
          if (written && column < end)
            *reinterpret_cast<uint4*>(p.result + target * p.width + column) =
                *reinterpret_cast<const uint4*>(kept + row * Tile::kept_pitch + lane % 2 * 8);
          __syncwarp();
        }
      }
    };
    const auto work_on = [&]<int blocks>(const auto& piece) {
      switch (rows_of(piece.rows)) {
        case 32: return work.template operator()<blocks, 32>(piece);
        case 64: return work.template operator()<blocks, 64>(piece);
        case 96: return work.template operator()<blocks, 96>(piece);
        case 128: return work.template operator()<blocks, 128>(piece);
        case 144: return work.template operator()<blocks, 144>(piece);
        default: return work.template operator()<blocks, 160>(piece);
      }
    };
    for (int taken = blockIdx.x; taken < count; taken += gridDim.x) {
      const auto piece = finder.at(taken);
      if (Tile::columns == 128 || piece.columns == 128)
        work_on.template operator()<1>(piece);
      else if constexpr (Tile::columns == 256)
        work_on.template operator()<2>(piece);
    }
  }
}

#else

template <class Element, class Tile, bool gather, Activated activation>
__global__ void multiply_grouped_turned(const __grid_constant__ GroupedProduct<Element> p,
                                        const __grid_constant__ CUtensorMap weights,
                                        const __grid_constant__ CUtensorMap rows) {}

#endif

}  // namespace plumbline::kernels

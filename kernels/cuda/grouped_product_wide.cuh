#pragma once
#include <cstdint>

#include "kernels/cuda/grouped_product.cuh"

/// grouped_product.cuh's products by groups of four warps (wgmma, compute capability 9.0 alone),
/// which read both factors from shared memory. For groups of many rows.
namespace plumbline::kernels {

/// Two groups of warps have 64 rows each of all columns. Of `stages` pieces of shared memory two
/// are being multiplied and the others being filled.
template <int columns_, int stages_>
struct WideTile {
  static constexpr int rows = 128, columns = columns_, depth = 64, stages = stages_;
  static constexpr int threads = 256;
  static constexpr int left = rows * depth, right = depth * columns;  // elements of a stage
  static constexpr int kept_pitch = 128 + 8;
  static constexpr int bytes = (stages * (left + right) + rows * kept_pitch) * 2;
};

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define PLUMBLINE_WIDE_PRODUCTS

/// Where a factor lies: 128-byte rows, whose pieces change places as in fragments::Rows<64>.
/// `leading` and `stride`: bytes between neighbouring blocks of 64 columns and of 8 rows.
inline __device__ uint64_t described(const void* at, int leading, int stride) {
  const uint64_t address = (fragments::shared_address(at) & 0x3FFFF) >> 4;
  return address | static_cast<uint64_t>(leading >> 4) << 16 |
         static_cast<uint64_t>(stride >> 4) << 32 | uint64_t{1} << 62;
}

inline __device__ void begin_products() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
inline __device__ void close_products() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
template <int open>
__device__ void wait_for_products() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(open) : "memory");
}

/// sums (64 × 128) += left (64 × 16, by rows) · right (16 × 128, by rows).
#define PLUMBLINE_WIDE_PRODUCT(type)                                                           \
  asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32." type "." type                    \
               " {"                                                                            \
               "%0, %1, %2, %3, %4, %5, %6, %7, "                                              \
               "%8, %9, %10, %11, %12, %13, %14, %15, "                                        \
               "%16, %17, %18, %19, %20, %21, %22, %23, "                                      \
               "%24, %25, %26, %27, %28, %29, %30, %31, "                                      \
               "%32, %33, %34, %35, %36, %37, %38, %39, "                                      \
               "%40, %41, %42, %43, %44, %45, %46, %47, "                                      \
               "%48, %49, %50, %51, %52, %53, %54, %55, "                                      \
               "%56, %57, %58, %59, %60, %61, %62, %63"                                        \
               "}, %64, %65, 1, 1, 1, 0, 1;"                                                   \
               : "+f"(s[0]), "+f"(s[1]), "+f"(s[2]), "+f"(s[3]), "+f"(s[4]), "+f"(s[5]),       \
                 "+f"(s[6]), "+f"(s[7]), "+f"(s[8]), "+f"(s[9]), "+f"(s[10]), "+f"(s[11]),     \
                 "+f"(s[12]), "+f"(s[13]), "+f"(s[14]), "+f"(s[15]), "+f"(s[16]), "+f"(s[17]), \
                 "+f"(s[18]), "+f"(s[19]), "+f"(s[20]), "+f"(s[21]), "+f"(s[22]), "+f"(s[23]), \
                 "+f"(s[24]), "+f"(s[25]), "+f"(s[26]), "+f"(s[27]), "+f"(s[28]), "+f"(s[29]), \
                 "+f"(s[30]), "+f"(s[31]), "+f"(s[32]), "+f"(s[33]), "+f"(s[34]), "+f"(s[35]), \
                 "+f"(s[36]), "+f"(s[37]), "+f"(s[38]), "+f"(s[39]), "+f"(s[40]), "+f"(s[41]), \
                 "+f"(s[42]), "+f"(s[43]), "+f"(s[44]), "+f"(s[45]), "+f"(s[46]), "+f"(s[47]), \
                 "+f"(s[48]), "+f"(s[49]), "+f"(s[50]), "+f"(s[51]), "+f"(s[52]), "+f"(s[53]), \
                 "+f"(s[54]), "+f"(s[55]), "+f"(s[56]), "+f"(s[57]), "+f"(s[58]), "+f"(s[59]), \
                 "+f"(s[60]), "+f"(s[61]), "+f"(s[62]), "+f"(s[63])                            \
               : "l"(left), "l"(right))

template <class Element>
__device__ void multiply_wide(float (&s)[64], uint64_t left, uint64_t right) {
  if constexpr (std::is_same_v<Element, __nv_bfloat16>)
    PLUMBLINE_WIDE_PRODUCT("bf16");
  else
    PLUMBLINE_WIDE_PRODUCT("f16");
}
#undef PLUMBLINE_WIDE_PRODUCT
#endif

/// Which rows and columns a tile is, for all lanes of a warp at once. Lane n knows group n.
template <class Element, class Tile>
class TileFinder {
 public:
  __device__ explicit TileFinder(const GroupedProduct<Element>& product) : p_(product) {
    const int lane = threadIdx.x % 32;
    end_ = lane < p_.groups ? p_.ends[lane] : 0;
    begin_ = __shfl_up_sync(~0u, end_, 1);
    if (lane == 0) begin_ = 0;
    tiles_ = lane < p_.groups ? (end_ - begin_ + Tile::rows - 1) / Tile::rows : 0;
#pragma unroll
    for (int distance = 1; distance < 32; distance *= 2) {
      const int other = __shfl_up_sync(~0u, tiles_, distance);
      if (lane >= distance) tiles_ += other;
    }
    across_ = (p_.width + Tile::columns - 1) / Tile::columns;
  }
  __device__ int count() const { return __shfl_sync(~0u, tiles_, 31) * across_; }

  struct Place {
    int group, begin, rows, first_column;
  };
  __device__ Place at(int tile) const {
    const int down = tile / across_;
    const int group = __popc(__ballot_sync(~0u, tiles_ <= down));
    const int before = group == 0 ? 0 : __shfl_sync(~0u, tiles_, group - 1);
    const int begin = __shfl_sync(~0u, begin_, group) + (down - before) * Tile::rows;
    return {group, begin, min(Tile::rows, __shfl_sync(~0u, end_, group) - begin),
            tile % across_ * Tile::columns};
  }

 private:
  const GroupedProduct<Element>& p_;
  int begin_, end_, tiles_, across_;
};

/// A block takes tile after tile; the next one's factors are on their way while one is written.
template <class Element, class Tile, bool gather, Activated activation>
__global__ void __launch_bounds__(Tile::threads, 1)
    multiply_grouped_wide(const __grid_constant__ GroupedProduct<Element> p) {
#ifdef PLUMBLINE_WIDE_PRODUCTS
  using Rows = fragments::Rows<64>;
  const TileFinder<Element, Tile> finder(p);
  const int count = finder.count();

  extern __shared__ __align__(1024) unsigned char product_memory[];
  Element* left = reinterpret_cast<Element*>(product_memory);
  Element* right = left + Tile::stages * Tile::left;
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, t = lane % 4;
  Element* kept = right + Tile::stages * Tile::right + warp * 16 * Tile::kept_pitch;
  const int parts = (p.depth + Tile::depth - 1) / Tile::depth;

  // What is being loaded: a thread always copies the same piece of the same rows.
  constexpr int step = Tile::threads / 8, own = Tile::rows / step;
  constexpr int pieces = Tile::columns / 8, down = Tile::threads / pieces;
  const int piece = threadIdx.x % 8, first_row = threadIdx.x / 8;
  const int column = threadIdx.x % pieces, first_depth = threadIdx.x / pieces;
  int next_tile = blockIdx.x, next_part = 0, next_stage = 0;
  const Element* sources[own];
  const Element* weight;
  bool in_width;
  const auto open = [&] {
    if (next_tile >= count) return;
    const auto place = finder.at(next_tile);
#pragma unroll
    for (int i = 0; i < own; ++i) {
      const int row = first_row + i * step;
      sources[i] = nullptr;
      if (row < place.rows) {
        const int64_t source = gather ? p.order[place.begin + row] / p.top_k : place.begin + row;
        sources[i] = p.rows + source * p.depth + piece * 8;
      }
    }
    in_width = place.first_column + column * 8 < p.width;
    weight = p.weight + static_cast<int64_t>(place.group) * p.depth * p.width +
             (in_width ? place.first_column + column * 8 : 0);
  };
  const auto load_next = [&] {
    if (next_tile < count) {
      const int depth = next_part * Tile::depth;
      Element* to = left + next_stage * Tile::left;
      const bool inside = depth + piece * 8 < p.depth;
#pragma unroll
      for (int i = 0; i < own; ++i) {
        const bool there = sources[i] != nullptr && inside;
        fragments::copy_ahead(to + Rows::offset(first_row + i * step, piece),
                              there ? sources[i] + depth : p.rows, there);
      }
      to = right + next_stage * Tile::right + column / 8 * 64 * Tile::depth;
#pragma unroll
      for (int i = 0; i < Tile::depth / down; ++i) {
        const int row = first_depth + i * down;
        const bool there = in_width && depth + row < p.depth;
        fragments::copy_ahead(to + Rows::offset(row, column % 8),
                              there ? weight + static_cast<int64_t>(depth + row) * p.width : weight,
                              there);
      }
      if (++next_part == parts) {
        next_part = 0;
        next_tile += gridDim.x;
        open();
      }
    }
    fragments::close_group();
    next_stage = next_stage + 1 == Tile::stages ? 0 : next_stage + 1;
  };

  constexpr int parts_across = Tile::columns / 128, ahead = Tile::stages - 2;
  open();
#pragma unroll
  for (int i = 0; i < ahead; ++i) load_next();
  int stage = 0;
  for (int tile = blockIdx.x; tile < count; tile += gridDim.x) {
    float sums[parts_across][64] = {};
    for (int part = 0; part < parts; ++part) {
      fragments::wait_for_groups<ahead - 1>();
      // What ordinary copies wrote, the products read by another way.
      asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
      __syncthreads();
      const Element* a = left + stage * Tile::left + warp / 4 * 64 * Tile::depth;
      const Element* b = right + stage * Tile::right;
      begin_products();
#pragma unroll
      for (int k = 0; k < Tile::depth / 16; ++k)
#pragma unroll
        for (int n = 0; n < parts_across; ++n)
          multiply_wide<Element>(
              sums[n], described(a + 16 * k, 16, 1024),
              described(b + n * 128 * Tile::depth + 16 * k * 64, 64 * Tile::depth * 2, 1024));
      close_products();
      // Whoever came past the barrier is done with the part before the last.
      load_next();
      wait_for_products<1>();
      stage = stage + 1 == Tile::stages ? 0 : stage + 1;
    }
    wait_for_products<0>();

    const auto place = finder.at(tile);
    const int warp_row = warp * 16;
    float factors[2];
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int row = warp_row + g + 8 * half;
      factors[half] = gather || row >= place.rows ? 1.0f : p.gate[p.order[place.begin + row]];
    }
#pragma unroll
    for (int n = 0; n < parts_across; ++n) {
#pragma unroll
      for (int j = 0; j < 16; ++j) {
        const int at = place.first_column + 128 * n + 8 * j + 2 * t;
        const float2 bias = at < p.width
                                ? fragments::unpacked<Element>(*reinterpret_cast<const unsigned*>(
                                      p.bias + static_cast<int64_t>(place.group) * p.width + at))
                                : float2{};
#pragma unroll
        for (int half = 0; half < 2; ++half)
          *reinterpret_cast<unsigned*>(kept + (g + 8 * half) * Tile::kept_pitch + 8 * j + 2 * t) =
              fragments::packed<Element>(
                  factors[half] * activated(sums[n][4 * j + 2 * half] + bias.x, activation),
                  factors[half] * activated(sums[n][4 * j + 2 * half + 1] + bias.y, activation));
      }
      __syncwarp();
#pragma unroll
      for (int i = lane; i < 16 * 16; i += 32) {
        const int row = warp_row + i / 16, at = place.first_column + 128 * n + i % 16 * 8;
        if (row < place.rows && at < p.width) {
          const int64_t to = gather ? place.begin + row : p.order[place.begin + row];
          *reinterpret_cast<uint4*>(p.result + to * p.width + at) =
              *reinterpret_cast<const uint4*>(kept + i / 16 * Tile::kept_pitch + i % 16 * 8);
        }
      }
      __syncwarp();
    }
  }
  fragments::wait_for_groups<0>();
#endif
}

}  // namespace plumbline::kernels

#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "kernels/box_suppression.h"
#include "kernels/cuda/box_overlaps.cuh"

namespace plumbline::kernels {

namespace {

using Bits = unsigned long long;

constexpr int tile_boxes = 64, suppression_threads = 512, overlap_threads = 256;
/// A bit a candidate has to fit into shared memory beside the tile.
constexpr int64_t most_candidates = 262'144;
/// Beyond, the bits of all pairs are too many: each tile is held against the rest when it is its
/// turn.
constexpr int64_t most_paired = 32'768, most_pair_bytes = int64_t{256} << 20;
/// Blocks that keep a GPU busy while pairs are compared.
constexpr int64_t enough_blocks = 528;

/// One image's part of a batch.
struct ImageBoxes {
  const float *boxes, *sorted;
  const int64_t* order;
  const int* groups;
};

__device__ ImageBoxes of_image(ImageBoxes all, int64_t image, int64_t n) {
  return {all.boxes + image * n * 4, all.sorted + image * n, all.order + image * n,
          all.groups + image * n};
}

/// Scores fall, so that the first without one ends the candidates.
__device__ bool is_candidate(const ImageBoxes& image, int64_t place) {
  return image.sorted[place] > -INFINITY;
}

/// pairs[image, place, tile]: a bit for each box of `tile` that the candidate at `place` takes
/// away, from its own tile on. blockIdx: the candidate's tile, a share of the tiles, the image.
__global__ void __launch_bounds__(overlap_threads)
    compare_pairs(ImageBoxes all, Bits* __restrict__ pairs, int64_t n, double overlap) {
  constexpr int columns = overlap_threads / tile_boxes;
  __shared__ GroupedBox other[overlap_threads];
  const ImageBoxes image = of_image(all, blockIdx.z, n);
  const int64_t tiles = (n + tile_boxes - 1) / tile_boxes;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * tile_boxes;
  if (!is_candidate(image, first)) return;
  const int row = threadIdx.x % tile_boxes, column = threadIdx.x / tile_boxes;
  const int64_t place = first + row;
  const bool asked = place < n && is_candidate(image, place);
  const GroupedBox mine = read_box(image.boxes, image.groups, image.order[asked ? place : first]);
  pairs += (static_cast<int64_t>(blockIdx.z) * n + (asked ? place : first)) * tiles;
  for (int64_t tile = blockIdx.x + static_cast<int64_t>(blockIdx.y) * columns; tile < tiles;
       tile += static_cast<int64_t>(gridDim.y) * columns) {
    if (!is_candidate(image, tile * tile_boxes)) return;
    __syncthreads();
    const int64_t theirs = tile * tile_boxes + threadIdx.x;
    const bool there = theirs < n && is_candidate(image, theirs);
    if (there) other[threadIdx.x] = read_box(image.boxes, image.groups, image.order[theirs]);
    const int count = __syncthreads_count(there);
    const int own = min(tile_boxes, count - column * tile_boxes);
    if (!asked || own <= 0) continue;
    Bits bits = 0;
    // Of its own tile a candidate takes away what comes after it.
    for (int i = tile + column == blockIdx.x ? row + 1 : 0; i < own; ++i)
      if (takes_away(mine, other[column * tile_boxes + i], overlap)) bits |= Bits{1} << i;
    pairs[tile + column] = bits;
  }
}

/// A block has an image: tile after tile is decided by one warp, then all threads gather what the
/// tile's kept boxes take away.
__global__ void __launch_bounds__(suppression_threads)
    decide_pairs(ImageBoxes all, const Bits* __restrict__ pairs, bool* __restrict__ kept,
                 int64_t n) {
  extern __shared__ Bits gone[];
  __shared__ int stays[tile_boxes], staying;
  const ImageBoxes image = of_image(all, blockIdx.x, n);
  const int tiles = static_cast<int>((n + tile_boxes - 1) / tile_boxes);
  pairs += static_cast<int64_t>(blockIdx.x) * n * tiles;
  kept += static_cast<int64_t>(blockIdx.x) * n;
  for (int word = threadIdx.x; word < tiles; word += blockDim.x) gone[word] = 0;
  __syncthreads();
  int tile = 0;
  for (; tile < tiles; ++tile) {
    const int64_t first = static_cast<int64_t>(tile) * tile_boxes;
    if (threadIdx.x < 32) {
      const int64_t near = first + threadIdx.x, far = near + 32;
      const bool near_asked = near < n && is_candidate(image, near);
      const bool far_asked = far < n && is_candidate(image, far);
      const Bits near_bits = near_asked ? pairs[near * tiles + tile] : 0;
      const Bits far_bits = far_asked ? pairs[far * tiles + tile] : 0;
      const Bits asked =
          __ballot_sync(~0u, near_asked) | static_cast<Bits>(__ballot_sync(~0u, far_asked)) << 32;
      Bits left = asked & ~gone[tile], stay = 0;
      while (left != 0) {
        const int i = __ffsll(static_cast<long long>(left)) - 1;
        stay |= Bits{1} << i;
        const Bits away = __shfl_sync(~0u, i < 32 ? near_bits : far_bits, i % 32);
        left &= ~(away | Bits{1} << i);
      }
      for (const int i : {static_cast<int>(threadIdx.x), static_cast<int>(threadIdx.x) + 32})
        if (stay >> i & 1) {
          stays[__popcll(stay & ((Bits{1} << i) - 1))] = i;
          kept[image.order[first + i]] = true;
        }
      if (threadIdx.x == 0) staying = asked == 0 ? -1 : __popcll(stay);
    }
    __syncthreads();
    if (staying < 0) return;
    // Words × kept boxes, so that a short list still has work for every thread.
    const int words = tiles - tile - 1;
    const int shares = max(1, min(staying, static_cast<int>(blockDim.x) / max(words, 1)));
    for (int job = threadIdx.x; job < words * shares; job += blockDim.x) {
      const int word = tile + 1 + job % words;
      if (!is_candidate(image, static_cast<int64_t>(word) * tile_boxes)) continue;
      Bits away = 0;
      for (int i = job / words; i < staying; i += shares)
        away |= pairs[(first + stays[i]) * tiles + word];
      if (away != 0) atomicOr(&gone[word], away);
    }
    __syncthreads();
  }
}

/// A block has an image. Candidates lie in `order` by falling score; tile after tile is decided:
/// first within itself, then what it keeps is held against all that follow, in parallel. A bit in
/// shared memory says that a candidate is gone.
__global__ void __launch_bounds__(suppression_threads)
    suppress(ImageBoxes all, bool* __restrict__ kept, int64_t n, double overlap) {
  extern __shared__ Bits gone[];
  __shared__ GroupedBox tile[tile_boxes];
  __shared__ Bits within[tile_boxes];
  __shared__ int stays[tile_boxes], staying, candidates;
  const ImageBoxes image = of_image(all, blockIdx.x, n);
  kept += static_cast<int64_t>(blockIdx.x) * n;
  for (int64_t word = threadIdx.x; word < (n + 63) / 64; word += blockDim.x) gone[word] = 0;
  if (threadIdx.x == 0) {
    int64_t low = 0, high = n;
    while (low < high) {
      const int64_t middle = (low + high) / 2;
      if (is_candidate(image, middle))
        low = middle + 1;
      else
        high = middle;
    }
    candidates = static_cast<int>(low);
  }
  __syncthreads();
  for (int first = 0; first < candidates; first += tile_boxes) {
    const int count = min(tile_boxes, candidates - first);
    if (threadIdx.x < count) {
      tile[threadIdx.x] = read_box(image.boxes, image.groups, image.order[first + threadIdx.x]);
      within[threadIdx.x] = 0;
    }
    __syncthreads();
    for (int pair = threadIdx.x; pair < count * count; pair += blockDim.x) {
      const int surer = pair / count, other = pair % count;
      if (surer < other && takes_away(tile[surer], tile[other], overlap))
        atomicOr(&within[surer], Bits{1} << other);
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      staying = 0;
      Bits away = gone[first / tile_boxes];
      for (int i = 0; i < count; ++i) {
        if ((away >> i & 1) != 0) continue;
        away |= within[i];
        kept[image.order[first + i]] = true;
        stays[staying++] = i;
      }
    }
    __syncthreads();
    for (int place = first + count + threadIdx.x; place < candidates; place += blockDim.x) {
      if ((gone[place / 64] >> (place % 64) & 1) != 0) continue;
      const GroupedBox box = read_box(image.boxes, image.groups, image.order[place]);
      for (int i = 0; i < staying; ++i)
        if (takes_away(tile[stays[i]], box, overlap)) {
          atomicOr(&gone[place / 64], Bits{1} << (place % 64));
          break;
        }
    }
    __syncthreads();
  }
}

/// So many images at once that the bits of their pairs stay within their limit.
void suppress_by_pairs(const ImageBoxes& all, const at::TensorOptions& options, bool* kept,
                       int64_t batch, int64_t n, double overlap) {
  const int64_t tiles = (n + tile_boxes - 1) / tile_boxes;
  const int64_t image_bytes = n * tiles * static_cast<int64_t>(sizeof(Bits));
  const int64_t together =
      std::clamp<int64_t>(most_pair_bytes / image_bytes, 1, std::min<int64_t>(batch, 65'535));
  const at::Tensor pairs = at::empty({together * n * tiles}, options.dtype(at::kLong));
  auto* bits = reinterpret_cast<Bits*>(pairs.mutable_data_ptr<int64_t>());
  const auto stream = at::cuda::getCurrentCUDAStream();
  const auto shares = static_cast<unsigned>(
      std::clamp<int64_t>(enough_blocks / (tiles * together), 1,
                          (tiles * tile_boxes + overlap_threads - 1) / overlap_threads));
  for (int64_t begin = 0; begin < batch; begin += together) {
    const auto images = static_cast<unsigned>(std::min(together, batch - begin));
    const ImageBoxes part{all.boxes + begin * n * 4, all.sorted + begin * n, all.order + begin * n,
                          all.groups + begin * n};
    compare_pairs<<<dim3(static_cast<unsigned>(tiles), shares, images), overlap_threads, 0,
                    stream>>>(part, bits, n, overlap);
    C10_CUDA_KERNEL_LAUNCH_CHECK();
    decide_pairs<<<images, suppression_threads, static_cast<size_t>(tiles) * sizeof(Bits),
                   stream>>>(part, bits, kept + begin * n, n);
    C10_CUDA_KERNEL_LAUNCH_CHECK();
  }
}

/// Dense, and where a box's four numbers can be read at once: a view may begin anywhere.
at::Tensor aligned_boxes(const at::Tensor& boxes) {
  const at::Tensor dense = boxes.contiguous();
  const auto address = reinterpret_cast<std::uintptr_t>(dense.const_data_ptr());
  return address % alignof(float4) == 0 ? dense : dense.clone();
}

at::Tensor suppression_on_gpu(const at::Tensor& boxes, const at::Tensor& scores,
                              const at::Tensor& groups, double overlap) {
  const c10::cuda::CUDAGuard guard(boxes.device());
  const int64_t batch = scores.size(0), n = scores.size(1);
  TORCH_CHECK(n <= most_candidates, "a GPU suppresses up to ", most_candidates,
              " boxes an image, not ", n);
  at::Tensor kept = at::zeros({batch, n}, scores.options().dtype(at::kBool));
  if (kept.numel() == 0) return kept;
  constexpr double nothing = -std::numeric_limits<double>::infinity();
  const at::Tensor candidates = at::where(scores.gt(nothing), scores, nothing);
  const auto [sorted, order] = at::sort(candidates, /*stable=*/true, 1, /*descending=*/true);
  const at::Tensor b = aligned_boxes(boxes), g = groups.contiguous();
  const ImageBoxes all{b.const_data_ptr<float>(), sorted.const_data_ptr<float>(),
                       order.const_data_ptr<int64_t>(), g.const_data_ptr<int>()};
  bool* out = kept.mutable_data_ptr<bool>();
  if (n <= most_paired) {
    suppress_by_pairs(all, scores.options(), out, batch, n, overlap);
    return kept;
  }
  const auto bytes = static_cast<size_t>((n + 63) / 64) * sizeof(Bits);
  suppress<<<static_cast<unsigned>(batch), suppression_threads, bytes,
             at::cuda::getCurrentCUDAStream()>>>(all, out, n, overlap);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  return kept;
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CUDA, library) {
  library.impl("box_suppression", suppression_on_gpu);
}

}  // namespace plumbline::kernels

#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include <limits>

#include "kernels/box_suppression.h"

namespace plumbline::kernels {

namespace {

constexpr int suppression_threads = 512, tile_boxes = 64;
/// A bit a candidate has to fit into shared memory beside the tile.
constexpr int64_t most_candidates = 262'144;

struct TileBox {
  double left, top, right, bottom, area;
  int group;
};

__device__ TileBox read_box(const float* __restrict__ boxes, const int* __restrict__ groups,
                            int64_t index) {
  const float4 box = *reinterpret_cast<const float4*>(boxes + 4 * index);
  TileBox read{box.x, box.y, box.z, box.w, 0, groups[index]};
  read.area = __dmul_rn(read.right - read.left, read.bottom - read.top);
  return read;
}

/// The operations of the CPU's kernel, none of them fused.
__device__ bool takes_away(const TileBox& surer, const TileBox& box, double overlap) {
  if (surer.group != box.group) return false;
  const double width = fmin(surer.right, box.right) - fmax(surer.left, box.left);
  const double height = fmin(surer.bottom, box.bottom) - fmax(surer.top, box.top);
  if (!(width > 0 && height > 0)) return false;
  const double shared = __dmul_rn(width, height);
  return shared / (surer.area + box.area - shared) > overlap;
}

/// A block has an image. Candidates lie in `order` by falling score; tile after tile is decided:
/// first within itself, then what it keeps is held against all that follow, in parallel. A bit in
/// shared memory says that a candidate is gone.
__global__ void __launch_bounds__(suppression_threads)
    suppress(const float* __restrict__ boxes, const float* __restrict__ sorted,
             const int64_t* __restrict__ order, const int* __restrict__ groups,
             bool* __restrict__ kept, int64_t n, double overlap) {
  extern __shared__ unsigned gone[];
  __shared__ TileBox tile[tile_boxes];
  __shared__ unsigned long long within[tile_boxes];
  __shared__ int stays[tile_boxes], staying, candidates;
  boxes += static_cast<int64_t>(blockIdx.x) * n * 4;
  sorted += static_cast<int64_t>(blockIdx.x) * n;
  order += static_cast<int64_t>(blockIdx.x) * n;
  groups += static_cast<int64_t>(blockIdx.x) * n;
  kept += static_cast<int64_t>(blockIdx.x) * n;
  for (int64_t word = threadIdx.x; word < (n + 31) / 32; word += blockDim.x) gone[word] = 0;
  if (threadIdx.x == 0) {
    // Scores fall, so that the first without one ends the candidates.
    int64_t low = 0, high = n;
    while (low < high) {
      const int64_t middle = (low + high) / 2;
      if (sorted[middle] > -INFINITY)
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
      tile[threadIdx.x] = read_box(boxes, groups, order[first + threadIdx.x]);
      within[threadIdx.x] = 0;
    }
    __syncthreads();
    for (int pair = threadIdx.x; pair < count * count; pair += blockDim.x) {
      const int surer = pair / count, other = pair % count;
      if (surer < other && takes_away(tile[surer], tile[other], overlap))
        atomicOr(&within[surer], 1ull << other);
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      staying = 0;
      unsigned long long away = 0;
      for (int i = 0; i < count; ++i) {
        const int place = first + i;
        if ((away >> i & 1) != 0 || (gone[place / 32] >> (place % 32) & 1) != 0) continue;
        away |= within[i];
        kept[order[place]] = true;
        stays[staying++] = i;
      }
    }
    __syncthreads();
    for (int place = first + count + threadIdx.x; place < candidates; place += blockDim.x) {
      if ((gone[place / 32] >> (place % 32) & 1) != 0) continue;
      const TileBox box = read_box(boxes, groups, order[place]);
      for (int i = 0; i < staying; ++i)
        if (takes_away(tile[stays[i]], box, overlap)) {
          atomicOr(&gone[place / 32], 1u << (place % 32));
          break;
        }
    }
    __syncthreads();
  }
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
  const at::Tensor b = boxes.contiguous(), g = groups.contiguous();
  const auto bytes = static_cast<size_t>((n + 31) / 32) * sizeof(unsigned);
  suppress<<<static_cast<unsigned>(batch), suppression_threads, bytes,
             at::cuda::getCurrentCUDAStream()>>>(
      b.const_data_ptr<float>(), sorted.const_data_ptr<float>(), order.const_data_ptr<int64_t>(),
      g.const_data_ptr<int>(), kept.mutable_data_ptr<bool>(), n, overlap);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  return kept;
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CUDA, library) {
  library.impl("box_suppression", suppression_on_gpu);
}

}  // namespace plumbline::kernels

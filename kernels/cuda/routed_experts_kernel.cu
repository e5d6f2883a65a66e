#include <limits>

#include <ATen/cuda/CUDAContext.h>
#include <ATen/ops/add.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <torch/library.h>

#include "kernels/aten/aten_routing.h"
#include "kernels/cuda/early_launch.cuh"
#include "kernels/cuda/expert_routing.cuh"
#include "kernels/cuda/grouped_products.cuh"
#include "kernels/cuda/routed_experts_paths.h"
#include "kernels/expert_pass.h"

namespace plumbline::kernels {

namespace {

bool is_ready(const at::Tensor& tensor) {
  return tensor.is_contiguous() &&
         reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr()) % 16 == 0;
}

/// Slots by expert.
struct SlotOrder {
  at::Tensor choice, order, ends;  ///< int32
  at::Tensor share;                ///< float32 [slots]
};

template <class Element>
SlotOrder route(const at::Tensor& x, const at::Tensor& gate, int64_t top_k) {
  const int64_t tokens = x.size(0), slots = tokens * top_k, experts = gate.size(0);
  const auto integers = x.options().dtype(at::kInt);
  SlotOrder made{at::empty({slots}, integers), at::empty({slots}, integers),
                 at::empty({experts}, integers), at::empty({slots}, x.options().dtype(at::kFloat))};
  const ExpertRouting<Element> routing{static_cast<const Element*>(x.const_data_ptr()),
                                       static_cast<const Element*>(gate.const_data_ptr()),
                                       made.choice.mutable_data_ptr<int>(),
                                       made.share.mutable_data_ptr<float>(),
                                       static_cast<int>(tokens),
                                       static_cast<int>(x.size(1)),
                                       static_cast<int>(experts),
                                       static_cast<int>(top_k)};
  const auto blocks = static_cast<unsigned>((tokens + tokens_per_block - 1) / tokens_per_block);
  if (experts <= 8)
    launch_early<choose_experts<Element, 1>>(blocks, routing_warps * 32, routing);
  else if (experts <= 16)
    launch_early<choose_experts<Element, 2>>(blocks, routing_warps * 32, routing);
  else
    launch_early<choose_experts<Element, 4>>(blocks, routing_warps * 32, routing);
  launch_early<sort_slots>(1, sorting_warps * 32, made.choice.const_data_ptr<int>(),
                           made.order.mutable_data_ptr<int>(), made.ends.mutable_data_ptr<int>(),
                           static_cast<int>(slots), static_cast<int>(experts));
  return made;
}

template <class Tile, bool gather, Activated activation, class Element>
void launch(const GroupedProduct<Element>& product, int64_t slots) {
  const auto kernel = multiply_grouped<Element, Tile, gather, activation>;
  C10_CUDA_CHECK(
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, Tile::bytes));
  const int64_t tiles = most_tiles(slots, product.groups, Tile::rows);
  const dim3 grid(static_cast<unsigned>((product.width + Tile::columns - 1) / Tile::columns),
                  static_cast<unsigned>(tiles));
  kernel<<<grid, Tile::threads, Tile::bytes, at::cuda::getCurrentCUDAStream()>>>(product);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

constexpr int pair_threads = 256;

/// A token's two results, rows that are neighbours, become one; a thread has eight columns.
template <class Element>
__global__ void __launch_bounds__(pair_threads)
    add_pairs(const Element* __restrict__ pairs, Element* __restrict__ sums, unsigned tokens,
              unsigned pieces) {
  const unsigned i = blockIdx.x * pair_threads + threadIdx.x;
  const unsigned token = i / pieces, piece = i % pieces;
  if (token >= tokens) return;
  const Element* first = pairs + (2 * static_cast<int64_t>(token) * pieces + piece) * 8;
  float sum[8], second[8];
  fragments::read_eight<Element>(sum, first);
  fragments::read_eight<Element>(second, first + static_cast<int64_t>(pieces) * 8);
#pragma unroll
  for (int j = 0; j < 8; ++j) sum[j] += second[j];
  fragments::write_eight<Element>(sums + static_cast<int64_t>(i) * 8, sum);
}

/// [2 · tokens, d] → [tokens, d].
template <class Element>
at::Tensor sums_of_pairs(const at::Tensor& outputs, int64_t tokens) {
  const int64_t d = outputs.size(1), pieces = tokens * (d / 8);
  if (pieces > std::numeric_limits<int>::max() - pair_threads) {
    const at::Tensor pairs = outputs.view({tokens, 2, d});
    return at::add(pairs.select(1, 0), pairs.select(1, 1));
  }
  const at::Tensor sums = at::empty({tokens, d}, outputs.options());
  const auto blocks = static_cast<unsigned>((pieces + pair_threads - 1) / pair_threads);
  add_pairs<Element><<<blocks, pair_threads, 0, at::cuda::getCurrentCUDAStream()>>>(
      static_cast<const Element*>(outputs.const_data_ptr()),
      static_cast<Element*>(sums.mutable_data_ptr()), static_cast<unsigned>(tokens),
      static_cast<unsigned>(d / 8));
  C10_CUDA_KERNEL_LAUNCH_CHECK();
  return sums;
}

/// By how many rows an expert has on average.
template <bool gather, Activated activation, class Element>
void multiply(const GroupedProduct<Element>& product, int64_t slots, ProductTiles tiles) {
  const int64_t rows = slots / product.groups;
  if (rows >= 64 && tiles == ProductTiles::of_device &&
      multiply_by_fed_tiles(product, gather, activation, slots))
    return;
  if (rows <= 24)
    launch<SmallProduct, gather, activation>(product, slots);
  else if (rows * product.width <= 512 * 1024)
    launch<MiddleProduct, gather, activation>(product, slots);
  else
    launch<LargeProduct, gather, activation>(product, slots);
}

template <class Element>
at::Tensor compute(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& w1,
                   const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2, int64_t top_k,
                   bool gelu, ProductTiles tiles) {
  const int64_t slots = x.size(0) * top_k, inner = w1.size(2), d = x.size(1);
  const auto data = [](const at::Tensor& tensor) {
    return static_cast<const Element*>(tensor.const_data_ptr());
  };
  const SlotOrder routes = route<Element>(x, gate, top_k);
  const at::Tensor hidden = at::empty({slots, inner}, x.options()),
                   outputs = at::empty({slots, d}, x.options());
  GroupedProduct<Element> product{};
  product.rows = data(x);
  product.order = routes.order.const_data_ptr<int>();
  product.ends = routes.ends.const_data_ptr<int>();
  product.weight = data(w1);
  product.bias = data(b1);
  product.result = static_cast<Element*>(hidden.mutable_data_ptr());
  product.groups = static_cast<int>(gate.size(0));
  product.depth = static_cast<int>(d);
  product.width = static_cast<int>(inner);
  product.top_k = static_cast<int>(top_k);
  if (gelu)
    multiply<true, Activated::gelu>(product, slots, tiles);
  else
    multiply<true, Activated::relu>(product, slots, tiles);
  product.rows = data(hidden);
  product.weight = data(w2);
  product.bias = data(b2);
  product.gate = routes.share.const_data_ptr<float>();
  product.result = static_cast<Element*>(outputs.mutable_data_ptr());
  product.depth = static_cast<int>(inner);
  product.width = static_cast<int>(d);
  multiply<false, Activated::no>(product, slots, tiles);
  return top_k == 1 ? outputs : sums_of_pairs<Element>(outputs, x.size(0));
}

}  // namespace

at::Tensor routed_experts_on_cuda(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& w1,
                                  const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                                  int64_t top_k, bool gelu, ProductTiles tiles) {
  const c10::cuda::CUDAGuard guard(x.device());
  const auto type = x.scalar_type();
  bool fits = (type == at::kBFloat16 || type == at::kHalf) && x.dim() == 2 && w1.dim() == 3 &&
              gate.dim() == 2 && x.size(1) % 8 == 0 && w1.size(2) % 8 == 0 &&
              w1.size(0) <= most_routed_experts && (top_k == 1 || top_k == 2) &&
              top_k <= gate.size(0) && at::cuda::getCurrentDeviceProperties()->major >= 8;
  if (fits)
    for (const auto* tensor : {&x, &gate, &w1, &b1, &w2, &b2})
      fits &= tensor->is_cuda() && tensor->scalar_type() == type && is_ready(*tensor);
  if (!fits || x.size(0) == 0) return routed_experts_by_aten(x, gate, w1, b1, w2, b2, top_k, gelu);
  const at::Tensor some = at::empty({x.size(0), top_k}, x.options().dtype(at::kLong));
  check_experts(x, some, w1, b1, w2, b2);
  TORCH_CHECK(gate.size(0) == w1.size(0) && gate.size(1) == x.size(1), "routed_experts: gate is ",
              gate.sizes(), ", expected [", w1.size(0), ", ", x.size(1), "]");
  return type == at::kBFloat16 ? compute<__nv_bfloat16>(x, gate, w1, b1, w2, b2, top_k, gelu, tiles)
                               : compute<__half>(x, gate, w1, b1, w2, b2, top_k, gelu, tiles);
}

namespace {

at::Tensor routed_experts_kernel(const at::Tensor& x, const at::Tensor& gate, const at::Tensor& w1,
                                 const at::Tensor& b1, const at::Tensor& w2, const at::Tensor& b2,
                                 int64_t top_k, bool gelu) {
  return routed_experts_on_cuda(x, gate, w1, b1, w2, b2, top_k, gelu, ProductTiles::of_device);
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CUDA, library) {
  library.impl("routed_experts", routed_experts_kernel);
}

}  // namespace plumbline::kernels

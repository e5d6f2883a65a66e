#include <algorithm>
#include <array>
#include <cmath>

#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAException.h>
#include <cudaTypedefs.h>

#include "kernels/cuda/grouped_product_fed.cuh"
#include "kernels/cuda/grouped_product_turned.cuh"
#include "kernels/cuda/grouped_products.cuh"

// Compiled for compute capability 9.0's own instructions besides (kernels/CMakeLists.txt).
namespace plumbline::kernels {

namespace {

using BroadTurned = TurnedTile<256, 4>;
using SquareTurned = TurnedTile<128, 5>;

/// The driver's function that describes tensors to the copy engine; null where it has none.
PFN_cuTensorMapEncodeTiled_v12000 tensor_map_encoder() {
  static const auto encoder = [] {
    void* found = nullptr;
    cudaDriverEntryPointQueryResult state{};
    const auto error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &found, 12000,
                                                        cudaEnableDefault, &state);
    if (error != cudaSuccess || state != cudaDriverEntryPointSuccess) {
      (void)cudaGetLastError();
      found = nullptr;
    }
    return reinterpret_cast<PFN_cuTensorMapEncodeTiled_v12000>(found);
  }();
  return encoder;
}

/// Of a tensor that lies together, its sizes and its boxes' the innermost first; false where the
/// engine does not take it.
template <class Element, std::size_t rank>
bool describe(CUtensorMap& map, const Element* data, const std::array<cuuint64_t, rank>& sizes,
              const std::array<cuuint32_t, rank>& box) {
  std::array<cuuint64_t, rank - 1> strides{};
  cuuint64_t bytes = sizeof(Element);
  for (std::size_t i = 0; i + 1 < rank; ++i) strides[i] = bytes *= sizes[i];
  std::array<cuuint32_t, rank> steps{};
  steps.fill(1);
  constexpr auto type = std::is_same_v<Element, __nv_bfloat16> ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16
                                                               : CU_TENSOR_MAP_DATA_TYPE_FLOAT16;
  return tensor_map_encoder()(&map, type, static_cast<cuuint32_t>(rank), const_cast<Element*>(data),
                              sizes.data(), strides.data(), box.data(), steps.data(),
                              CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
                              CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
                              CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

template <class Tile, bool gather, Activated activation, class Element>
auto kernel_of() {
  if constexpr (std::is_same_v<Tile, FedTile>)
    return multiply_grouped_fed<Element, gather, activation>;
  else
    return multiply_grouped_turned<Element, Tile, gather, activation>;
}

template <class Tile, bool gather, Activated activation, class Element>
bool launch(const GroupedProduct<Element>& product, int64_t slots) {
  const auto size = [](int64_t of) { return static_cast<cuuint64_t>(of); };
  CUtensorMap weights{}, rows{};
  if (!describe<Element, 3>(weights, product.weight,
                            {size(product.width), size(product.depth), size(product.groups)},
                            {64, Tile::depth, 1}))
    return false;
  if (!gather && !describe<Element, 2>(rows, product.rows, {size(product.depth), size(slots)},
                                       {Tile::depth, Tile::rows_at_once}))
    return false;
  const auto kernel = kernel_of<Tile, gather, activation, Element>();
  C10_CUDA_CHECK(
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, Tile::bytes));
  // All blocks at once: each takes its pieces, and a rest is shared among all.
  cudaLaunchConfig_t config{};
  config.gridDim =
      static_cast<unsigned>(at::cuda::getCurrentDeviceProperties()->multiProcessorCount);
  config.blockDim = Tile::threads;
  config.dynamicSmemBytes = Tile::bytes;
  config.stream = at::cuda::getCurrentCUDAStream();
  cudaLaunchAttribute begins_early{};
  begins_early.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  begins_early.val.programmaticStreamSerializationAllowed = 1;
  config.attrs = &begins_early;
  config.numAttrs = 1;
  C10_CUDA_CHECK(cudaLaunchKernelEx(&config, kernel, product, weights, rows));
  return true;
}

template <class Tile, class Element>
bool launch_any(const GroupedProduct<Element>& product, bool gather, Activated activation,
                int64_t slots) {
  if (!gather) return launch<Tile, false, Activated::no>(product, slots);
  return activation == Activated::gelu ? launch<Tile, true, Activated::gelu>(product, slots)
                                       : launch<Tile, true, Activated::relu>(product, slots);
}

/// Cycles of one stage of a tile, of which there are `tiles` on `processors`: what its products
/// read of shared memory and the fetching warps write there, or the share of the device's cache
/// that each processor has.
double cycles_of_stage(int columns, double rows, double tiles, double processors) {
  const double shared = columns / 64.0 * (64 + rows) + columns + rows;
  const double cache = 3.6 * (columns + rows) * std::min(1.0, tiles / processors);
  return std::max(shared, cache);
}

struct Tiling {
  double cycles;
  int rows;
};

/// The rows of a tile with which a product of tiles of so many columns takes the fewest cycles a
/// stage, a rest in pieces as PieceFinder makes them.
template <class Tile, class Element>
Tiling best_tiling(const GroupedProduct<Element>& product, int64_t slots, double processors) {
  Tiling best{};
  // Groups are of different sizes: so much larger than the average is one that counts.
  const double average = static_cast<double>(slots) / product.groups, larger = 1.08 * average;
  const double across = std::ceil(product.width / static_cast<double>(Tile::columns));
  const double stages = std::ceil(product.depth / static_cast<double>(Tile::depth));
  for (int rows = Tile::rows; rows >= 64; rows -= 16) {
    const double down = std::ceil(larger / rows), of_tile = average / down;
    const double tiles = down * product.groups * across;
    const double whole = std::floor(tiles / processors), rest = tiles - whole * processors;
    const int parts = Tile::columns / 2 >= Tile::narrowest && 2 * rest <= processors ? 2 : 1;
    const auto cycles_of = [&](int columns, double at_once) {
      return cycles_of_stage(columns, of_tile, at_once, processors) +
             0.075 * columns * of_tile / stages;  // while it is written
    };
    const double cycles = whole * cycles_of(Tile::columns, processors) +
                          (rest == 0 ? 0 : cycles_of(Tile::columns / parts, rest * parts));
    if (best.rows == 0 || cycles < 0.97 * best.cycles) best = {cycles, rows};
  }
  return best;
}

/// Groups of at most so many rows on average have turned products, larger ones fed products. A
/// group's last fed tile is half empty on average: a fifth of all rows that are multiplied in
/// groups of 256, but a thirtieth in groups of 2,048, too few to outweigh what turning costs.
/// Measured on an H200 with 8 groups, d 512 and inner 2,048, a whole layer turned and fed, µs: 47.5
/// and 48.3 (groups of 256), 65.4 and 71.3 (512), 183.8 and 174.9 (2,048), 337.6 and 331.2 (4,096).
/// Between 512 and 2,048 nothing was measured.
constexpr int64_t most_rows_turned = 1024;

/// Fewer fed tiles than processors leave some of these without work: then, too, products are
/// turned, whose tiles come in two widths. `slots` as in GroupedProduct.
template <class Element>
bool is_turned(const GroupedProduct<Element>& product, int64_t slots, int64_t processors) {
  const int64_t down = slots / FedTile::rows + product.groups / 2;
  const int64_t across = (product.width + FedTile::columns - 1) / FedTile::columns;
  return slots <= most_rows_turned * product.groups || down * across < processors;
}

}  // namespace

template <class Element>
bool multiply_by_fed_tiles(const GroupedProduct<Element>& product, bool gather,
                           Activated activation, int64_t slots) {
  const auto* device = at::cuda::getCurrentDeviceProperties();
  if (device->major != 9 || device->minor != 0 || tensor_map_encoder() == nullptr) return false;
  GroupedProduct<Element> tiled = product;
  if (!is_turned(product, slots, device->multiProcessorCount)) {
    tiled.tile_rows = FedTile::rows;
    return launch_any<FedTile>(tiled, gather, activation, slots);
  }
  const Tiling broad = best_tiling<BroadTurned>(product, slots, device->multiProcessorCount);
  const Tiling square = best_tiling<SquareTurned>(product, slots, device->multiProcessorCount);
  const bool is_square = square.cycles <= broad.cycles;
  tiled.tile_rows = is_square ? square.rows : broad.rows;
  return is_square ? launch_any<SquareTurned>(tiled, gather, activation, slots)
                   : launch_any<BroadTurned>(tiled, gather, activation, slots);
}

template bool multiply_by_fed_tiles(const GroupedProduct<__nv_bfloat16>&, bool, Activated, int64_t);
template bool multiply_by_fed_tiles(const GroupedProduct<__half>&, bool, Activated, int64_t);

}  // namespace plumbline::kernels

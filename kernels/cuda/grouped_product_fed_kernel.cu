#include <array>
#include <cmath>

#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAException.h>
#include <cudaTypedefs.h>

#include "kernels/cuda/grouped_product_fed.cuh"
#include "kernels/cuda/grouped_products.cuh"

// Compiled for compute capability 9.0's own instructions besides (kernels/CMakeLists.txt).
namespace plumbline::kernels {

namespace {

using BroadFed = FedTile<256, 4>;
using SquareFed = FedTile<128, 6>;

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
bool launch(const GroupedProduct<Element>& product, int64_t slots) {
  const auto size = [](int64_t of) { return static_cast<cuuint64_t>(of); };
  CUtensorMap weights{}, rows{};
  if (!describe<Element, 3>(weights, product.weight,
                            {size(product.width), size(product.depth), size(product.groups)},
                            {64, Tile::depth, 1}))
    return false;
  if (!gather && !describe<Element, 2>(rows, product.rows, {size(product.depth), size(slots)},
                                       {Tile::depth, Tile::rows}))
    return false;
  const auto kernel = multiply_grouped_fed<Element, Tile, gather, activation>;
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

/// Rounds of all processors that so many tiles take, a rest in pieces as PieceFinder makes them; a
/// half and a quarter of a tile take longer than that share of its time, since the rows are the
/// same.
double rounds(double tiles, double processors, bool broad) {
  const double whole = std::floor(tiles / processors), rest = tiles - whole * processors;
  const double square = 0.6, narrow = 0.4;
  double of_rest = broad ? 1 : square;
  if (rest == 0)
    of_rest = 0;
  else if (broad && 4 * rest <= processors)
    of_rest = narrow;
  else if (2 * rest <= processors)
    of_rest = broad ? square : narrow;
  return whole * (broad ? 1 : square) + of_rest;
}

}  // namespace

template <class Element>
bool multiply_by_fed_tiles(const GroupedProduct<Element>& product, bool gather,
                           Activated activation, int64_t slots) {
  const auto* device = at::cuda::getCurrentDeviceProperties();
  if (device->major != 9 || device->minor != 0 || tensor_map_encoder() == nullptr) return false;
  // The last tile of a group is half full on average.
  const double down = static_cast<double>(slots) / BroadFed::rows + 0.5 * product.groups;
  const auto tiles = [&](int columns) {
    return std::floor(down) * static_cast<double>((product.width + columns - 1) / columns);
  };
  const double processors = device->multiProcessorCount;
  const double broad = tiles(BroadFed::columns), square = tiles(SquareFed::columns);
  // Where not all processors have one, tiles of fewer columns have more of their factors on the
  // way.
  if (2 * broad <= processors ||
      rounds(square, processors, false) < rounds(broad, processors, true))
    return launch_any<SquareFed>(product, gather, activation, slots);
  return launch_any<BroadFed>(product, gather, activation, slots);
}

template bool multiply_by_fed_tiles(const GroupedProduct<__nv_bfloat16>&, bool, Activated, int64_t);
template bool multiply_by_fed_tiles(const GroupedProduct<__half>&, bool, Activated, int64_t);

}  // namespace plumbline::kernels

#include <algorithm>

#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAException.h>

#include "kernels/cuda/grouped_product_wide.cuh"
#include "kernels/cuda/grouped_products.cuh"

// Compiled for compute capability 9.0's own instructions besides (kernels/CMakeLists.txt).
namespace plumbline::kernels {

namespace {

using Broad = WideTile<256, 4>;
using Square = WideTile<128, 6>;

template <class Tile, bool gather, Activated activation, class Element>
void launch(const GroupedProduct<Element>& product, int64_t slots) {
  const auto kernel = multiply_grouped_wide<Element, Tile, gather, activation>;
  C10_CUDA_CHECK(
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, Tile::bytes));
  const int64_t across = (product.width + Tile::columns - 1) / Tile::columns,
                tiles = across * most_tiles(slots, product.groups, Tile::rows);
  const auto blocks = static_cast<unsigned>(
      std::min<int64_t>(tiles, at::cuda::getCurrentDeviceProperties()->multiProcessorCount));
  kernel<<<blocks, Tile::threads, Tile::bytes, at::cuda::getCurrentCUDAStream()>>>(product);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

template <class Tile, class Element>
void launch_any(const GroupedProduct<Element>& product, bool gather, Activated activation,
                int64_t slots) {
  if (!gather)
    launch<Tile, false, Activated::no>(product, slots);
  else if (activation == Activated::gelu)
    launch<Tile, true, Activated::gelu>(product, slots);
  else
    launch<Tile, true, Activated::relu>(product, slots);
}

}  // namespace

template <class Element>
bool multiply_by_wide_tiles(const GroupedProduct<Element>& product, bool gather,
                            Activated activation, int64_t slots) {
  const auto* device = at::cuda::getCurrentDeviceProperties();
  if (device->major != 9 || device->minor != 0) return false;
  const int64_t broad = slots / Broad::rows * (product.width / Broad::columns);
  // Broader tiles are multiplied faster, where there are enough for all processors to have some.
  if (2 * broad >= 3 * device->multiProcessorCount)
    launch_any<Broad>(product, gather, activation, slots);
  else
    launch_any<Square>(product, gather, activation, slots);
  return true;
}

template bool multiply_by_wide_tiles(const GroupedProduct<__nv_bfloat16>&, bool, Activated,
                                     int64_t);
template bool multiply_by_wide_tiles(const GroupedProduct<__half>&, bool, Activated, int64_t);

}  // namespace plumbline::kernels

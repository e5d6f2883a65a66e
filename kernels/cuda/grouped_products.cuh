#pragma once
#include <cstdint>

#include "kernels/cuda/grouped_product.cuh"

namespace plumbline::kernels {

/// multiply_grouped_wide's launch: whether the device has such products. `slots` as in
/// GroupedProduct, on the current stream.
template <class Element>
bool multiply_by_wide_tiles(const GroupedProduct<Element>& product, bool gather,
                            Activated activation, int64_t slots);

/// The same with warps that only fetch (grouped_product_fed.cuh). `early`: the stream's last kernel
/// has said that the next may begin (barriers.cuh).
template <class Element>
bool multiply_by_fed_tiles(const GroupedProduct<Element>& product, bool gather,
                           Activated activation, int64_t slots, bool early);

/// As many tiles of rows as there can be, whatever the routing: those beyond find nothing to do.
inline int64_t most_tiles(int64_t slots, int64_t groups, int64_t rows) {
  return (slots + rows - 1) / rows + (slots < groups ? slots : groups) - 1;
}

}  // namespace plumbline::kernels

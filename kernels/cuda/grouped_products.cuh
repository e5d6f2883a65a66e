#pragma once
#include <cstdint>

#include "kernels/cuda/grouped_product.cuh"

namespace plumbline::kernels {

/// The launch of multiply_grouped_fed, or for groups of few rows of multiply_grouped_turned:
/// whether the device has such products (compute capability 9.0). Which of the two is a rule of the
/// sizes alone. `slots` as in GroupedProduct, on the current stream. It begins while the stream's
/// last kernel ends, where that one allows it (barriers.cuh).
template <class Element>
bool multiply_by_fed_tiles(const GroupedProduct<Element>& product, bool gather,
                           Activated activation, int64_t slots);

/// As many tiles of rows as there can be, whatever the routing: those beyond find nothing to do.
inline int64_t most_tiles(int64_t slots, int64_t groups, int64_t rows) {
  return (slots + rows - 1) / rows + (slots < groups ? slots : groups) - 1;
}

}  // namespace plumbline::kernels

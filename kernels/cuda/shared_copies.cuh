#pragma once
#include <cstdint>

namespace plumbline::kernels {

/// From global to shared memory: the widest words that the address and the length allow. `to` has
/// the alignment of 16 bytes; `from` and `bytes` are multiples of 4.
__device__ inline void copy_words(const std::uint8_t* from, unsigned* to, int bytes) {
  if (((reinterpret_cast<std::uintptr_t>(from) | static_cast<unsigned>(bytes)) & 15) == 0) {
#pragma unroll 4
    for (int i = threadIdx.x; i < bytes / 16; i += blockDim.x)
      reinterpret_cast<uint4*>(to)[i] = __ldg(reinterpret_cast<const uint4*>(from) + i);
  } else {
#pragma unroll 4
    for (int i = threadIdx.x; i < bytes / 4; i += blockDim.x)
      to[i] = __ldg(reinterpret_cast<const unsigned*>(from) + i);
  }
}

}  // namespace plumbline::kernels

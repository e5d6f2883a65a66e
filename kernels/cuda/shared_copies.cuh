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

/// The same without waiting for what comes, of any alignment: `finish_copies` waits for what this
/// thread has started.
__device__ inline void start_copy(const std::uint8_t* from, std::uint8_t* to, int bytes) {
  const auto alignment =
      static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(from)) | static_cast<unsigned>(bytes);
#ifdef __CUDA_ARCH__
  const auto target = static_cast<unsigned>(__cvta_generic_to_shared(to));
  if ((alignment & 15) == 0) {
    for (int i = 16 * threadIdx.x; i < bytes; i += 16 * blockDim.x)
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(target + i), "l"(from + i)
                   : "memory");
    return;
  }
  if ((alignment & 3) == 0) {
    for (int i = 4 * threadIdx.x; i < bytes; i += 4 * blockDim.x)
      asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"(target + i), "l"(from + i)
                   : "memory");
    return;
  }
#endif
  for (int i = threadIdx.x; i < bytes; i += blockDim.x) to[i] = __ldg(from + i);
}
__device__ inline void finish_copies() {
#ifdef __CUDA_ARCH__
  asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}

}  // namespace plumbline::kernels

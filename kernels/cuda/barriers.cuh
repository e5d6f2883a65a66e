#pragma once
#include <cstdint>

#include <cuda.h>

#include "kernels/cuda/matrix_fragments.cuh"

/// Barriers in shared memory on which groups of warps hand pieces of it to each other, and the copy
/// engine that fills them (compute capability 9.0).
namespace plumbline::kernels {

/// Says that the next kernel of the stream may begin, where it was launched early, and waits until
/// all that this one's predecessors wrote is there. Nothing where it was not.
inline __device__ void begin_next_kernel() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}
inline __device__ void wait_for_last_kernel() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900

/// A phase of it ends when `arrivals` have arrived and all bytes that they announced have come.
inline __device__ void open_barrier(uint64_t* barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(fragments::shared_address(barrier)),
               "r"(arrivals)
               : "memory");
}
/// To be called by who opened barriers, before others and the copy engine use them.
inline __device__ void show_barriers() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
inline __device__ void arrive(uint64_t* barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(fragments::shared_address(barrier))
               : "memory");
}
inline __device__ void arrive_announcing(uint64_t* barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(
                   fragments::shared_address(barrier)),
               "r"(bytes)
               : "memory");
}
/// Once all that this thread has begun to copy with copy_ahead is there.
inline __device__ void arrive_when_copied(uint64_t* barrier) {
  asm volatile("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [%0];" ::"r"(
                   fragments::shared_address(barrier))
               : "memory");
}
/// Until the phase of this parity, 0 at first, has ended; that before the first has parity 1.
inline __device__ void wait_for_phase(uint64_t* barrier, unsigned parity) {
  unsigned ended = 0;
  do {
    asm volatile(
        "{\n.reg .pred ended;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 ended, [%1], %2;\n"
        "selp.u32 %0, 1, 0, ended;\n}\n"
        : "=r"(ended)
        : "r"(fragments::shared_address(barrier)), "r"(parity)
        : "memory");
  } while (ended == 0);
}

/// Copies a box of `map` from these coordinates on, the innermost first, and announces its bytes as
/// come at the barrier. What lies outside of the tensor comes as zeros.
inline __device__ void copy_box(void* to, const CUtensorMap& map, uint64_t* barrier, int x, int y) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, "
      "%4}], [%2];" ::"r"(fragments::shared_address(to)),
      "l"(reinterpret_cast<uint64_t>(&map)), "r"(fragments::shared_address(barrier)), "r"(x), "r"(y)
      : "memory");
}
inline __device__ void copy_box(void* to, const CUtensorMap& map, uint64_t* barrier, int x, int y,
                                int z) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, "
      "%4, %5}], [%2];" ::"r"(fragments::shared_address(to)),
      "l"(reinterpret_cast<uint64_t>(&map)), "r"(fragments::shared_address(barrier)), "r"(x),
      "r"(y), "r"(z)
      : "memory");
}
inline __device__ void fetch_map(const CUtensorMap& map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(reinterpret_cast<uint64_t>(&map)) : "memory");
}

#endif

}  // namespace plumbline::kernels

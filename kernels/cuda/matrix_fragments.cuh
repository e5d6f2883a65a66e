#pragma once
#include <type_traits>

#include <cuda_bf16.h>
#include <cuda_fp16.h>

/// Pieces of matrix products on tensor cores, for bfloat16 and float16 with sums in float32: copies
/// into shared memory in the background, fragments read from there, m16n8k16 products. A lane is
/// (g, t) = (lane / 4, lane % 4). It holds of a 16 × 8 sum rows g and g + 8, columns 2t and 2t + 1.
namespace plumbline::kernels::fragments {

// Processors before 8.0 have none of these: ops refuse them, and this only has to compile.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
#define PLUMBLINE_NO_FRAGMENTS
#endif

/// Rows in shared memory of `width` elements of 2 bytes. Their 16-byte pieces change places from
/// row to row such that eight rows' same pieces lie in different banks.
template <int width>
struct Rows {
  static constexpr int pieces = width / 8;
  static_assert(pieces == 4 || pieces == 8 || pieces == 16);
  /// In elements.
  __device__ static int offset(int row, int piece) {
    const int turned = pieces == 4 ? piece ^ ((row >> 1) & 3) : piece ^ (row & 7);
    return row * width + turned * 8;
  }
};

inline __device__ unsigned shared_address(const void* pointer) {
  return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

#ifdef PLUMBLINE_NO_FRAGMENTS
inline __device__ void copy_ahead(void*, const void*, bool) {}
inline __device__ void close_group() {}
template <int open>
__device__ void wait_for_groups() {}
inline __device__ void read_four(unsigned (&)[4], const void*) {}
inline __device__ void read_four_turned(unsigned (&)[4], const void*) {}
template <class Element>
__device__ void multiply_add(float (&)[4], const unsigned (&)[4], unsigned, unsigned) {}
#else
/// Copies 16 bytes to shared memory in the background, or zeros where `there` is false.
inline __device__ void copy_ahead(void* target, const void* source, bool there) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(target)),
               "l"(source), "r"(there ? 16 : 0));
}
inline __device__ void close_group() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int open>
__device__ void wait_for_groups() {
  asm volatile("cp.async.wait_group %0;" ::"n"(open) : "memory");
}

/// Four 8 × 8 matrices, whose rows lanes 8m … 8m + 7 point at.
inline __device__ void read_four(unsigned (&to)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(shared_address(row))
               : "memory");
}
/// The same, each matrix transposed.
inline __device__ void read_four_turned(unsigned (&to)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(shared_address(row))
               : "memory");
}

/// sum += a (16 × 16) · b (16 × 8).
template <class Element>
__device__ void multiply_add(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  if constexpr (std::is_same_v<Element, __nv_bfloat16>)
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  else
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
#endif

/// Two neighbours in one register, the first in its lower half.
template <class Element>
__device__ unsigned packed(float first, float second) {
  unsigned bits;
  if constexpr (std::is_same_v<Element, __nv_bfloat16>) {
    const __nv_bfloat162 pair = __floats2bfloat162_rn(first, second);
    bits = *reinterpret_cast<const unsigned*>(&pair);
  } else {
    const __half2 pair = __floats2half2_rn(first, second);
    bits = *reinterpret_cast<const unsigned*>(&pair);
  }
  return bits;
}

template <class Element>
__device__ float2 unpacked(unsigned bits) {
  if constexpr (std::is_same_v<Element, __nv_bfloat16>)
    return __bfloat1622float2(*reinterpret_cast<const __nv_bfloat162*>(&bits));
  else
    return __half22float2(*reinterpret_cast<const __half2*>(&bits));
}

/// Eight neighbours from and to aligned memory.
template <class Element>
__device__ void read_eight(float (&values)[8], const Element* from) {
  const uint4 bits = *reinterpret_cast<const uint4*>(from);
  const unsigned words[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 pair = unpacked<Element>(words[i]);
    values[2 * i] = pair.x, values[2 * i + 1] = pair.y;
  }
}

template <class Element>
__device__ void write_eight(Element* to, const float (&values)[8]) {
  *reinterpret_cast<uint4*>(to) =
      make_uint4(packed<Element>(values[0], values[1]), packed<Element>(values[2], values[3]),
                 packed<Element>(values[4], values[5]), packed<Element>(values[6], values[7]));
}

}  // namespace plumbline::kernels::fragments

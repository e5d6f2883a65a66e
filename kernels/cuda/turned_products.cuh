#pragma once
#include <cstdint>

#include "kernels/cuda/column_products.cuh"

/// Products of four warps (wgmma, compute capability 9.0 alone) in which weights are the left
/// factor: 64 of their columns with 32 to 160 rows of the right one, so that the number of rows
/// need not be a multiple of 64.
namespace plumbline::kernels {

#ifdef PLUMBLINE_COLUMN_PRODUCTS

// clang-format off
#define PLUMBLINE_NUMBERS_0_16                                                                    \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15"
#define PLUMBLINE_NUMBERS_0_32 PLUMBLINE_NUMBERS_0_16 ", "                                        \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define PLUMBLINE_NUMBERS_0_48 PLUMBLINE_NUMBERS_0_32 ", "                                        \
  "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47"
#define PLUMBLINE_NUMBERS_0_64 PLUMBLINE_NUMBERS_0_48 ", "                                        \
  "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define PLUMBLINE_NUMBERS_0_72 PLUMBLINE_NUMBERS_0_64 ", "                                        \
  "%64, %65, %66, %67, %68, %69, %70, %71"
#define PLUMBLINE_NUMBERS_0_80 PLUMBLINE_NUMBERS_0_72 ", "                                        \
  "%72, %73, %74, %75, %76, %77, %78, %79"
#define PLUMBLINE_SUMS_8(i)                                                                       \
  "+f"(s[i]), "+f"(s[i + 1]), "+f"(s[i + 2]), "+f"(s[i + 3]), "+f"(s[i + 4]), "+f"(s[i + 5]),     \
  "+f"(s[i + 6]), "+f"(s[i + 7])
#define PLUMBLINE_SUMS_16(i) PLUMBLINE_SUMS_8(i), PLUMBLINE_SUMS_8(i + 8)
#define PLUMBLINE_TURNED(type, rows, numbers, of_left, of_right, of_goes_on, ...)                 \
  asm volatile("{\n.reg .pred goes_on;\nsetp.ne.b32 goes_on, " of_goes_on ", 0;\n"                \
               "wgmma.mma_async.sync.aligned.m64n" rows "k16.f32." type "." type " {" numbers "}, " \
               of_left ", " of_right ", goes_on, 1, 1, 1, 0;\n}\n"                                \
               : __VA_ARGS__                                                                      \
               : "l"(left), "l"(right), "r"(static_cast<int>(goes_on)))
// clang-format on

/// sums (64 × rows) (+)= leftᵀ (16 × 64, by rows) · rightᵀ (rows × 16, by rows), both `described`.
/// Of `s` what 64 × rows take, from the front on.
template <class Element, int rows, int size>
__device__ void multiply_turned(float (&s)[size], uint64_t left, uint64_t right, bool goes_on) {
  static_assert(2 * size >= rows);
  constexpr bool brain = std::is_same_v<Element, __nv_bfloat16>;
#define PLUMBLINE_TURNED_ROWS(number, text, numbers, of_left, of_right, of_goes_on, ...) \
  if constexpr (rows == number && brain)                                                 \
    PLUMBLINE_TURNED("bf16", text, numbers, of_left, of_right, of_goes_on, __VA_ARGS__); \
  else if constexpr (rows == number)                                                     \
  PLUMBLINE_TURNED("f16", text, numbers, of_left, of_right, of_goes_on, __VA_ARGS__)
  PLUMBLINE_TURNED_ROWS(32, "32", PLUMBLINE_NUMBERS_0_16, "%16", "%17", "%18",
                        PLUMBLINE_SUMS_16(0));
  PLUMBLINE_TURNED_ROWS(64, "64", PLUMBLINE_NUMBERS_0_32, "%32", "%33", "%34", PLUMBLINE_SUMS_16(0),
                        PLUMBLINE_SUMS_16(16));
  PLUMBLINE_TURNED_ROWS(96, "96", PLUMBLINE_NUMBERS_0_48, "%48", "%49", "%50", PLUMBLINE_SUMS_16(0),
                        PLUMBLINE_SUMS_16(16), PLUMBLINE_SUMS_16(32));
  PLUMBLINE_TURNED_ROWS(128, "128", PLUMBLINE_NUMBERS_0_64, "%64", "%65", "%66",
                        PLUMBLINE_SUMS_16(0), PLUMBLINE_SUMS_16(16), PLUMBLINE_SUMS_16(32),
                        PLUMBLINE_SUMS_16(48));
  PLUMBLINE_TURNED_ROWS(144, "144", PLUMBLINE_NUMBERS_0_72, "%72", "%73", "%74",
                        PLUMBLINE_SUMS_16(0), PLUMBLINE_SUMS_16(16), PLUMBLINE_SUMS_16(32),
                        PLUMBLINE_SUMS_16(48), PLUMBLINE_SUMS_8(64));
  PLUMBLINE_TURNED_ROWS(160, "160", PLUMBLINE_NUMBERS_0_80, "%80", "%81", "%82",
                        PLUMBLINE_SUMS_16(0), PLUMBLINE_SUMS_16(16), PLUMBLINE_SUMS_16(32),
                        PLUMBLINE_SUMS_16(48), PLUMBLINE_SUMS_16(64));
#undef PLUMBLINE_TURNED_ROWS
}
#undef PLUMBLINE_TURNED
#undef PLUMBLINE_SUMS_16
#undef PLUMBLINE_SUMS_8
#undef PLUMBLINE_NUMBERS_0_80
#undef PLUMBLINE_NUMBERS_0_72
#undef PLUMBLINE_NUMBERS_0_64
#undef PLUMBLINE_NUMBERS_0_48
#undef PLUMBLINE_NUMBERS_0_32
#undef PLUMBLINE_NUMBERS_0_16

/// Four 8 × 8 matrices into shared memory, each transposed; lanes 8m … 8m + 7 point at rows.
inline __device__ void write_four_turned(void* row, const unsigned (&from)[4]) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(
                   fragments::shared_address(row)),
               "r"(from[0]), "r"(from[1]), "r"(from[2]), "r"(from[3])
               : "memory");
}

#endif

}  // namespace plumbline::kernels

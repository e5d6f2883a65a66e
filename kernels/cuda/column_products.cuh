#pragma once
#include <cstdint>

#include "kernels/cuda/grouped_product_wide.cuh"

/// Products of four warps (wgmma) of 64 rows with 64, 128 or 256 columns, whose sums start anew or
/// go on.
namespace plumbline::kernels {

#ifdef PLUMBLINE_WIDE_PRODUCTS

// clang-format off
#define PLUMBLINE_NUMBERS_OF_32                                                                   \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "                        \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define PLUMBLINE_NUMBERS_OF_64                                                                   \
  PLUMBLINE_NUMBERS_OF_32 ", "                                                                    \
  "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "              \
  "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define PLUMBLINE_NUMBERS_OF_128                                                                  \
  PLUMBLINE_NUMBERS_OF_64 ", "                                                                    \
  "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "              \
  "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "              \
  "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "  \
  "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"
#define PLUMBLINE_SUMS_8(i)                                                                       \
  "+f"(s[i]), "+f"(s[i + 1]), "+f"(s[i + 2]), "+f"(s[i + 3]), "+f"(s[i + 4]), "+f"(s[i + 5]),     \
  "+f"(s[i + 6]), "+f"(s[i + 7])
#define PLUMBLINE_SUMS_32(i)                                                                      \
  PLUMBLINE_SUMS_8(i), PLUMBLINE_SUMS_8(i + 8), PLUMBLINE_SUMS_8(i + 16), PLUMBLINE_SUMS_8(i + 24)
#define PLUMBLINE_PRODUCT(type, columns, numbers, of_left, of_right, of_goes_on, ...)             \
  asm volatile("{\n.reg .pred goes_on;\nsetp.ne.b32 goes_on, " of_goes_on ", 0;\n"                \
               "wgmma.mma_async.sync.aligned.m64n" columns "k16.f32." type "." type " {" numbers "}, " \
               of_left ", " of_right ", goes_on, 1, 1, 0, 1;\n}\n"                                \
               : __VA_ARGS__                                                                      \
               : "l"(left), "l"(right), "r"(static_cast<int>(goes_on)))
// clang-format on

/// sums (64 × columns) (+)= left (64 × 16, by rows) · right (16 × columns, by rows), as
/// grouped_product_wide.cuh describes factors. Of `s` what 64 × columns take, from the front on.
template <class Element, int columns, int size>
__device__ void multiply_columns(float (&s)[size], uint64_t left, uint64_t right, bool goes_on) {
  static_assert(2 * size >= columns);
  constexpr bool brain = std::is_same_v<Element, __nv_bfloat16>;
  if constexpr (columns == 64 && brain)
    PLUMBLINE_PRODUCT("bf16", "64", PLUMBLINE_NUMBERS_OF_32, "%32", "%33", "%34",
                      PLUMBLINE_SUMS_32(0));
  else if constexpr (columns == 64 && !brain)
    PLUMBLINE_PRODUCT("f16", "64", PLUMBLINE_NUMBERS_OF_32, "%32", "%33", "%34",
                      PLUMBLINE_SUMS_32(0));
  else if constexpr (columns == 128 && brain)
    PLUMBLINE_PRODUCT("bf16", "128", PLUMBLINE_NUMBERS_OF_64, "%64", "%65", "%66",
                      PLUMBLINE_SUMS_32(0), PLUMBLINE_SUMS_32(32));
  else if constexpr (columns == 128 && !brain)
    PLUMBLINE_PRODUCT("f16", "128", PLUMBLINE_NUMBERS_OF_64, "%64", "%65", "%66",
                      PLUMBLINE_SUMS_32(0), PLUMBLINE_SUMS_32(32));
  else if constexpr (columns == 256 && brain)
    PLUMBLINE_PRODUCT("bf16", "256", PLUMBLINE_NUMBERS_OF_128, "%128", "%129", "%130",
                      PLUMBLINE_SUMS_32(0), PLUMBLINE_SUMS_32(32), PLUMBLINE_SUMS_32(64),
                      PLUMBLINE_SUMS_32(96));
  else if constexpr (columns == 256 && !brain)
    PLUMBLINE_PRODUCT("f16", "256", PLUMBLINE_NUMBERS_OF_128, "%128", "%129", "%130",
                      PLUMBLINE_SUMS_32(0), PLUMBLINE_SUMS_32(32), PLUMBLINE_SUMS_32(64),
                      PLUMBLINE_SUMS_32(96));
}
#undef PLUMBLINE_PRODUCT
#undef PLUMBLINE_SUMS_32
#undef PLUMBLINE_SUMS_8
#undef PLUMBLINE_NUMBERS_OF_128
#undef PLUMBLINE_NUMBERS_OF_64
#undef PLUMBLINE_NUMBERS_OF_32

#endif

}  // namespace plumbline::kernels

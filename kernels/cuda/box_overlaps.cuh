#pragma once
#include <cstdint>

/// Whether a box takes another away, as the kernel of the CPU decides it
/// (kernels/box_suppression.h).
namespace plumbline::kernels {

struct GroupedBox {
  float4 sides;  ///< left, top, right, bottom
  int group;
};

__device__ inline GroupedBox read_box(const float* __restrict__ boxes,
                                      const int* __restrict__ groups, int64_t index) {
  return {*reinterpret_cast<const float4*>(boxes + 4 * index), groups[index]};
}

/// In the CPU's order of operations, none of them fused.
__device__ inline double area_of(const float4& box) {
  return __dmul_rn(static_cast<double>(box.z) - box.x, static_cast<double>(box.w) - box.y);
}

__device__ inline bool takes_away(const GroupedBox& surer, const GroupedBox& box, double overlap) {
  // Which of two floats is greater needs no float64, and most pairs do not touch.
  const float left = fmaxf(surer.sides.x, box.sides.x), top = fmaxf(surer.sides.y, box.sides.y);
  const float right = fminf(surer.sides.z, box.sides.z), bottom = fminf(surer.sides.w, box.sides.w);
  if (surer.group != box.group || !(right > left && bottom > top)) return false;
  const double shared =
      __dmul_rn(static_cast<double>(right) - left, static_cast<double>(bottom) - top);
  return shared / (area_of(surer.sides) + area_of(box.sides) - shared) > overlap;
}

}  // namespace plumbline::kernels

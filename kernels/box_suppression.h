#pragma once
#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// Which boxes are left when each takes away those of its group that overlap it too much and are
/// less sure: greedy suppression of non-maxima, for a batch of images at once.
///
/// boxes: [batch, n, 4] of float32: left, top, right, bottom. scores: [batch, n] of float32; −inf
/// and NaN are no candidates. groups: [batch, n] of int32: boxes of different groups (classes) do
/// not touch each other; negative ones are allowed. overlap: 0 to 1.
/// Returns bool [batch, n]: kept. By falling score (of equal ones the earlier first) a candidate is
/// kept unless its intersection over union with a kept one of its group is greater than `overlap`.
/// Areas and quotient are computed in float64 without fused products, so that CPU and GPU keep the
/// same boxes; there is no pixel to be added to a side, and a box without area overlaps nothing.
/// Deterministic. On CUDA nothing is read on the host, so that a graph can hold it; n is at most
/// 262,144 there. No gradient. Errors (c10::Error): shapes, types, devices, an overlap out of
/// range.
at::Tensor box_suppression(const at::Tensor& boxes, const at::Tensor& scores,
                           const at::Tensor& groups, double overlap);

}  // namespace plumbline::kernels

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/library.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/box_suppression.h"

namespace plumbline::kernels {

namespace {

struct SuppressedBox {
  double left, top, right, bottom, area;
};

SuppressedBox measured(const float* box) {
  const double left = box[0], top = box[1], right = box[2], bottom = box[3];
  return {left, top, right, bottom, (right - left) * (bottom - top)};
}

bool overlaps_more(const SuppressedBox& a, const SuppressedBox& b, double overlap) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  if (!(width > 0 && height > 0)) return false;
  const double shared = width * height;
  return shared / (a.area + b.area - shared) > overlap;
}

/// One image. Groups do not touch each other, so that they are done one after another.
void suppress_image(const float* boxes, const float* scores, const std::int32_t* groups,
                    std::int64_t n, double overlap, bool* kept) {
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < n; ++i)
    if (scores[i] > -std::numeric_limits<float>::infinity()) order.push_back(i);
  std::ranges::sort(order, [&](std::int64_t a, std::int64_t b) {
    if (groups[a] != groups[b]) return groups[a] < groups[b];
    if (scores[a] != scores[b]) return scores[a] > scores[b];
    return a < b;
  });
  std::vector<SuppressedBox> stay;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || groups[order[i]] != groups[order[i - 1]]) stay.clear();
    const SuppressedBox box = measured(boxes + 4 * order[i]);
    const bool covered = std::ranges::any_of(
        stay, [&](const SuppressedBox& surer) { return overlaps_more(surer, box, overlap); });
    if (covered) continue;
    stay.push_back(box);
    kept[order[i]] = true;
  }
}

at::Tensor suppression_kernel(const at::Tensor& boxes, const at::Tensor& scores,
                              const at::Tensor& groups, double overlap) {
  const at::Tensor b = boxes.contiguous(), s = scores.contiguous(), g = groups.contiguous();
  const std::int64_t batch = s.size(0), n = s.size(1);
  at::Tensor kept = at::zeros({batch, n}, s.options().dtype(at::kBool));
  const float *box = b.const_data_ptr<float>(), *score = s.const_data_ptr<float>();
  const std::int32_t* group = g.const_data_ptr<std::int32_t>();
  bool* out = kept.mutable_data_ptr<bool>();
  at::parallel_for(0, batch, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      suppress_image(box + 4 * n * i, score + n * i, group + n * i, n, overlap, out + n * i);
  });
  return kept;
}

}  // namespace

TORCH_LIBRARY_IMPL(plumbline, CPU, library) { library.impl("box_suppression", suppression_kernel); }

}  // namespace plumbline::kernels

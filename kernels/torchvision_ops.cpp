#include "kernels/torchvision_ops.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>
#include <torch/library.h>

#include "kernels/box_suppression.h"

namespace plumbline::kernels {

at::Tensor torchvision_nms(const at::Tensor& boxes, const at::Tensor& scores, double overlap) {
  TORCH_CHECK(boxes.dim() == 2 && boxes.size(1) == 4, "boxes are n × 4, not ", boxes.sizes());
  TORCH_CHECK(scores.dim() == 1 && scores.size(0) == boxes.size(0), "scores are n, not ",
              scores.sizes());
  const at::Tensor groups = at::zeros({1, boxes.size(0)}, boxes.options().dtype(at::kInt));
  const at::Tensor kept = box_suppression(boxes.to(at::kFloat).unsqueeze(0),
                                          scores.to(at::kFloat).unsqueeze(0), groups, overlap)[0];
  const auto [sorted, order] = at::sort(scores, /*stable=*/true, 0, /*descending=*/true);
  return order.masked_select(kept.index_select(0, order));
}

at::Tensor torchvision_roi_align(const at::Tensor& input, const at::Tensor& regions, double scale,
                                 std::int64_t pooled_height, std::int64_t pooled_width,
                                 std::int64_t ratio, bool aligned) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("torchvision::roi_align", "")
                             .typed<decltype(torchvision_roi_align)>();
  return op.call(input, regions, scale, pooled_height, pooled_width, ratio, aligned);
}

TORCH_LIBRARY_FRAGMENT(torchvision, library) {
  library.def("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor");
  library.def(
      "roi_align(Tensor input, Tensor rois, float spatial_scale, int pooled_height, "
      "int pooled_width, int sampling_ratio, bool aligned) -> Tensor");
}

TORCH_LIBRARY_IMPL(torchvision, CompositeExplicitAutograd, library) {
  library.impl("nms", torchvision_nms);
}

}  // namespace plumbline::kernels

#include "kernels/box_suppression.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/util/Exception.h>
#include <torch/library.h>

namespace plumbline::kernels {

at::Tensor box_suppression(const at::Tensor& boxes, const at::Tensor& scores,
                           const at::Tensor& groups, double overlap) {
  TORCH_CHECK(boxes.dim() == 3 && boxes.size(2) == 4, "boxes are batch × n × 4, not ",
              boxes.sizes());
  TORCH_CHECK(scores.sizes() == boxes.sizes().slice(0, 2), "scores are batch × n, not ",
              scores.sizes());
  TORCH_CHECK(groups.sizes() == scores.sizes(), "groups are batch × n, not ", groups.sizes());
  TORCH_CHECK(boxes.scalar_type() == at::kFloat && scores.scalar_type() == at::kFloat,
              "boxes and scores are float32");
  TORCH_CHECK(groups.scalar_type() == at::kInt, "groups are int32");
  TORCH_CHECK(boxes.device() == scores.device() && boxes.device() == groups.device(),
              "boxes, scores and groups must be on one device");
  TORCH_CHECK(overlap >= 0 && overlap <= 1, "the overlap is 0 to 1, not ", overlap);
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("plumbline::box_suppression", "")
                             .typed<decltype(box_suppression)>();
  return op.call(boxes, scores, groups, overlap);
}

TORCH_LIBRARY_FRAGMENT(plumbline, library) {
  library.def(
      "box_suppression(Tensor boxes, Tensor scores, Tensor groups, float overlap) -> Tensor");
}

}  // namespace plumbline::kernels

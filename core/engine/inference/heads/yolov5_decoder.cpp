#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include "core/engine/inference/heads/box_decoder.h"

namespace plumbline {

namespace {

constexpr std::int64_t yolov5_box_columns = 5;

bool is_yolov5_list(const at::Tensor& tensor, std::int64_t columns) {
  return tensor.dim() == 3 && tensor.size(2) == columns;
}

/// The places of all strides after each other. Exports of raw outputs give a tensor a stride,
/// [batch, anchors, rows, columns, 5 + classes], or all of them joined.
Result<at::Tensor> joined_places(const NetworkOutput& output, std::int64_t batch,
                                 std::int64_t columns) {
  std::vector<at::Tensor> grids;
  for (const OutputTensor& entry : output.tensors())
    if (entry.tensor.dim() == 5 && entry.tensor.size(4) == columns)
      grids.push_back(entry.tensor.to(at::kFloat).reshape({entry.tensor.size(0), -1, columns}));
  // A model in evaluation gives the decoded list first and the grids beside it.
  const auto list = pick_tensor(
      output, fmt::format("{} × boxes × {} (5 and one column per class)", batch, columns),
      is_yolov5_list, columns);
  if (list || grids.empty()) return list;
  return at::cat(grids, 1);
}

/// [batch, boxes, 5 + classes]: centre, size, objectness, classes. Raw: all of them before their
/// sigmoid, centre = (2 σ − 0.5 + cell) · stride, size = (2 σ)² · anchor.
Result<BoxParts> read_yolov5(const NetworkOutput& output, const ModelCard& card,
                             std::int64_t batch) {
  const auto& kind = std::get<BoxOutput>(card.output.details);
  const auto columns = static_cast<std::int64_t>(card.classes.size()) + yolov5_box_columns;
  const auto picked = joined_places(output, batch, columns);
  TRY(picked);
  const std::int64_t n = picked->size(1);
  if (!kind.strides.empty() && (!kind.decoded || !kind.anchors.empty()) && n != cell_count(card))
    return wrong_places(n, card);
  at::Tensor centres = picked->narrow(2, 0, 4);
  if (!kind.decoded) {
    const CellPlaces cells = cell_places(card, picked->device());
    const at::Tensor doubled = centres.sigmoid() * 2;
    centres = at::cat({(doubled.narrow(2, 0, 2) - 0.5 + cells.places) * cells.strides,
                       doubled.narrow(2, 2, 2).square() * cells.anchors},
                      2);
  }
  return BoxParts{sides_of_centres(centres),
                  picked->select(2, 4),
                  picked->narrow(2, yolov5_box_columns, columns - yolov5_box_columns),
                  {},
                  {},
                  false};
}

}  // namespace

const BoxDecoder& yolov5_decoder() {
  static constexpr BoxDecoder decoder = {"yolov5", read_yolov5};
  return decoder;
}

}  // namespace plumbline

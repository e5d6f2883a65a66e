#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include "core/engine/inference/heads/box_decoder.h"

namespace plumbline {

namespace {

constexpr std::int64_t yolox_box_columns = 5;

bool is_yolox(const at::Tensor& tensor, std::int64_t columns) {
  return tensor.dim() == 3 && tensor.size(2) == columns;
}

/// [batch, cells, 5 + classes]: offset of the centre, logarithm of the size, objectness, classes;
/// strides after each other, rows of cells outside. Raw: centre = (offset + cell) · stride, size =
/// exp(value) · stride.
Result<BoxParts> read_yolox(const NetworkOutput& output, const ModelCard& card,
                            std::int64_t batch) {
  const auto& kind = std::get<BoxOutput>(card.output.details);
  const auto columns = static_cast<std::int64_t>(card.classes.size()) + yolox_box_columns;
  const auto picked = pick_tensor(
      output, fmt::format("{} × cells × {} (5 and one column per class)", batch, columns), is_yolox,
      columns);
  TRY(picked);
  const std::int64_t n = picked->size(1);
  if (!kind.strides.empty() && n != cell_count(card)) return wrong_places(n, card);
  at::Tensor centres = picked->narrow(2, 0, 4);
  if (!kind.decoded) {
    const CellPlaces cells = cell_places(card, picked->device());
    centres = at::cat({(centres.narrow(2, 0, 2) + cells.places) * cells.strides,
                       centres.narrow(2, 2, 2).exp() * cells.strides},
                      2);
  }
  return BoxParts{sides_of_centres(centres),
                  picked->select(2, 4),
                  picked->narrow(2, yolox_box_columns, columns - yolox_box_columns),
                  {},
                  {},
                  false};
}

}  // namespace

const BoxDecoder& yolox_decoder() {
  static constexpr BoxDecoder decoder = {"yolox", read_yolox};
  return decoder;
}

}  // namespace plumbline

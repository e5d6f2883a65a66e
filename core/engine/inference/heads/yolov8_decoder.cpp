#include <fmt/format.h>

#include "core/engine/inference/heads/box_decoder.h"

namespace plumbline {

namespace {

constexpr std::int64_t yolov8_box_rows = 4;

bool is_yolov8(const at::Tensor& tensor, std::int64_t rows) {
  return tensor.dim() == 3 && tensor.size(1) == rows;
}

/// [batch, 4 + classes, boxes]: centre and size in pixels, a row a class; no objectness.
Result<BoxParts> read_yolov8(const NetworkOutput& output, const ModelCard& card,
                             std::int64_t batch) {
  const auto& kind = std::get<BoxOutput>(card.output.details);
  const auto rows = static_cast<std::int64_t>(card.classes.size()) + yolov8_box_rows;
  const auto picked =
      pick_tensor(output, fmt::format("{} × {} (4 and one row per class) × boxes", batch, rows),
                  is_yolov8, rows);
  TRY(picked);
  const at::Tensor places = picked->transpose(1, 2);
  if (!kind.strides.empty() && places.size(1) != cell_count(card))
    return wrong_places(places.size(1), card);
  return BoxParts{sides_of_centres(places.narrow(2, 0, 4)),
                  {},
                  places.narrow(2, yolov8_box_rows, rows - yolov8_box_rows),
                  {},
                  {},
                  false};
}

}  // namespace

const BoxDecoder& yolov8_decoder() {
  static constexpr BoxDecoder decoder = {"yolov8", read_yolov8};
  return decoder;
}

}  // namespace plumbline

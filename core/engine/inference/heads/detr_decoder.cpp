#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include "core/engine/inference/heads/box_decoder.h"

namespace plumbline {

namespace {

bool is_detr_boxes(const at::Tensor& tensor, std::int64_t) {
  return tensor.dim() == 3 && tensor.size(2) == 4;
}

bool is_detr_classes(const at::Tensor& tensor, std::int64_t classes) {
  return tensor.dim() == 3 && (tensor.size(2) == classes || tensor.size(2) == classes + 1);
}

/// The last part of a name, where tensors lie within each other.
std::string_view last_word(std::string_view name) { return name.substr(name.rfind('.') + 1); }

/// By the names that DETR and its like give them, by shape where they have none.
Result<at::Tensor> named_or_picked(const NetworkOutput& output, std::string_view name,
                                   std::string_view other, const std::string& wanted,
                                   bool (*fits)(const at::Tensor&, std::int64_t),
                                   std::int64_t columns) {
  for (const OutputTensor& entry : output.tensors())
    if ((last_word(entry.name) == name || last_word(entry.name) == other) &&
        fits(entry.tensor, columns))
      return entry.tensor.to(at::kFloat);
  return pick_tensor(output, wanted, fits, columns);
}

/// [batch, queries, 4]: centre and size as fractions of the input; [batch, queries, classes], or
/// one more, the last of which says that there is nothing.
Result<BoxParts> read_detr(const NetworkOutput& output, const ModelCard& card, std::int64_t batch) {
  const auto classes = static_cast<std::int64_t>(card.classes.size());
  const auto boxes = named_or_picked(output, "pred_boxes", "boxes",
                                     fmt::format("{} × queries × 4", batch), is_detr_boxes, 4);
  TRY(boxes);
  const auto logits = named_or_picked(
      output, "pred_logits", "logits",
      fmt::format("{} × queries × {} (one column per class, and perhaps one for 'no object')",
                  batch, classes),
      is_detr_classes, classes);
  TRY(logits);
  if (logits->size(1) != boxes->size(1))
    return bad_input(
        fmt::format("the model gives {} boxes and classes of {}", boxes->size(1), logits->size(1)));
  const double width = card.input.width, height = card.input.height;
  const at::Tensor sides =
      at::cat({at::full({1}, width, boxes->options()), at::full({1}, height, boxes->options())})
          .repeat({2});
  return BoxParts{sides_of_centres(*boxes * sides), {}, *logits, {}, {},
                  logits->size(2) == classes + 1};
}

}  // namespace

const BoxDecoder& detr_decoder() {
  static constexpr BoxDecoder decoder = {"detr", read_detr};
  return decoder;
}

}  // namespace plumbline

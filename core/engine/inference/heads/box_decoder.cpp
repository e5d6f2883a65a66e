#include "core/engine/inference/heads/box_decoder.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace plumbline {

NamedTable<BoxDecoder>& box_decoders() {
  static NamedTable<BoxDecoder> table = {&boxes_xyxy_decoder(), &yolov5_decoder(),
                                         &yolov8_decoder(),     &yolox_decoder(),
                                         &fastestdet_decoder(), &detr_decoder()};
  return table;
}

namespace {

at::Tensor activated(const at::Tensor& values, BoxActivation activation) {
  switch (activation) {
    case BoxActivation::none: return values;
    case BoxActivation::sigmoid: return values.sigmoid();
    case BoxActivation::softmax: return values.softmax(-1);
  }
  return values;
}

at::Tensor raised(const at::Tensor& values, double exponent) {
  // Most have 1, for which the power would cost a pass and round.
  return exponent == 1 ? values : values.clamp_min(0).pow(exponent);
}

}  // namespace

ScoredBoxes scored_boxes(BoxParts parts, const BoxOutput& output) {
  if (parts.scores.defined())
    return {std::move(parts.boxes), std::move(parts.scores), std::move(parts.labels)};
  at::Tensor classes = activated(parts.classes, output.classes);
  if (parts.last_is_nothing) classes = classes.narrow(2, 0, classes.size(2) - 1);
  const auto [best, label] = classes.max(2);
  at::Tensor scores = raised(best, output.score_exponents[1]);
  if (parts.objectness.defined())
    scores =
        raised(activated(parts.objectness, output.objectness), output.score_exponents[0]) * scores;
  return {std::move(parts.boxes), std::move(scores), label.to(at::kInt)};
}

std::string shape_text(const at::Tensor& tensor) {
  return tensor.dim() == 0 ? "one value" : fmt::format("{}", fmt::join(tensor.sizes(), " × "));
}

Result<at::Tensor> pick_tensor(const NetworkOutput& output, const std::string& wanted,
                               bool (*fits)(const at::Tensor& tensor, std::int64_t columns),
                               std::int64_t columns) {
  const at::Tensor* found = nullptr;
  for (const OutputTensor& entry : output.tensors()) {
    if (!fits(entry.tensor, columns)) continue;
    if (found != nullptr)
      return bad_input(
          fmt::format("several of the model's tensors are {}: {}", wanted, output.names()), "",
          "export a module that gives only the detections");
    found = &entry.tensor;
  }
  if (found != nullptr) return found->to(at::kFloat);
  return bad_input(fmt::format("the model gives no {}, but {}", wanted, output.names()), "",
                   "correct the kind or the classes in the model card");
}

at::Tensor sides_of_centres(const at::Tensor& centres) {
  const at::Tensor middle = centres.narrow(-1, 0, 2), half = centres.narrow(-1, 2, 2) / 2;
  return at::cat({middle - half, middle + half}, -1);
}

std::vector<CellGrid> cell_grids(const ModelCard& card) {
  std::vector<CellGrid> grids;
  for (const int stride : std::get<BoxOutput>(card.output.details).strides)
    grids.push_back({(card.input.width + stride - 1) / stride,
                     (card.input.height + stride - 1) / stride, static_cast<double>(stride)});
  return grids;
}

std::int64_t cell_count(const ModelCard& card) {
  std::int64_t count = 0;
  for (const CellGrid& grid : cell_grids(card)) count += grid.columns * grid.rows;
  return count * std::get<BoxOutput>(card.output.details).anchors_per_cell;
}

CellPlaces cell_places(const ModelCard& card, const c10::Device& device) {
  const auto& output = std::get<BoxOutput>(card.output.details);
  std::vector<at::Tensor> places, strides, anchors;
  const auto grids = cell_grids(card);
  for (std::size_t i = 0; i < grids.size(); ++i)
    for (int anchor = 0; anchor < output.anchors_per_cell; ++anchor) {
      const CellGrid& grid = grids[i];
      const at::Tensor column = at::arange(grid.columns, at::kFloat).expand({grid.rows, -1});
      const at::Tensor row = at::arange(grid.rows, at::kFloat).unsqueeze(1).expand_as(column);
      places.push_back(at::stack({column, row}, 2).reshape({-1, 2}));
      const std::int64_t cells = grid.columns * grid.rows;
      strides.push_back(at::full({cells, 1}, grid.stride, at::kFloat));
      at::Tensor sides = at::ones({cells, 2}, at::kFloat);
      if (!output.anchors.empty()) {
        const Anchor& own = output.anchors[i][static_cast<std::size_t>(anchor)];
        sides.select(1, 0).fill_(own.width);
        sides.select(1, 1).fill_(own.height);
      }
      anchors.push_back(std::move(sides));
    }
  return {at::cat(places).to(device), at::cat(strides).to(device), at::cat(anchors).to(device)};
}

tl::unexpected<Error> wrong_places(std::int64_t given, const ModelCard& card) {
  const auto& output = std::get<BoxOutput>(card.output.details);
  std::string grids;
  for (const CellGrid& grid : cell_grids(card))
    grids += fmt::format("{}{} × {} of stride {}", grids.empty() ? "" : ", ", grid.columns,
                         grid.rows, grid.stride);
  return bad_input(fmt::format("the model gives {} boxes per image; the card's strides and anchors "
                               "make {}: {}, {} per cell",
                               given, cell_count(card), grids, output.anchors_per_cell),
                   "", "correct \"strides\", \"anchors\" or the input's size in the model card");
}

namespace {

bool all_within_unit(const at::Tensor& values) {
  return values.ge(0).all().item<bool>() && values.le(1 + 1e-4).all().item<bool>();
}

/// Whether an activation that the card names is missing in it, or was applied before.
Result<void> check_activation(const at::Tensor& values, BoxActivation activation,
                              std::string_view what, const std::string& where) {
  const bool unit = all_within_unit(values);
  if (activation == BoxActivation::none && !unit)
    return bad_input(
        fmt::format("the {} are not within 0 and 1 ({:.3g} to {:.3g}): the network has not applied "
                    "a sigmoid or softmax itself",
                    what, values.min().item<float>(), values.max().item<float>()),
        where,
        fmt::format(R"(say so in the card: "output": {{…, "activations": {{"{}": "sigmoid"}}}})",
                    what == "class scores" ? "classes" : "objectness"));
  // Raw values are as often negative as not; a handful may all be small by chance.
  if (activation == BoxActivation::sigmoid && unit && values.numel() >= 64)
    return bad_input(fmt::format("the {} are already within 0 and 1: the card asks for a sigmoid "
                                 "that the network has applied itself",
                                 what),
                     where, "leave it out of \"activations\" in the model card");
  if (activation == BoxActivation::softmax && unit && values.dim() == 3 && values.size(2) > 1 &&
      (values.sum(2) - 1).abs().lt(1e-3).all().item<bool>())
    return bad_input(fmt::format("the {} already sum to 1: the card asks for a softmax that the "
                                 "network has applied itself",
                                 what),
                     where, "leave it out of \"activations\" in the model card");
  return {};
}

}  // namespace

Result<void> check_boxes(const NetworkOutput& output, const ModelCard& card, std::int64_t batch,
                         const std::string& where) {
  const BoxDecoder* decoder = box_decoders().find(card.output.kind);
  if (decoder == nullptr)
    return bad_input(fmt::format("there is no decoder for '{}'", card.output.kind), where);
  auto parts = decoder->read(output, card, batch);
  if (!parts) return bad_input(parts.error().message, where, parts.error().hint);
  const auto& boxes = std::get<BoxOutput>(card.output.details);
  for (at::Tensor* tensor : {&parts->boxes, &parts->objectness, &parts->classes, &parts->scores})
    if (tensor->defined()) *tensor = tensor->to(at::kCPU);
  if (!at::isfinite(parts->boxes).all().item<bool>())
    return bad_input(
        boxes.decoded
            ? "boxes are not finite"
            : "boxes are not finite once they are decoded: the network may already give pixels",
        where, boxes.decoded ? "" : R"(then the card says "output": {…, "decoded": true})");
  if (parts->scores.defined()) {
    const at::Tensor real = parts->scores.masked_select(parts->scores.isfinite());
    return real.numel() == 0 ? Result<void>()
                             : check_activation(real, BoxActivation::none, "scores", where);
  }
  if (!at::isfinite(parts->classes).all().item<bool>())
    return bad_input("class scores are not finite", where, "correct the model card or the model");
  const at::Tensor size = parts->boxes.narrow(2, 2, 2) - parts->boxes.narrow(2, 0, 2);
  if (parts->boxes.size(1) >= 64 && size.max().item<float>() <= 2)
    return bad_input("no box is larger than 2 pixels: they may be fractions of the image", where,
                     "make the model give boxes in pixels of its input");
  if (parts->objectness.defined())
    TRY(check_activation(parts->objectness, boxes.objectness, "objectness values", where));
  return check_activation(parts->classes, boxes.classes, "class scores", where);
}

}  // namespace plumbline

#include "core/study/model_output.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace plumbline {

namespace {

using Details = decltype(CardOutput::details);
using nlohmann::json;

constexpr std::size_t longest_output_word = 200, longest_output_text = 2000;
constexpr int largest_stride = 1024, most_strides = 16, most_anchors = 64;
constexpr double largest_anchor = 16'384;

Details read_classes_output(JsonObject& output, const OutputKind& kind) {
  return ClassOutput{kind.name == "probabilities", output.text("tensor", longest_output_word, "")};
}

BoxActivation read_activation(JsonObject& activations, std::string_view key) {
  return static_cast<BoxActivation>(activations.choice(key, {"none", "sigmoid", "softmax"}, 0));
}

std::vector<int> read_strides(JsonObject& output) {
  std::vector<int> strides;
  for (const json& stride : output.list("strides", most_strides, false)) {
    if (!stride.is_number_integer() || stride.get<std::int64_t>() < 1 ||
        stride.get<std::int64_t>() > largest_stride) {
      output.wrong("strides", fmt::format("must be integers from 1 to {}", largest_stride));
      break;
    }
    strides.push_back(stride.get<int>());
  }
  return strides;
}

/// [width, height] of each anchor of one stride; nothing where one is not so.
std::optional<std::vector<Anchor>> anchors_in(const json& list) {
  if (!list.is_array() || list.empty() || list.size() > most_anchors) return std::nullopt;
  std::vector<Anchor> anchors;
  for (const json& sides : list) {
    if (!sides.is_array() || sides.size() != 2) return std::nullopt;
    for (const json& side : sides)
      if (!side.is_number() || !(side.get<double>() > 0 && side.get<double>() <= largest_anchor))
        return std::nullopt;
    anchors.push_back({sides[0].get<double>(), sides[1].get<double>()});
  }
  return anchors;
}

void read_anchors(JsonObject& output, BoxOutput& boxes) {
  boxes.anchors_per_cell = static_cast<int>(output.integer("anchors_per_cell", 1, most_anchors, 1));
  if (!output.has("anchors")) return;
  const json& list = output.list("anchors", most_strides);
  if (list.size() != boxes.strides.size())
    return output.wrong("anchors", "must be one list of [width, height] per stride");
  for (const json& entry : list) {
    auto anchors = anchors_in(entry);
    if (!anchors || anchors->size() != anchors_in(list[0])->size())
      return output.wrong(
          "anchors", "must have equally many pairs [width, height], in pixels, for each stride");
    boxes.anchors.push_back(std::move(*anchors));
  }
  const auto each = static_cast<int>(boxes.anchors.front().size());
  if (output.has("anchors_per_cell") && boxes.anchors_per_cell != each)
    output.wrong("anchors_per_cell", fmt::format("is not {}, as the anchors are", each));
  boxes.anchors_per_cell = each;
}

/// What the kinds of detectors have of their own.
struct BoxKind {
  std::string_view name;
  bool decoded;        ///< where the card does not say
  bool may_be_raw;     ///< cells and offsets are known
  bool needs_anchors;  ///< where it is not decoded
};
constexpr std::array<BoxKind, 6> box_kinds = {{{"boxes-xyxy", true, false, false},
                                               {"yolov5", true, true, true},
                                               {"yolov8", true, false, false},
                                               {"yolox", false, true, false},
                                               {"fastestdet", false, true, false},
                                               {"detr", true, false, false}}};

Details read_boxes_output(JsonObject& output, const OutputKind& kind) {
  const BoxKind& own = *std::ranges::find(box_kinds, kind.name, &BoxKind::name);
  BoxOutput boxes;
  boxes.decoded = output.flag("decoded", own.decoded);
  if (!boxes.decoded && !own.may_be_raw)
    output.wrong("decoded", fmt::format("must be true for '{}'", own.name));
  boxes.strides = read_strides(output);
  if (!boxes.decoded && boxes.strides.empty())
    output.wrong("strides", "is missing: boxes that are not decoded need it");
  read_anchors(output, boxes);
  if (!boxes.decoded && own.needs_anchors && boxes.anchors.empty())
    output.wrong("anchors", fmt::format("is missing: '{}' has anchors", own.name));
  if (output.has("activations")) {
    JsonObject activations = output.object("activations");
    boxes.objectness = read_activation(activations, "objectness");
    boxes.classes = read_activation(activations, "classes");
    activations.refuse_unknown();
  }
  if (output.has("score_exponents")) {
    const json& exponents = output.list("score_exponents", 2);
    for (std::size_t i = 0; i < boxes.score_exponents.size(); ++i)
      if (exponents.size() != 2 || !exponents[i].is_number() ||
          !(exponents[i].get<double>() >= 0 && exponents[i].get<double>() <= 100))
        output.wrong("score_exponents", "must be two numbers from 0 to 100");
      else
        boxes.score_exponents[i] = exponents[i].get<double>();
  }
  // For people; the kind says the same to the program.
  for (const auto* key : {"layout", "channels", "rows", "columns", "box", "score", "class_rule"})
    static_cast<void>(output.text(key, longest_output_text, ""));
  output.refuse_unknown();
  return boxes;
}

BoxSuppression read_suppression(const json& postprocess, JsonErrors& errors) {
  JsonObject reader(postprocess, "postprocess.", errors);
  BoxSuppression suppression;
  suppression.score_threshold = reader.number("score_threshold", 0, 1, suppression.score_threshold);
  suppression.by = static_cast<BoxSuppression::By>(reader.choice(
      "nms", {"none", "per class", "across classes"}, static_cast<std::size_t>(suppression.by)));
  suppression.iou = reader.number("nms_iou", 0, 1, suppression.iou);
  suppression.max_detections =
      static_cast<int>(reader.integer("max_detections", 1, 100'000, suppression.max_detections));
  static_cast<void>(reader.text("clip", longest_output_text, ""));
  reader.refuse_unknown();
  return suppression;
}

constexpr OutputKind logits = {"logits", "classification", "classes", read_classes_output};
constexpr OutputKind probabilities = {"probabilities", "classification", "classes",
                                      read_classes_output};
constexpr OutputKind boxes_xyxy = {"boxes-xyxy", "detection", "boxes", read_boxes_output};
constexpr OutputKind yolov5 = {"yolov5", "detection", "boxes", read_boxes_output};
constexpr OutputKind yolov8 = {"yolov8", "detection", "boxes", read_boxes_output};
constexpr OutputKind yolox = {"yolox", "detection", "boxes", read_boxes_output};
constexpr OutputKind fastestdet = {"fastestdet", "detection", "boxes", read_boxes_output};
constexpr OutputKind detr = {"detr", "detection", "boxes", read_boxes_output};

}  // namespace

NamedTable<OutputKind>& output_kinds() {
  static NamedTable<OutputKind> table = {&logits, &probabilities, &boxes_xyxy, &yolov5,
                                         &yolov8, &yolox,         &fastestdet, &detr};
  return table;
}

CardOutput read_card_output(const json& output, const json* postprocess, const std::string& task,
                            JsonErrors& errors) {
  JsonObject reader(output, "output.", errors);
  CardOutput result;
  result.kind = reader.text("kind", longest_output_word);
  if (reader.failed()) return result;
  const OutputKind* kind = output_kinds().find(result.kind);
  if (kind == nullptr) {
    std::vector<std::string_view> names;
    for (const OutputKind* known : output_kinds().all()) names.push_back(known->name);
    reader.wrong("kind", fmt::format("is '{}', which is not one of: {}", result.kind,
                                     fmt::join(names, ", ")));
    return result;
  }
  if (kind->task != task) {
    reader.wrong("kind",
                 fmt::format("is '{}', which is not the output of a {} model", result.kind, task));
    return result;
  }
  result.predictions = kind->predictions;
  result.details = kind->read(reader, *kind);
  if (auto* boxes = std::get_if<BoxOutput>(&result.details); boxes && postprocess)
    boxes->suppression = read_suppression(*postprocess, errors);
  return result;
}

}  // namespace plumbline

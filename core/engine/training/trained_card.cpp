#include "core/engine/training/trained_card.h"

#include <fmt/format.h>

#include "core/types/json_object.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

ordered_json output_of_card(const NetworkArchitecture& architecture) {
  if (!architecture.detector) return {{"kind", "logits"}};
  return {{"kind", "yolov8"}, {"strides", {detector_stride}}};
}

}  // namespace

const char* train_figure(const NetworkArchitecture& architecture) {
  return architecture.detector ? "found" : "accuracy";
}
const char* validation_figure(const NetworkArchitecture& architecture) {
  return architecture.detector ? "validation_AP50" : "validation_accuracy";
}

ordered_json make_trained_card(const TrainedCardFacts& facts) {
  const NetworkArchitecture& architecture = *facts.settings.architecture;
  const bool grey = facts.shape.channels == 1;
  ordered_json training = describe(facts.settings, facts.request);
  training["images"] = facts.images;
  if (facts.ranks > 1) training["ranks"] = facts.ranks;
  ordered_json card = {{"schema", 1},
                       {"name", facts.request.name},
                       {"task", architecture.detector ? "detection" : "classification"},
                       {"architecture", architecture.name},
                       {"shortcut", "A"},
                       {"input",
                        {{"channels", facts.shape.channels},
                         {"height", facts.shape.height},
                         {"width", facts.shape.width},
                         {"colour_order", grey ? "grey" : "RGB"},
                         {"resize", {{"kind", "none"}}},
                         {"scale", 1.0 / 255},
                         {"mean", facts.moments.mean},
                         {"std", facts.moments.std}}},
                       {"output", output_of_card(architecture)},
                       {"classes", facts.classes},
                       {"training", training}};
  if (architecture.detector)
    card["postprocess"] = {
        {"score_threshold", 0.01}, {"nms", "per class"}, {"nms_iou", 0.5}, {"max_detections", 100}};
  return card;
}

ordered_json summarize_trained_card(const ordered_json& card) {
  const ordered_json& training = card["training"];
  ordered_json summary = {{"model", card["name"]},          {"architecture", card["architecture"]},
                          {"view", training["view"]},       {"epochs", training["epochs"]},
                          {"augment", training["augment"]}, {"seed", training["seed"]},
                          {"loss", training["final_loss"]}};
  for (const char* key : {"accuracy", "validation_accuracy", "found", "validation_AP50"})
    if (training.contains(key)) summary[key] = training[key];
  return summary;
}

Result<ordered_json> trained_before(const ModelInfo& model, const TrainSettings& settings,
                                    const TrainRequest& request) {
  const auto card = parse_ordered_json(model.card.text, request.name);
  ordered_json now = describe(settings, request);
  const auto different = [&](const std::string& hint) {
    return usage_error(
        fmt::format("the model '{}' exists and was trained with other settings", request.name),
        "--name", hint);
  };
  constexpr const char* another_name = "choose another name";
  if (!card || !card->is_object() || !card->contains("training") ||
      !(*card)["training"].is_object())
    return different(another_name);
  const auto& training = (*card)["training"];
  for (const auto& [key, value] : now.items())
    if (!training.contains(key)) return different(another_name);
  for (const char* key : {"final_loss", train_figure(*settings.architecture),
                          validation_figure(*settings.architecture)})
    if (!training.contains(key)) return different(another_name);
  // What is chosen for the images is not asked for.
  if (!settings.augmentation) now["augment"] = training["augment"];
  bool is_same = true;
  for (const auto& [key, value] : now.items()) is_same = is_same && training[key] == value;
  if (!is_same) {
    const std::string options = options_to_go_on(training, now);
    return different(options.empty() ? another_name
                                     : fmt::format("that training is the one with {}; choose "
                                                   "another name for this one",
                                                   options));
  }
  ordered_json summary = summarize_trained_card(*card);
  summary["seconds"] = 0.0;
  summary["images_per_second"] = 0.0;
  return summary;
}

}  // namespace plumbline

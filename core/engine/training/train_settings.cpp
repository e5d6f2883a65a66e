#include "core/engine/training/train_settings.h"

#include <algorithm>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "core/types/shell_word.h"

namespace plumbline {

void settle_augmentation(TrainSettings& settings, std::int64_t channels,
                         std::span<const std::string> classes) {
  if (!settings.augmentation) settings.augmentation = default_augmentation(channels, classes);
  for (const ViewStep& step : settings.view.steps())
    if (step.kind->name.starts_with("flip") && settings.augmentation == Augmentation::crop_flip)
      settings.augmentation = Augmentation::crop;
}

Result<TrainSettings> train_settings(const TrainRequest& request) {
  TrainSettings settings;
  settings.architecture = find_architecture(request.architecture);
  if (settings.architecture == nullptr)
    return usage_error(fmt::format("there is no architecture '{}'", request.architecture),
                       "--architecture", architecture_names());
  settings.view = request.view;
  const auto positive = [](std::int64_t value, std::string_view option) -> Result<void> {
    if (value < 1 || value > 1'000'000)
      return usage_error("expected a whole number from 1 to 1,000,000", std::string(option));
    return {};
  };
  TRY(positive(request.epochs, "--epochs"));
  settings.batch = request.batch.value_or(settings.architecture->batch);
  TRY(positive(settings.batch, "--batch"));
  settings.epochs = request.epochs;
  settings.seed = request.seed;
  settings.learning_rate = request.learning_rate.value_or(
      settings.architecture->learning_rate * static_cast<double>(settings.batch) / 128);
  settings.momentum = request.momentum;
  settings.weight_decay = request.weight_decay.value_or(settings.architecture->weight_decay);
  if (!(settings.learning_rate > 0 && settings.learning_rate <= 100))
    return usage_error("expected a number above 0, at most 100", "--learning-rate");
  if (!(settings.momentum >= 0 && settings.momentum < 1))
    return usage_error("expected a number from 0 to below 1", "--momentum");
  if (!(settings.weight_decay >= 0 && settings.weight_decay <= 1))
    return usage_error("expected a number from 0 to 1", "--weight-decay");
  const auto schedule =
      parse_schedule(request.schedule == "auto" ? settings.architecture->schedule
                                                : std::string_view(request.schedule));
  TRY(schedule);
  settings.schedule = *schedule;
  if (request.augment != "auto") {
    const auto augmentation = parse_augmentation(request.augment);
    TRY(augmentation);
    settings.augmentation = *augmentation;
    settle_augmentation(settings, 0, {});
  }
  const auto precision = parse_precision(request.precision);
  TRY(precision);
  settings.precision = *precision;
  if (*precision == Precision::fp16)
    return usage_error("fp16 would need scaled losses", "--precision",
                       "bf16 is as fast and has the range of float32");
  if (request.store != "fp32" && request.store != "fp16")
    return usage_error(fmt::format("weights cannot be stored as '{}'", request.store), "--store",
                       "fp32 or fp16");
  settings.half_weights = request.store == "fp16";
  const auto device = parse_device(request.device);
  TRY(device);
  settings.device = *device;
  return settings;
}

nlohmann::ordered_json describe(const TrainSettings& settings, const TrainRequest& request) {
  std::string splits;
  for (const auto& split : request.splits) splits += (splits.empty() ? "" : ",") + split;
  nlohmann::ordered_json description = {
      {"architecture", settings.architecture->name},
      {"data", request.dataset},
      {"split", splits},
      {"validation", request.validation},
      {"view", to_string(settings.view)},
      {"epochs", settings.epochs},
      {"batch", settings.batch},
      {"seed", settings.seed},
      {"learning_rate", settings.learning_rate},
      {"schedule", to_string(settings.schedule)},
      {"momentum", settings.momentum},
      {"weight_decay", settings.weight_decay},
      {"augment", settings.augmentation ? to_string(*settings.augmentation) : "auto"},
      {"precision", to_string(settings.precision)},
      {"store", settings.half_weights ? "fp16" : "fp32"},
      {"device", device_kind(settings.device)}};
  // That of older versions had no cross-entropy: their trainings do not go on with this one.
  if (settings.architecture->detector) description["loss"] = "focal, box, cross-entropy";
  return description;
}

std::string options_to_go_on(const nlohmann::ordered_json& before,
                             const nlohmann::ordered_json& now) {
  std::string options;
  for (const auto& [key, value] : now.items()) {
    const auto& then = before.at(key);
    if (then == value) continue;
    if (key == "loss") return {};
    std::string option = key == "data" ? "dataset" : key;
    std::ranges::replace(option, '_', '-');
    options += fmt::format("{}--{} {}", options.empty() ? "" : " ", option,
                           then.is_string() ? shell_word(then.get<std::string>()) : then.dump());
  }
  return options;
}

}  // namespace plumbline

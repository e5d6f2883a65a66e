#pragma once
#include <optional>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "core/engine/architectures/architecture.h"
#include "core/engine/engine.h"
#include "core/engine/inference/device.h"
#include "core/engine/training/augmentation.h"
#include "core/engine/training/learning_rate.h"
#include "core/types/view.h"

namespace plumbline {

/// Everything that a trained network depends on, checked, with defaults filled in.
struct TrainSettings {
  const NetworkArchitecture* architecture = nullptr;
  View view;
  std::int64_t epochs = 0;
  std::int64_t batch = 0;
  std::uint64_t seed = 0;
  double learning_rate = 0, momentum = 0, weight_decay = 0;
  Schedule schedule = Schedule::cosine;
  /// Nothing: as fits the images, once they are known.
  std::optional<Augmentation> augmentation;
  Precision precision = Precision::fp32;
  bool half_weights = false;  ///< the file holds float16
  c10::Device device = c10::kCPU;
};

/// Fills in the augmentation for these images, and takes mirror images from a member whose own view
/// mirrors: it would learn both sides.
void settle_augmentation(TrainSettings& settings, std::int64_t channels,
                         std::span<const std::string> classes);

/// Errors (usage): what is unknown or out of its range, by option.
Result<TrainSettings> train_settings(const TrainRequest& request);

/// The settings and data as they are kept with a checkpoint and in the card: two trainings with
/// equal descriptions on the same device make the same bytes.
nlohmann::ordered_json describe(const TrainSettings& settings, const TrainRequest& request);

/// The options of `train` with which a training of the description `before` goes on, where that of
/// `now` is different: "--learning-rate 0.02 --schedule cosine". Recipes are those of a version, so
/// what was left out then may have to be said now. Empty: they are equal, or no option makes them
/// so (the loss is the version's). Both have the same keys.
std::string options_to_go_on(const nlohmann::ordered_json& before,
                             const nlohmann::ordered_json& now);

}  // namespace plumbline

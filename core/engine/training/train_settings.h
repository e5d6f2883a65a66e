#pragma once
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
  Augmentation augmentation = Augmentation::crop_flip;
  Precision precision = Precision::fp32;
  bool half_weights = false;  ///< the file holds float16
  c10::Device device = c10::kCPU;
};

/// Errors (usage): what is unknown or out of its range, by option.
Result<TrainSettings> train_settings(const TrainRequest& request);

/// The settings and data as they are kept with a checkpoint and in the card: two trainings with
/// equal descriptions on the same device make the same bytes.
nlohmann::ordered_json describe(const TrainSettings& settings, const TrainRequest& request);

}  // namespace plumbline

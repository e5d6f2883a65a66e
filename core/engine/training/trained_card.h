#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/engine/training/train_settings.h"
#include "core/engine/training/viewed_images.h"
#include "core/study/study.h"

namespace plumbline {

/// What a trained network's card is made of.
struct TrainedCardFacts {
  const TrainSettings& settings;
  const TrainRequest& request;
  const std::vector<std::string>& classes;
  ClassifierShape shape;
  const ChannelMoments& moments;
  std::int64_t images = 0;  ///< that it was trained on
  int ranks = 1;            ///< by which
};
/// Without the figures that it reached.
nlohmann::ordered_json make_trained_card(const TrainedCardFacts& facts);

/// What those figures are called: of a detector the share of objects whose centre it finds while it
/// is trained, and COCO's AP50 of the file as it is stored.
const char* train_figure(const NetworkArchitecture& architecture);
const char* validation_figure(const NetworkArchitecture& architecture);

/// The summary of `train --json`, of a card with its figures.
nlohmann::ordered_json summarize_trained_card(const nlohmann::ordered_json& card);

/// The summary of a model that was trained before, where its settings are these. Errors (usage): it
/// was trained otherwise, with the options that are different, where options are.
Result<nlohmann::ordered_json> trained_before(const ModelInfo& model, const TrainSettings& settings,
                                              const TrainRequest& request);

}  // namespace plumbline

#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"

namespace plumbline {

/// `planer train`: a language model on a text, as a job; it becomes a network of the study.
Result<nlohmann::ordered_json> train_network(const PlanerTrainRequest& request);

}  // namespace plumbline

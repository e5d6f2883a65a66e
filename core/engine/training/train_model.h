#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"

namespace plumbline {

/// Trains a network as a job and adds it to the study as a model, or goes on with its checkpoint.
/// Returns the summary of `train --json`.
Result<nlohmann::ordered_json> train_model(const TrainRequest& request);

}  // namespace plumbline

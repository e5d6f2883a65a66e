#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"
#include "core/engine/planer/step_meter.h"

namespace plumbline {

/// `planer evaluate`, as a job: loss on a part of the text, and latency, of several networks
/// measured interleaved in this process; the first is what the others are compared with. Kept in
/// the study.
/// With `energy` so is what they draw; null and the reason where the device does not tell.
Result<nlohmann::ordered_json> evaluate_networks(const PlanerEvaluateRequest& request);
Result<nlohmann::ordered_json> evaluate_networks(const PlanerEvaluateRequest& request,
                                                 const StepMeterOpener& open_meter);

}  // namespace plumbline

#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"

namespace plumbline {

/// `planer evaluate`, as a job: loss on a part of the text, and latency, of several networks
/// measured interleaved in this process; the first is what the others are compared with. Kept in
/// the study.
Result<nlohmann::ordered_json> evaluate_networks(const PlanerEvaluateRequest& request);

}  // namespace plumbline

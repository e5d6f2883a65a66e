#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"

namespace plumbline {

/// `planer profile`, as a job: a latency table for each batch and length that is asked for, kept in
/// the study. Returns the table, or {"tables": […]} of several.
Result<nlohmann::ordered_json> profile_device(const PlanerProfileRequest& request);

}  // namespace plumbline

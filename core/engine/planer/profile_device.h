#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"
#include "core/engine/planer/step_meter.h"

namespace plumbline {

/// `planer profile`, as a job: a latency table for each batch and length that is asked for, kept in
/// the study. With `energy` a table of energies beside each, which a search for less energy needs;
/// null and the reason in its place where the device does not tell. Returns the table, or
/// {"tables": […]} of several.
Result<nlohmann::ordered_json> profile_device(const PlanerProfileRequest& request);
Result<nlohmann::ordered_json> profile_device(const PlanerProfileRequest& request,
                                              const StepMeterOpener& open_meter);

}  // namespace plumbline

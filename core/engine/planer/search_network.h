#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"
#include "core/engine/planer/step_meter.h"

namespace plumbline {

/// `planer search` and `planer sweep`, as a job (DOMAIN 2): the existing network becomes a
/// super-network, whose options are warmed up once; their loss increments are measured; for each
/// target an architecture is searched, measured beside the baseline, and retrained; so are, where
/// asked for, random architectures of equal latency. Everything finished is kept, so that a job
/// that was stopped or killed goes on where it was.
/// With targets of energy what is searched and measured is what 1,000 tokens draw: an error where
/// the study has no table of it, or the device does not tell.
Result<nlohmann::ordered_json> search_network(const PlanerSearchRequest& request);
Result<nlohmann::ordered_json> search_network(const PlanerSearchRequest& request,
                                              const StepMeterOpener& open_meter);

}  // namespace plumbline

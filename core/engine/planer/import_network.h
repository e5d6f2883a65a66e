#pragma once
#include <nlohmann/json.hpp>

#include "core/engine/engine.h"

namespace plumbline {

/// `planer import`, as a job: an existing network's safetensors weights under somebody else's names
/// (core/planer/key_map.h) become a network of the study; every tensor is checked. Evaluated where
/// a text is given.
Result<nlohmann::ordered_json> import_network(const PlanerImportRequest& request);

}  // namespace plumbline

#pragma once
#include <string>
#include <vector>

#include "core/data/safetensors.h"
#include "core/engine/planer/language_model.h"
#include "core/planer/key_map.h"

namespace plumbline {

/// Gives a baseline the weights of a file with somebody else's names, as map_keys says. Errors: a
/// tensor that the network has not or has in another shape, one of the network's that no entry
/// fills, values that are not finite. `where`: the file, in errors.
Result<void> fill_weights(LanguageModel& model, const SafetensorsFile& file,
                          const std::vector<KeyMapEntry>& entries, const std::string& where);

}  // namespace plumbline

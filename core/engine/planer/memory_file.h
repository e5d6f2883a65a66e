#pragma once
#include <string>

#include "core/data/safetensors.h"
#include "core/engine/planer/language_model.h"

namespace plumbline {

/// A memory as long as that of a checkpoint, with the values still to be loaded: how much is
/// remembered depends on the place in the text. Its tensors are named prefix + slot.
/// Errors: another batch or width, more than `capacity` tokens.
Result<Memory> memory_like(const SafetensorsFile& file, const std::string& prefix,
                           const LanguageModel& model, std::int64_t batch, std::int64_t capacity,
                           const std::string& where);

}  // namespace plumbline

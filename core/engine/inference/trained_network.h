#pragma once
#include <filesystem>
#include <memory>

#include "core/engine/inference/network.h"

namespace plumbline {

/// Any architecture of the table from safetensors with its keys, evaluated as it was trained.
/// Errors: an architecture that is not known, a tensor that is missing, superfluous or of another
/// shape, named.
Result<std::unique_ptr<Network>> load_trained_network(const std::filesystem::path& file,
                                                      const ModelCard& card, c10::Device device,
                                                      Precision precision);

}  // namespace plumbline

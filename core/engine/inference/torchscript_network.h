#pragma once
#include <filesystem>
#include <memory>

#include "core/engine/inference/network.h"

namespace plumbline {

/// A frozen TorchScript module whose output is one tensor, or a tuple whose first entry is it.
Result<std::unique_ptr<Network>> load_torchscript(const std::filesystem::path& file,
                                                  c10::Device device, Precision precision);

}  // namespace plumbline

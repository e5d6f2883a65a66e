#pragma once
#include <filesystem>
#include <memory>

#include "core/engine/inference/network.h"

namespace plumbline {

/// A frozen TorchScript module; of tuples, lists and dicts that it returns every tensor has its
/// name.
Result<std::unique_ptr<Network>> load_torchscript(const std::filesystem::path& file,
                                                  c10::Device device, Precision precision);

}  // namespace plumbline

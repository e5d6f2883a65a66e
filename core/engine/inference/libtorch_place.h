#pragma once
#include <filesystem>

namespace plumbline {

/// The file that holds the LibTorch of this process, "…/torch/lib/libtorch_cpu.so"; empty where the
/// loader does not say it.
std::filesystem::path libtorch_library();

}  // namespace plumbline

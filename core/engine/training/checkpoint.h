#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/data/safetensors.h"
#include "core/types/error.h"

namespace plumbline {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Writes tensors (float32, float64, float16 or bfloat16, on any device) to a safetensors file,
/// atomically.
Result<void> save_tensors(const std::filesystem::path& file, const SafetensorsMetadata& metadata,
                          const NamedTensors& tensors);
/// The same to a file that a user has named (OutputFile).
Result<void> save_tensors_output(const std::filesystem::path& file,
                                 const SafetensorsMetadata& metadata, const NamedTensors& tensors);

/// Copies the file's tensors into those of the same name. Errors: one that is missing, superfluous
/// or of another shape or type, named.
Result<void> load_tensors(const SafetensorsFile& file, const NamedTensors& tensors,
                          const std::string& where);

}  // namespace plumbline

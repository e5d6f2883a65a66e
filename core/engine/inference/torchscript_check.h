#pragma once
#include <filesystem>

#include "core/types/error.h"

namespace torch::jit {
struct Module;
}

namespace plumbline {

/// What of a TorchScript file is looked at before anything of it runs. A file is a program: loading
/// it runs what its classes do when their state is set, and operators exist that map, write or
/// send.

/// Reads the archive's directory and its source code. Errors (bad_input) name what was found: too
/// many entries, tensors that unpack to more than the file holds (LibTorch compresses source code
/// alone), names that lead out of the archive or stand twice, an operator that reaches files,
/// processes or the network.
Result<void> check_torchscript_archive(const std::filesystem::path& file);

/// The same of the graphs of every method of every module, once it is loaded: what the source hides
/// behind other names is seen here.
Result<void> check_torchscript_graphs(const torch::jit::Module& module,
                                      const std::filesystem::path& file);

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// A network that was compiled ahead of time into a shared library, for some sizes of batches.
struct CompiledModel {
  std::string name;  ///< its folder in the package
  std::int64_t least_batch = 1, most_batch = 1;
};

/// What a .pt2 package of AOTInductor says of itself: one network for one kind of device and one
/// precision, compiled once or, for what is fast at one batch is not at another, several times.
struct CompiledPackage {
  std::string device;          ///< "cpu" or "cuda"
  std::string machine;         ///< "x86_64"
  std::string instructions;    ///< of the processor that it was compiled on: "AVX512 AVX512_VNNI"
  int capability = 0;          ///< of the GPU that it was compiled for, 90 for 9.0; 0 for a CPU
  std::string precision;       ///< "fp32", "tf32", "bf16" or "fp16"
  bool channels_last = false;  ///< how its input lies in memory
  std::vector<CompiledModel> models;  ///< at least one, the fewest sizes of batches first

  /// Which of `models` a batch goes to: that for the fewest sizes of those that take it; else that
  /// which it has to be filled up least for; else that which takes most at once.
  std::size_t model_for(std::int64_t batch) const;
};

/// Reads what a package says, and looks at its archive as if it were anybody's: at most as many
/// bytes as the file has, no name that leads out or stands twice, one library a model. Runs nothing
/// of it. Errors (bad_input): an archive of torch.export without compiled code, weights outside the
/// library, a package that does not say its precision, batches and layout, models that are compiled
/// for different things or too many of them.
Result<CompiledPackage> read_compiled_package(const std::filesystem::path& file);

/// Writes what is needed to run it into `folder`, which is there and empty, each model into a
/// folder of its own, and returns the shared libraries' paths in the order of the package's models.
/// Errors: those of read_compiled_package; what the system says.
Result<std::vector<std::filesystem::path>> unpack_compiled_package(
    const std::filesystem::path& file, const std::filesystem::path& folder);

}  // namespace plumbline

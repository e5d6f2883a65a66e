#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "core/types/error.h"

namespace plumbline {

/// What a .pt2 package of AOTInductor says of itself: a network that was compiled ahead of time
/// into a shared library, for one kind of device, one precision and some sizes of batches.
struct CompiledPackage {
  std::string device;        ///< "cpu" or "cuda"
  std::string machine;       ///< "x86_64"
  std::string instructions;  ///< of the processor that it was compiled on: "AVX512 AVX512_VNNI"
  int capability = 0;        ///< of the GPU that it was compiled for, 90 for 9.0; 0 for a CPU
  std::string precision;     ///< "fp32", "tf32", "bf16" or "fp16"
  std::int64_t least_batch = 1, most_batch = 1;
  bool channels_last = false;  ///< how its input lies in memory
};

/// Reads what a package says, and looks at its archive as if it were anybody's: at most as many
/// bytes as the file has, no name that leads out or stands twice, one library. Runs nothing of it.
/// Errors (bad_input): an archive of torch.export without compiled code, several models in one,
/// weights outside the library, a package that does not say its precision, batches and layout.
Result<CompiledPackage> read_compiled_package(const std::filesystem::path& file);

/// Writes what is needed to run it into `folder`, which is there and empty, and returns the shared
/// library's path. Errors: those of read_compiled_package; what the system says.
Result<std::filesystem::path> unpack_compiled_package(const std::filesystem::path& file,
                                                      const std::filesystem::path& folder);

}  // namespace plumbline

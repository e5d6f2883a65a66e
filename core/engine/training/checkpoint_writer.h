#pragma once
#include <chrono>
#include <filesystem>
#include <future>

#include "core/engine/training/checkpoint.h"

namespace plumbline {

/// Writes a training's checkpoints while it goes on: writing some hundred megabytes to a disk and
/// waiting until they are there takes longer than many steps. One after another to the same file,
/// atomically each. Not for several threads at once. Destruction waits for what is being written.
class CheckpointWriter {
 public:
  explicit CheckpointWriter(std::filesystem::path file) : file_(std::move(file)) {}
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  /// Whether the last one is still being written, once so long has been waited for it.
  bool is_busy(std::chrono::milliseconds most = {}) const;
  /// Copies the tensors as they are now, a GPU's on that GPU where it has room for them and else
  /// into host memory, and returns while they are being written (once they are, where the system
  /// gives no thread). Waits for the last one; error: that one's.
  Result<void> begin(const SafetensorsMetadata& metadata, const NamedTensors& tensors);
  /// Waits for the last one; its error, once.
  Result<void> finish();

 private:
  std::filesystem::path file_;
  std::future<Result<void>> writing_;
};

}  // namespace plumbline

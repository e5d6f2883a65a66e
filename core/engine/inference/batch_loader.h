#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/engine/inference/load_sample.h"
#include "core/engine/inference/loader_threads.h"

namespace plumbline {

/// Decodes ahead of whoever computes: threads share the next batches, so that none waits for
/// another's slow image; at most four batches at a time of all loaders of the same threads. Batches
/// come in order and do not depend on the number of threads, nor on how a block of samples is
/// divided: they end where a batch of the whole block ends.
class BatchLoader {
 public:
  /// `samples` are those of [first, first + samples.size()) of a split; they are not copied and
  /// must stay, as must the reader. Where the threads are a GPU's, pixels go where it copies from
  /// without waiting, or are decoded there. `condition` is done to each image first.
  BatchLoader(std::shared_ptr<LoaderThreads> threads, const SampleReader& reader,
              std::span<const SampleInfo> samples, std::int64_t first, int batch,
              std::vector<Canvas> canvases, View condition = {});
  /// With threads of its own, and decoded by the host.
  BatchLoader(const SampleReader& reader, std::span<const SampleInfo> samples, std::int64_t first,
              int batch, std::vector<Canvas> canvases, bool for_gpu, View condition = {});
  ~BatchLoader();

  /// The next batch, or nothing after the last. Images on a GPU may be used on its current stream.
  /// Throws what a thread threw for want of memory, or what the GPU said.
  std::optional<LoadedBatch> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plumbline

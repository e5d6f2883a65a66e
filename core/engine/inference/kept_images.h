#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "core/engine/inference/heads/output_head.h"
#include "core/engine/inference/load_sample.h"

namespace plumbline {

/// A block's images on their canvases, on the device that computes, as the first voter to look at
/// them had them loaded: whoever looks at some of them later reads and decodes nothing.
class KeptImages {
 public:
  /// Nothing is kept of a block that has more bytes.
  explicit KeptImages(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  /// Makes room for the images of a range; what was kept before goes. Of a range whose samples do
  /// not follow each other, or that is too large, nothing is kept, and what was there stays. False:
  /// `add` and `note` are not to be called.
  bool begin(const ShardRange& range, const std::vector<Canvas>& canvases, c10::Device device);
  /// Images of samples [first, first + count) of the split on one of the canvases: [count, height,
  /// width, channels], on the device. The copy is queued on its current stream.
  void add(std::size_t canvas, std::int64_t first, const at::Tensor& images);
  /// What else is known of a batch, each once.
  void note(const LoadedBatch& batch);

  /// Whether all of a range's samples are there on such canvases, and each could be read.
  bool has(const ShardRange& range, const std::vector<Canvas>& canvases) const;

 private:
  friend class KeptBatches;

  std::size_t most_bytes_;
  std::int64_t first_ = 0, count_ = 0, noted_ = 0;
  std::vector<Canvas> canvases_;
  std::vector<at::Tensor> images_;        ///< per canvas: [count, height, width, channels]
  std::vector<at::Tensor> valid_;         ///< per canvas, as LoadedBatch has it, on the host
  std::vector<views::FrameSize> frames_;  ///< of each
  std::vector<bool> unread_;              ///< it failed on some canvas
};

/// The batches of a range of which everything is kept, as BatchLoader gives them. Both must stay.
class KeptBatches {
 public:
  KeptBatches(const KeptImages& kept, const ShardRange& range, std::int64_t batch);
  /// Nothing after the last one.
  std::optional<LoadedBatch> next();

 private:
  const KeptImages& kept_;
  const ShardRange& range_;
  std::int64_t batch_, done_ = 0;
  at::Tensor rows_, rows_on_device_;  ///< int64 [count]: where each sample is among what is kept
};

}  // namespace plumbline

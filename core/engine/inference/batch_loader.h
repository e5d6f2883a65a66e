#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/data/sample_reader.h"
#include "core/study/model_card.h"
#include "core/study/study.h"

namespace plumbline {

/// An image that could not be read: its place in the split, and why.
struct LoadFailure {
  std::int64_t sample = 0;
  std::string where, message;
};

/// Consecutive samples, decoded and resized for each geometry that was asked for.
struct LoadedBatch {
  std::int64_t first = 0, count = 0;
  std::vector<at::Tensor> images;     ///< per geometry: uint8 [count, height, width, channels]
  std::vector<LoadFailure> failures;  ///< their pixels are 0
};

/// What an image has to become before the views: the part of a card that does not depend on levels.
struct Geometry {
  int channels = 3, height = 0, width = 0;
  Resize resize;
  friend bool operator==(const Geometry& a, const Geometry& b);
};
Geometry geometry(const CardInput& input);

/// Decodes ahead of whoever computes: a worker makes the next batches while one is used, at most
/// three at a time. Batches come in order and do not depend on the number of threads.
class BatchLoader {
 public:
  /// `samples` are those of [first, first + samples.size()) of a split; kept by reference, as is
  /// the reader. `pinned` puts the pixels where a GPU copies from without waiting.
  BatchLoader(const SampleReader& reader, const std::vector<SampleInfo>& samples,
              std::int64_t first, int batch, std::vector<Geometry> geometries, bool pinned);
  ~BatchLoader();

  /// The next batch, or nothing after the last.
  std::optional<LoadedBatch> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plumbline

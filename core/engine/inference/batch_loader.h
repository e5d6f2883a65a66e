#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/data/sample_reader.h"
#include "core/study/study.h"
#include "core/study/view_canvas.h"

namespace plumbline {

/// An image that could not be used: its place in the split, and why.
struct LoadFailure {
  static constexpr std::size_t every_canvas = static_cast<std::size_t>(-1);
  std::int64_t sample = 0;
  std::string where, message;
  std::size_t canvas = every_canvas;  ///< that it does not fit; else it could not be read
};

/// Consecutive samples, decoded and put on each canvas that was asked for.
struct LoadedBatch {
  std::int64_t first = 0, count = 0;
  /// Per canvas: [count, height, width, channels], uint8 or, where the canvas has unrounded levels,
  /// float32.
  std::vector<at::Tensor> images;
  /// Per canvas: int32 [count, 4], the rectangle that shows the image; undefined where that is all.
  std::vector<at::Tensor> valid;
  std::vector<views::FrameSize> frames;  ///< of the decoded images; 0 × 0 where there is none
  std::vector<LoadFailure> failures;  ///< their pixels are 0; other canvases have theirs
};

/// Decodes ahead of whoever computes: workers share the next batches, at most four at a time, so
/// that none waits for another's slow image. Batches come in order and do not depend on the number
/// of threads, nor on how a block of samples is divided: they end where a batch of the whole block
/// ends.
class BatchLoader {
 public:
  /// `samples` are those of [first, first + samples.size()) of a split; kept by reference, as is
  /// the reader. `for_gpu`: the pixels go where a GPU copies from without waiting, and the
  /// processor's other cores decode too, since none of them computes. `condition` is done to each
  /// image first.
  BatchLoader(const SampleReader& reader, const std::vector<SampleInfo>& samples,
              std::int64_t first, int batch, std::vector<Canvas> canvases, bool for_gpu,
              View condition = {});
  ~BatchLoader();

  /// The next batch, or nothing after the last. Throws what a worker threw for want of memory.
  std::optional<LoadedBatch> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plumbline

#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/engine/inference/batch_loader.h"
#include "core/engine/inference/heads/output_head.h"
#include "core/engine/inference/image_decoder.h"

namespace plumbline {

/// The loaders of the ranges that are computed one after the other: by threads that stay, and the
/// next range's first images before it is asked for.
class RangeLoaders {
 public:
  /// Makes the threads where they are not there yet. Errors: those of LoaderThreads::make.
  Result<void> begin(c10::Device device, const ImageDecoder& decoder);
  std::size_t thread_count() const;

  /// The range that will be asked for after the next one.
  struct Wanted {
    ShardRange range;
    const SampleReader* reader = nullptr;
    std::shared_ptr<const std::vector<SampleInfo>> samples;
    View condition;
  };
  void want(Wanted wanted) { wanted_ = std::move(wanted); }

  /// A range's loader: the one that has begun already, or a new one; any other that has begun goes.
  std::unique_ptr<BatchLoader> take(const ShardRange& range, const SampleReader& reader,
                                    const std::vector<SampleInfo>& samples, int batch,
                                    const std::vector<Canvas>& canvases, const View& condition);
  /// Begins with the range that is wanted. `canvases_of`: nothing where it cannot be loaded.
  void begin_wanted(
      int batch,
      const std::function<std::optional<std::vector<Canvas>>(const ShardRange&)>& canvases_of);
  /// Ends what was begun.
  void drop() { ahead_.reset(); }

 private:
  struct Ahead {
    Wanted of;
    int batch = 0;
    std::vector<Canvas> canvases;
    std::unique_ptr<BatchLoader> loader;  // last: it goes before what it reads
  };
  std::shared_ptr<LoaderThreads> threads_;
  std::optional<Wanted> wanted_;
  std::optional<Ahead> ahead_;
};

}  // namespace plumbline

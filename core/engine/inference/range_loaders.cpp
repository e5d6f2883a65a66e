#include "core/engine/inference/range_loaders.h"

#include <algorithm>

namespace plumbline {

Result<void> RangeLoaders::begin(c10::Device device, const ImageDecoder& decoder) {
  if (threads_) return {};
  auto made = LoaderThreads::make(device.is_cuda(), decoder.device);
  TRY(made);
  threads_ = std::move(*made);
  return {};
}

std::size_t RangeLoaders::thread_count() const {
  return threads_ ? std::max<std::size_t>(1, threads_->count()) : 0;
}

std::unique_ptr<BatchLoader> RangeLoaders::take(const ShardRange& range, const SampleReader& reader,
                                                const std::vector<SampleInfo>& samples, int batch,
                                                const std::vector<Canvas>& canvases,
                                                const View& condition) {
  std::unique_ptr<BatchLoader> loader;
  if (ahead_ && ahead_->of.range.first == range.first && ahead_->of.reader == &reader &&
      ahead_->of.samples.get() == &samples && ahead_->of.condition == condition &&
      ahead_->batch == batch && ahead_->canvases == canvases)
    loader = std::move(ahead_->loader);
  // One that nobody asks for would keep its batches for ever.
  drop();
  if (!loader)
    loader = std::make_unique<BatchLoader>(threads_, reader, samples, range.first, batch, canvases,
                                           condition);
  return loader;
}

void RangeLoaders::begin_wanted(
    int batch,
    const std::function<std::optional<std::vector<Canvas>>(const ShardRange&)>& canvases_of) {
  if (!wanted_) return;
  Ahead ahead{std::move(*wanted_), batch, {}, nullptr};
  wanted_.reset();
  auto canvases = canvases_of(ahead.of.range);
  if (!canvases) return;  // said when it is its turn
  ahead.canvases = std::move(*canvases);
  ahead.loader = std::make_unique<BatchLoader>(threads_, *ahead.of.reader, *ahead.of.samples,
                                               ahead.of.range.first, batch, ahead.canvases,
                                               ahead.of.condition);
  ahead_ = std::move(ahead);
}

}  // namespace plumbline

#include "core/engine/inference/batch_loader.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <tuple>

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "core/data/resize.h"

namespace plumbline {

bool operator==(const Geometry& a, const Geometry& b) {
  const auto key = [](const Geometry& g) {
    return std::tie(g.channels, g.height, g.width, g.resize.kind, g.resize.size,
                    g.resize.interpolation, g.resize.pad, g.resize.anchor, g.resize.rounding);
  };
  return key(a) == key(b);
}

Geometry geometry(const CardInput& input) {
  return {input.channels, input.height, input.width, input.resize};
}

namespace {

constexpr std::size_t batches_ahead = 3;

/// Reads one sample and writes it into each tensor's row; the first error wins.
Result<void> load_sample(const SampleReader& reader, const SampleLocator& locator,
                         const std::vector<Geometry>& geometries,
                         const std::vector<at::Tensor>& images, std::int64_t row) {
  const auto image = reader.read(locator);
  if (!image) return tl::unexpected(image.error());
  for (std::size_t g = 0; g < geometries.size(); ++g) {
    const Geometry& wanted = geometries[g];
    const auto fitted = fit_image(*image, wanted.channels, wanted.width, wanted.height,
                                  wanted.resize, locator.name);
    if (!fitted) return tl::unexpected(fitted.error());
    std::copy(fitted->pixels.begin(), fitted->pixels.end(),
              images[g].mutable_data_ptr<std::uint8_t>() +
                  row * static_cast<std::int64_t>(fitted->pixels.size()));
  }
  return {};
}

}  // namespace

struct BatchLoader::State {
  const SampleReader& reader;
  const std::vector<SampleInfo>& samples;
  std::int64_t first;
  int batch;
  std::vector<Geometry> geometries;
  bool pinned;

  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<LoadedBatch> ready;
  bool finished = false;
  std::jthread worker;  // last: stopped and joined before the rest goes

  LoadedBatch load(std::int64_t begin) const {
    LoadedBatch loaded;
    loaded.first = first + begin;
    loaded.count = std::min<std::int64_t>(batch, static_cast<std::int64_t>(samples.size()) - begin);
    for (const Geometry& g : geometries)
      loaded.images.push_back(at::zeros({loaded.count, g.height, g.width, g.channels},
                                        at::TensorOptions(at::kByte).pinned_memory(pinned)));
    for (std::int64_t row = 0; row < loaded.count; ++row) {
      const SampleInfo& sample = samples[static_cast<std::size_t>(begin + row)];
      const auto read = load_sample(reader, sample.locator, geometries, loaded.images, row);
      if (!read)
        loaded.failures.push_back({loaded.first + row, sample.name, to_string(read.error())});
    }
    return loaded;
  }

  void work(const std::stop_token& stop) {
    for (std::int64_t begin = 0; begin < static_cast<std::int64_t>(samples.size());
         begin += batch) {
      LoadedBatch loaded = load(begin);
      std::unique_lock lock(mutex);
      if (!changed.wait(lock, stop, [&] { return ready.size() < batches_ahead; })) return;
      ready.push_back(std::move(loaded));
      changed.notify_all();
    }
    const std::lock_guard lock(mutex);
    finished = true;
    changed.notify_all();
  }
};

BatchLoader::BatchLoader(const SampleReader& reader, const std::vector<SampleInfo>& samples,
                         std::int64_t first, int batch, std::vector<Geometry> geometries,
                         bool pinned)
    : state_(new State{reader, samples, first, batch, std::move(geometries), pinned}) {
  state_->worker =
      std::jthread([state = state_.get()](const std::stop_token& stop) { state->work(stop); });
}

BatchLoader::~BatchLoader() = default;

std::optional<LoadedBatch> BatchLoader::next() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return !state_->ready.empty() || state_->finished; });
  if (state_->ready.empty()) return std::nullopt;
  LoadedBatch batch = std::move(state_->ready.front());
  state_->ready.pop_front();
  state_->changed.notify_all();
  return batch;
}

}  // namespace plumbline

#include "core/engine/inference/batch_loader.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "core/predictions/prediction_file.h"
#include "core/study/condition.h"
#include "core/types/threads.h"

namespace plumbline {

namespace {

constexpr std::size_t batches_ahead = 3;
/// Samples that are worth a thread of their own, and threads at most.
constexpr std::int64_t samples_per_thread = 64;
constexpr std::int64_t most_threads = 16;

/// Whether a part of the canvas may show no image.
bool has_margins(const Canvas& canvas) {
  return !canvas.eight_bit() || canvas.resize.kind == ResizeKind::letterbox ||
         canvas.resize.kind == ResizeKind::short_side;
}

/// Planes become interleaved.
void copy_levels(const views::Levels& levels, float* out) {
  const auto channels = static_cast<std::size_t>(levels.channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const float* plane = levels.plane(static_cast<int>(c));
    for (std::size_t i = 0; i < levels.plane_size(); ++i) out[i * channels + c] = plane[i];
  }
}

/// Reads one sample and writes it into each tensor's row. A canvas that the image does not fit
/// takes nothing from the others.
void load_sample(const SampleReader& reader, const SampleInfo& sample, const View& condition,
                 const std::vector<Canvas>& canvases, const LoadedBatch& batch, std::int64_t row,
                 std::vector<LoadFailure>& failures) {
  const auto failed = [&](const Error& error, std::size_t canvas) {
    failures.push_back({batch.first + row, sample.name, to_string(error), canvas});
  };
  auto image = reader.read(sample.locator);
  if (!image) return failed(image.error(), LoadFailure::every_canvas);
  *image = under_condition(std::move(*image), condition, batch.first + row);
  for (std::size_t c = 0; c < canvases.size(); ++c) {
    const auto put = put_on_canvas(*image, canvases[c], sample.locator.name);
    if (!put) {
      failed(put.error(), c);
      continue;
    }
    const at::Tensor& images = batch.images[c];
    if (canvases[c].eight_bit())
      std::ranges::copy(put->pixels.pixels,
                        images.mutable_data_ptr<std::uint8_t>() + row * images.stride(0));
    else
      copy_levels(put->levels, images.mutable_data_ptr<float>() + row * images.stride(0));
    if (batch.valid[c].defined()) {
      const auto& valid = put->valid;
      std::ranges::copy(std::array{valid.left, valid.top, valid.right, valid.bottom},
                        batch.valid[c].mutable_data_ptr<std::int32_t>() + 4 * row);
    }
  }
}

}  // namespace

struct BatchLoader::State {
  const SampleReader& reader;
  const std::vector<SampleInfo>& samples;
  std::int64_t first;
  int batch;
  std::vector<Canvas> canvases;
  bool for_gpu;
  View condition;

  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<LoadedBatch> ready;
  bool finished = false;
  std::jthread worker;  // last: stopped and joined before the rest goes

  /// Where the batch that holds sample `begin` of the range ends.
  std::int64_t batch_end(std::int64_t begin) const {
    const std::int64_t offset = first % shard_samples;
    return std::min<std::int64_t>(((offset + begin) / batch + 1) * batch - offset,
                                  static_cast<std::int64_t>(samples.size()));
  }

  LoadedBatch load(std::int64_t begin) const {
    LoadedBatch loaded;
    loaded.first = first + begin;
    loaded.count = batch_end(begin) - begin;
    for (const Canvas& c : canvases) {
      const auto type = c.eight_bit() ? at::kByte : at::kFloat;
      loaded.images.push_back(at::zeros({loaded.count, c.height, c.width, c.channels},
                                        at::TensorOptions(type).pinned_memory(for_gpu)));
      loaded.valid.push_back(has_margins(c) ? at::zeros({loaded.count, 4}, at::kInt)
                                            : at::Tensor());
    }
    const std::int64_t threads =
        for_gpu ? std::clamp<std::int64_t>(
                      loaded.count / samples_per_thread, 1,
                      std::min<std::int64_t>(static_cast<std::int64_t>(core_count()), most_threads))
                : 1;
    std::vector<std::vector<LoadFailure>> failures(static_cast<std::size_t>(threads));
    {
      // Where the system gives fewer threads, those that there are load the other parts, too.
      std::atomic<std::int64_t> next = 0;
      const auto load_parts = [&] {
        for (std::int64_t part = next++; part < threads; part = next++) {
          auto& failed = failures[static_cast<std::size_t>(part)];
          const std::int64_t end = loaded.count * (part + 1) / threads;
          for (std::int64_t row = loaded.count * part / threads; row < end; ++row)
            load_sample(reader, samples[static_cast<std::size_t>(begin + row)], condition,
                        canvases, loaded, row, failed);
        }
      };
      const auto others = start_threads(static_cast<std::size_t>(threads - 1), load_parts);
      load_parts();
    }
    for (auto& failed : failures) std::ranges::move(failed, std::back_inserter(loaded.failures));
    return loaded;
  }

  void work(const std::stop_token& stop) {
    for (std::int64_t begin = 0; begin < static_cast<std::int64_t>(samples.size());
         begin = batch_end(begin)) {
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
                         std::int64_t first, int batch, std::vector<Canvas> canvases, bool for_gpu,
                         View condition)
    : state_(new State{reader, samples, first, batch, std::move(canvases), for_gpu,
                       std::move(condition)}) {
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

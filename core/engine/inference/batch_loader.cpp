#include "core/engine/inference/batch_loader.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "core/predictions/prediction_file.h"
#include "core/study/condition.h"

namespace plumbline {

namespace {

/// Batches that are being made or ready.
constexpr std::size_t batches_ahead = 4;
/// Samples that a thread takes at once: a batch is shared by all, whatever its size.
constexpr std::int64_t samples_a_part = 8;
constexpr std::size_t most_threads = 64;

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
/// takes nothing from the others; its row is black.
void load_sample(const SampleReader& reader, const SampleInfo& sample, const View& condition,
                 const std::vector<Canvas>& canvases, LoadedBatch& batch, std::int64_t row,
                 std::vector<LoadFailure>& failures) {
  const auto row_of = [&](std::size_t canvas) { return batch.images[canvas][row]; };
  const auto failed = [&](const Error& error, std::size_t canvas) {
    failures.push_back({batch.first + row, sample.name, to_string(error), canvas});
  };
  auto image = reader.read(sample.locator);
  if (!image) {
    for (std::size_t c = 0; c < canvases.size(); ++c) row_of(c).zero_();
    return failed(image.error(), LoadFailure::every_canvas);
  }
  *image = under_condition(std::move(*image), condition, batch.first + row);
  batch.frames[static_cast<std::size_t>(row)] = {image->width, image->height};
  for (std::size_t c = 0; c < canvases.size(); ++c) {
    const auto put = put_on_canvas(*image, canvases[c], sample.locator.name);
    if (!put) {
      row_of(c).zero_();
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

/// A batch that is being made, in parts, by whoever is free.
struct BatchInWork {
  LoadedBatch loaded;
  std::int64_t begin = 0;  ///< in the range
  std::int64_t claimed = 0, left = 0;
  std::vector<std::vector<LoadFailure>> failures;  ///< per part, so that they come in order

  std::int64_t parts() const { return static_cast<std::int64_t>(failures.size()); }
};

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
  std::condition_variable changed;
  std::list<BatchInWork> in_work;  ///< in order; a batch keeps its place in memory
  std::int64_t opened = 0;         ///< samples of the range whose batch has been begun
  bool opening = false, stopping = false;
  std::exception_ptr failure;
  std::vector<std::jthread> workers;  // last: joined before the rest goes

  std::int64_t sample_count() const { return static_cast<std::int64_t>(samples.size()); }

  /// Where the batch that holds sample `begin` of the range ends.
  std::int64_t batch_end(std::int64_t begin) const {
    const std::int64_t offset = first % shard_samples;
    return std::min<std::int64_t>(((offset + begin) / batch + 1) * batch - offset, sample_count());
  }

  BatchInWork empty_batch(std::int64_t begin) const {
    BatchInWork made;
    made.begin = begin;
    LoadedBatch& loaded = made.loaded;
    loaded.first = first + begin;
    loaded.count = batch_end(begin) - begin;
    loaded.frames.resize(static_cast<std::size_t>(loaded.count));
    for (const Canvas& c : canvases) {
      const auto type = c.eight_bit() ? at::kByte : at::kFloat;
      loaded.images.push_back(at::empty({loaded.count, c.height, c.width, c.channels},
                                        at::TensorOptions(type).pinned_memory(for_gpu)));
      loaded.valid.push_back(has_margins(c) ? at::zeros({loaded.count, 4}, at::kInt)
                                            : at::Tensor());
    }
    made.left = (loaded.count + samples_a_part - 1) / samples_a_part;
    made.failures.resize(static_cast<std::size_t>(made.left));
    return made;
  }

  void load_part(BatchInWork& of, std::int64_t part) const {
    const std::int64_t end = std::min((part + 1) * samples_a_part, of.loaded.count);
    for (std::int64_t row = part * samples_a_part; row < end; ++row)
      load_sample(reader, samples[static_cast<std::size_t>(of.begin + row)], condition,
                  canvases, of.loaded, row, of.failures[static_cast<std::size_t>(part)]);
  }

  bool may_open() const {
    return !opening && opened < sample_count() && in_work.size() < batches_ahead;
  }
  BatchInWork* claimable() {
    const auto found =
        std::ranges::find_if(in_work, [](const auto& b) { return b.claimed < b.parts(); });
    return found == in_work.end() ? nullptr : &*found;
  }

  /// Does one piece of work: a part, or the beginning of a batch. Called and left with the lock.
  void step(std::unique_lock<std::mutex>& lock) {
    if (BatchInWork* of = claimable()) {
      const std::int64_t part = of->claimed++;
      lock.unlock();
      load_part(*of, part);
      lock.lock();
      if (--of->left == 0) changed.notify_all();
      return;
    }
    // Memory that a GPU copies from is dear to get: not while others wait for the lock.
    opening = true;
    const std::int64_t begin = opened;
    lock.unlock();
    BatchInWork made = empty_batch(begin);
    lock.lock();
    in_work.push_back(std::move(made));
    opened = batch_end(begin);
    opening = false;
    changed.notify_all();
  }

  void work() {
    std::unique_lock lock(mutex);
    try {
      for (;;) {
        changed.wait(lock, [&] { return stopping || claimable() || may_open(); });
        if (stopping) return;
        step(lock);
      }
    } catch (...) {  // no memory: whoever asks for the next batch is told
      if (!lock.owns_lock()) lock.lock();
      failure = std::current_exception();
      changed.notify_all();
    }
  }

  bool front_is_ready() const { return !in_work.empty() && in_work.front().left == 0; }
  bool at_end() const { return in_work.empty() && opened == sample_count(); }

  void stop() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    workers.clear();
  }
};

BatchLoader::BatchLoader(const SampleReader& reader, const std::vector<SampleInfo>& samples,
                         std::int64_t first, int batch, std::vector<Canvas> canvases, bool for_gpu,
                         View condition)
    : state_(new State{reader, samples, first, batch, std::move(canvases), for_gpu,
                       std::move(condition)}) {
  // As many as the process has of the machine: beside other ranks a part of its cores.
  const auto own = static_cast<std::size_t>(std::max(1, at::get_num_threads()));
  const std::size_t threads = for_gpu ? std::min(own, most_threads) : 1;
  for (std::size_t i = 0; i < threads; ++i) try {
      state_->workers.emplace_back([state = state_.get()] { state->work(); });
    } catch (const std::system_error&) {  // The system gives no more.
      break;
    }
}

BatchLoader::~BatchLoader() { state_->stop(); }

std::optional<LoadedBatch> BatchLoader::next() {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  // Without a thread, whoever asks does the work.
  while (state.workers.empty() && !state.front_is_ready() && !state.at_end()) state.step(lock);
  state.changed.wait(lock,
                     [&] { return state.failure || state.front_is_ready() || state.at_end(); });
  if (state.failure) std::rethrow_exception(state.failure);
  if (state.in_work.empty()) return std::nullopt;
  BatchInWork ready = std::move(state.in_work.front());
  state.in_work.pop_front();
  state.changed.notify_all();
  for (auto& failed : ready.failures)
    std::ranges::move(failed, std::back_inserter(ready.loaded.failures));
  return std::move(ready.loaded);
}

}  // namespace plumbline

#include "core/engine/inference/batch_loader.h"

#include <algorithm>
#include <exception>
#include <list>

#include <ATen/ops/zeros.h>
#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAContext.h>
#endif

#include "core/engine/inference/device_loading.h"
#include "core/predictions/prediction_file.h"

namespace plumbline {

namespace {

/// Batches that are being made or ready.
constexpr int batches_ahead = 4;
/// Samples that a thread takes at once: a batch is shared by all, whatever its size.
constexpr std::int64_t samples_a_part = 8;
/// Of files that wait for the GPU, in all batches: which files wait must not depend on the others,
/// so that each has its share of it at most.
constexpr std::int64_t most_waiting_bytes = std::int64_t{16} << 30;

/// Whether a part of the canvas may show no image.
bool has_margins(const Canvas& canvas) {
  return !canvas.eight_bit() || canvas.resize.kind == ResizeKind::letterbox ||
         canvas.resize.kind == ResizeKind::short_side;
}

/// A batch that is being made, in parts, by whoever is free.
struct BatchInWork {
  LoadedBatch loaded;
  std::int64_t begin = 0;  ///< in the range
  std::int64_t claimed = 0, left = 0;
  bool decoding = false;                           ///< the GPU has it
  std::vector<std::vector<LoadFailure>> failures;  ///< per part
  std::vector<PendingJpeg> pending;                ///< files that the GPU is to decode

  std::int64_t parts() const { return static_cast<std::int64_t>(failures.size()); }
  bool waits_for_device() const { return left == 0 && !decoding && !pending.empty(); }
  bool ready() const { return left == 0 && !decoding && pending.empty(); }
};

std::size_t most_file_bytes(int batch) {
  return static_cast<std::size_t>(most_waiting_bytes / batches_ahead / std::max(1, batch));
}

}  // namespace

struct BatchLoader::State {
  using Lock = LoaderThreads::Lock;

  std::shared_ptr<LoaderThreads> threads;
  SampleLoading loading;
  std::span<const SampleInfo> samples;
  std::int64_t first;
  int batch;

  std::list<BatchInWork> in_work;  ///< in order; a batch keeps its place in memory
  std::int64_t opened = 0;         ///< samples of the range whose batch has been begun
  bool opening = false;
  std::exception_ptr failure;
  LoaderThreads::Place place{};

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
    for (const Canvas& c : loading.canvases) {
      loaded.images.push_back(
          empty_images(c, loaded.count, at::TensorOptions().pinned_memory(threads->for_gpu())));
      loaded.valid.push_back(has_margins(c) ? at::zeros({loaded.count, 4}, at::kInt)
                                            : at::Tensor());
    }
    made.left = (loaded.count + samples_a_part - 1) / samples_a_part;
    made.failures.resize(static_cast<std::size_t>(made.left));
    return made;
  }

  void load_part(BatchInWork& of, std::int64_t part, std::vector<PendingJpeg>& pending) const {
    const std::int64_t end = std::min((part + 1) * samples_a_part, of.loaded.count);
    for (std::int64_t row = part * samples_a_part; row < end; ++row)
      load_sample(loading, samples[static_cast<std::size_t>(of.begin + row)], row, of.loaded,
                  of.failures[static_cast<std::size_t>(part)], pending);
  }

  bool has_begun_all() const { return failure || opened == sample_count(); }
  bool may_open() const {
    return !opening && opened < sample_count() && threads->batches < batches_ahead;
  }
  BatchInWork* claimable() {
    const auto found =
        std::ranges::find_if(in_work, [](const auto& b) { return b.claimed < b.parts(); });
    return found == in_work.end() ? nullptr : &*found;
  }
  bool has_work() { return !failure && (claimable() || may_open()); }

  /// Does one piece of work: a part, or the beginning of a batch. Called and left with the lock.
  void step(Lock& lock) {
    if (BatchInWork* of = claimable()) {
      const std::int64_t part = of->claimed++;
      lock.unlock();
      std::vector<PendingJpeg> pending;
      load_part(*of, part, pending);
      lock.lock();
      std::ranges::move(pending, std::back_inserter(of->pending));
      if (--of->left == 0) threads->changed.notify_all();
      return;
    }
    // Memory that a GPU copies from is dear to get: not while others wait for the lock.
    opening = true;
    ++threads->batches;
    const std::int64_t begin = opened;
    lock.unlock();
    BatchInWork made = empty_batch(begin);
    lock.lock();
    in_work.push_back(std::move(made));
    opened = batch_end(begin);
    opening = false;
    threads->changed.notify_all();
  }

  BatchInWork* decodable() {
    const auto found =
        std::ranges::find_if(in_work, [](const auto& b) { return b.waits_for_device(); });
    return found == in_work.end() ? nullptr : &*found;
  }

  /// Decodes a batch's files. Called and left with the lock.
  void decode(Lock& lock, DeviceJpeg::Lane& lane) {
    BatchInWork* of = decodable();
    of->decoding = true;
    lock.unlock();
    decode_on_device(loading, samples.data() + of->begin, of->loaded,
                     std::exchange(of->pending, {}), lane, threads->decoder()->device(),
                     of->failures.back());
    lock.lock();
    of->decoding = false;
    threads->changed.notify_all();
  }

  bool front_is_ready() const { return !in_work.empty() && in_work.front().ready(); }
  bool at_end() const { return in_work.empty() && !opening && opened == sample_count(); }
};

BatchLoader::BatchLoader(std::shared_ptr<LoaderThreads> threads, const SampleReader& reader,
                         std::span<const SampleInfo> samples, std::int64_t first, int batch,
                         std::vector<Canvas> canvases, View condition) {
  const DeviceJpeg* decoder = threads->decoder();
  state_.reset(new State{
      std::move(threads),
      {reader, std::move(canvases), std::move(condition), decoder, most_file_bytes(batch)},
      samples,
      first,
      batch});
  State* state = state_.get();
  state->place = state->threads->add(
      {[state] { return state->has_work(); }, [state] { return state->has_begun_all(); },
       [state](auto& lock) { state->step(lock); },
       [state] { return !state->failure && state->decodable() != nullptr; },
       [state](auto& lock, DeviceJpeg::Lane& lane) { state->decode(lock, lane); },
       [state](const std::exception_ptr& failure) { state->failure = failure; }});
}

BatchLoader::BatchLoader(const SampleReader& reader, std::span<const SampleInfo> samples,
                         std::int64_t first, int batch, std::vector<Canvas> canvases, bool for_gpu,
                         View condition)
    // Without a decoder of the GPU's there is no error.
    : BatchLoader(*LoaderThreads::make(for_gpu, nullptr), reader, samples, first, batch,
                  std::move(canvases), std::move(condition)) {}

BatchLoader::~BatchLoader() {
  State& state = *state_;
  state.threads->remove(state.place);
  {
    const std::lock_guard lock(state.threads->mutex);
    state.threads->batches -= static_cast<int>(state.in_work.size()) + (state.opening ? 1 : 0);
  }
  state.threads->changed.notify_all();
}

std::optional<LoadedBatch> BatchLoader::next() {
  State& state = *state_;
  LoaderThreads& threads = *state.threads;
  LoaderThreads::Lock lock(threads.mutex);
  // Without a thread, whoever asks does the work.
  while (threads.count() == 0 && state.has_work() && !state.front_is_ready()) state.step(lock);
  threads.changed.wait(lock,
                       [&] { return state.failure || state.front_is_ready() || state.at_end(); });
  if (state.failure) std::rethrow_exception(state.failure);
  if (state.in_work.empty()) return std::nullopt;
  BatchInWork ready = std::move(state.in_work.front());
  state.in_work.pop_front();
  --threads.batches;
  threads.changed.notify_all();
  lock.unlock();
  for (auto& failed : ready.failures)
    std::ranges::move(failed, std::back_inserter(ready.loaded.failures));
  std::ranges::stable_sort(ready.loaded.failures, {}, &LoadFailure::sample);
#ifdef PLUMBLINE_CUDA
  for (const at::Tensor& images : ready.loaded.images)
    if (images.is_cuda())  // made on a stream of the loader's
      images.record_stream(at::cuda::getCurrentCUDAStream(images.device().index()).unwrap());
#endif
  return std::move(ready.loaded);
}

}  // namespace plumbline

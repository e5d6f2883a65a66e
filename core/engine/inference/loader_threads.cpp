#include "core/engine/inference/loader_threads.h"

#include <algorithm>
#include <optional>
#include <system_error>

#include <ATen/Parallel.h>
#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAGuard.h>
#endif

namespace plumbline {

namespace {

constexpr std::size_t most_threads = 64;
/// While one waits for the GPU, another hands it the next files.
constexpr int decoding_lanes = 2;

}  // namespace

LoaderThreads::LoaderThreads(bool for_gpu, std::shared_ptr<const DeviceJpeg> decoder)
    : for_gpu_(for_gpu), decoder_(std::move(decoder)) {}

Result<std::shared_ptr<LoaderThreads>> LoaderThreads::make(
    bool for_gpu, std::shared_ptr<const DeviceJpeg> decoder) {
  std::shared_ptr<LoaderThreads> made(new LoaderThreads(for_gpu, std::move(decoder)));
  const auto own = static_cast<std::size_t>(std::max(1, at::get_num_threads()));
  const std::size_t threads = for_gpu ? std::min(own, most_threads) : 1;
  for (std::size_t i = 0; i < threads; ++i) try {
      made->threads_.emplace_back([threads = made.get()] { threads->work(); });
    } catch (const std::system_error&) {  // The system gives no more.
      break;
    }
  if (!made->decoder_) return made;
  for (int i = 0; i < decoding_lanes; ++i) {
    auto lane = made->decoder_->make_lane();
    TRY(lane);
    made->lanes_.push_back(std::move(*lane));
    try {
      made->decoding_.emplace_back([threads = made.get(), own_lane = made->lanes_.back().get()] {
        threads->decode(*own_lane);
      });
    } catch (const std::system_error& error) {
      if (i == 0)
        return fail(
            ErrorKind::device,
            std::string("the system cannot start a thread to decode with: ") + error.what());
      break;
    }
  }
  return made;
}

LoaderThreads::~LoaderThreads() {
  {
    const std::lock_guard lock(mutex);
    stopping_ = true;
  }
  changed.notify_all();
  decoding_.clear();
  threads_.clear();
}

LoaderThreads::Place LoaderThreads::add(Client client) {
  Place place;
  {
    const std::lock_guard lock(mutex);
    place = entries_.insert(entries_.end(), {std::move(client), 0});
  }
  changed.notify_all();
  return place;
}

void LoaderThreads::remove(Place place) {
  {
    Lock lock(mutex);
    // Nobody enters it any more.
    place->client.has_work = place->client.has_device_work = [] { return false; };
    place->client.has_begun_all = [] { return true; };
    changed.wait(lock, [&] { return place->busy == 0; });
    entries_.erase(place);
  }
  changed.notify_all();
}

LoaderThreads::Entry* LoaderThreads::with_work() {
  for (Entry& entry : entries_) {
    if (entry.client.has_work()) return &entry;
    // What a younger one began would keep this one from its next batch.
    if (!entry.client.has_begun_all()) return nullptr;
  }
  return nullptr;
}

LoaderThreads::Entry* LoaderThreads::with_device_work() {
  const auto found = std::ranges::find_if(
      entries_, [](const Entry& entry) { return entry.client.has_device_work(); });
  return found == entries_.end() ? nullptr : &*found;
}

template <class Find, class Step>
void LoaderThreads::serve(const Find& find, const Step& step) {
  Lock lock(mutex);
  for (;;) {
    Entry* entry = nullptr;
    changed.wait(lock, [&] { return stopping_ || (entry = find()) != nullptr; });
    if (stopping_) return;
    ++entry->busy;
    try {
      step(*entry, lock);
    } catch (...) {  // no memory, or the device: whoever asks for the next batch is told
      if (!lock.owns_lock()) lock.lock();
      entry->client.failed(std::current_exception());
      changed.notify_all();
    }
    if (--entry->busy == 0) changed.notify_all();
  }
}

void LoaderThreads::work() {
  serve([&] { return with_work(); }, [](Entry& entry, Lock& lock) { entry.client.work(lock); });
}

void LoaderThreads::decode(DeviceJpeg::Lane& lane) {
  std::exception_ptr without_stream;  // whoever asks for a batch is told
#ifdef PLUMBLINE_CUDA
  std::optional<c10::cuda::CUDAStreamGuard> guard;
  try {
    if (const c10::Device device = decoder_->device(); device.is_cuda()) {
      c10::cuda::set_device(device.index());
      guard.emplace(at::cuda::getStreamFromPool(/*isHighPriority=*/true, device.index()));
    }
  } catch (const c10::Error&) {
    without_stream = std::current_exception();
  }
#endif
  serve([&] { return with_device_work(); },
        [&](Entry& entry, Lock& lock) {
          if (without_stream) std::rethrow_exception(without_stream);
          entry.client.device_work(lock, lane);
        });
}

}  // namespace plumbline

#include "widgets/picture/thumbnail_loader.h"

#include <QTimer>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ranges>
#include <utility>

#include "core/study/study.h"
#include "widgets/picture/thumbnail_source.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

/// What arrives within a frame of the display is painted at once.
constexpr int frame_ms = 16;

}  // namespace

ThumbnailLoader::ThumbnailLoader(std::int64_t cache_bytes, QObject* parent)
    : QObject(parent), cache_(static_cast<qsizetype>(cache_bytes)) {
  const unsigned cores = std::thread::hardware_concurrency();
  const unsigned count = std::clamp(cores == 0 ? 2 : cores - 1, 1u, 6u);
  for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
}

ThumbnailLoader::~ThumbnailLoader() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThumbnailLoader::set_source(const std::filesystem::path& study, std::int64_t dataset,
                                 const std::string& split) {
  {
    const std::lock_guard lock(mutex_);
    auto pack = source_ != nullptr && source_->pack()->study() == study
                    ? source_->pack()
                    : std::make_shared<SharedPack>(study);
    source_ = std::make_shared<ThumbnailSource>(std::move(pack), dataset, split);
    ++generation_;
    queue_.clear();
    working_.clear();
    finished_.clear();
    cache_.clear();
  }
  wake_.notify_all();  // the threads let go of the last study
}

void ThumbnailLoader::want(const std::vector<ThumbnailRequest>& nearest_first, int side) {
  collect();  // or it would be decoded once more
  {
    const std::lock_guard lock(mutex_);
    if (side != side_) {
      side_ = side;
      ++generation_;  // what is under way has the wrong size
      working_.clear();
    }
    queue_.clear();
    for (const ThumbnailRequest& request : nearest_first | std::views::reverse) {
      const Thumbnail* there = cache_.object(request.item);
      if ((there == nullptr || there->side != side) && !working_.contains(request.item))
        queue_.push_back(request);
    }
  }
  wake_.notify_all();
}

bool ThumbnailLoader::complete() const {
  const std::lock_guard lock(mutex_);
  return queue_.empty() && working_.empty() && finished_.empty();
}

void ThumbnailLoader::work() {
  // On few cores decoding must not keep the window from scrolling.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 5));
  std::shared_ptr<ThumbnailSource> source;
  Result<Study> study = bad_input("no study");
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stop_ || !queue_.empty() || source != source_; });
    if (stop_) return;
    if (source != source_) {
      source = source_;
      lock.unlock();
      study = Study::open(source->pack()->study(), Access::read_only);
      lock.lock();
      continue;
    }
    const ThumbnailRequest request = queue_.back();
    queue_.pop_back();
    working_.insert(request.item);
    const std::uint64_t generation = generation_;
    const int side = side_;
    lock.unlock();

    auto thumbnail = std::make_unique<Thumbnail>();
    thumbnail->side = side;
    auto picture = study ? source->load(*study, request, side)
                         : ThumbnailSource::Picture{{}, tl::unexpected(study.error())};
    thumbnail->name = std::move(picture.name);
    if (picture.image)
      thumbnail->image = std::move(*picture.image);
    else
      thumbnail->error = text_of(to_string(picture.image.error()));

    lock.lock();
    if (generation != generation_) continue;
    working_.erase(request.item);
    finished_.push_back({request.item, generation, std::move(thumbnail)});
    if (!announced_) {
      announced_ = true;
      QMetaObject::invokeMethod(this, [this] { announce(); }, Qt::QueuedConnection);
    }
  }
}

void ThumbnailLoader::announce() {
  // The last ones that are waited for need not wait for others.
  bool last = false;
  {
    const std::lock_guard lock(mutex_);
    last = queue_.empty() && working_.empty();
  }
  if (last)
    take_finished();
  else
    QTimer::singleShot(frame_ms, this, &ThumbnailLoader::take_finished);
}

void ThumbnailLoader::collect() {
  std::vector<Finished> finished;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(finished_, [this](const Finished& f) { return f.generation != generation_; });
    finished.swap(finished_);
  }
  collected_ = collected_ || !finished.empty();
  for (Finished& f : finished) {
    const qsizetype cost = std::max<qsizetype>(f.thumbnail->image.sizeInBytes(), 256);
    cache_.insert(f.item, f.thumbnail.release(), cost);
  }
}

void ThumbnailLoader::take_finished() {
  {
    const std::lock_guard lock(mutex_);
    announced_ = false;
  }
  collect();
  if (std::exchange(collected_, false)) Q_EMIT arrived();
}

}  // namespace plumbline

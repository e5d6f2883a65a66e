#include "widgets/gallery/thumbnail_loader.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "core/study/study.h"
#include "widgets/gallery/sample_image.h"

namespace plumbline {

/// Where thumbnails come from. The reader is thread-safe and shared, so that a compressed file is
/// inflated once.
struct ThumbnailLoader::Source {
  std::filesystem::path study;
  std::int64_t dataset = 0;
  std::string split;

  std::mutex mutex;
  std::shared_ptr<const SampleReader> reader;  // guarded by mutex

  Result<std::shared_ptr<const SampleReader>> open_reader(const Study& opened) {
    const std::lock_guard lock(mutex);
    if (reader == nullptr) {
      auto made = opened.reader(dataset);
      if (!made) return tl::unexpected(made.error());
      reader = std::make_shared<const SampleReader>(std::move(*made));
    }
    return reader;
  }
};

namespace {

QImage fit(const QImage& image, int side) {
  if (image.isNull()) return image;
  return image.scaled(side, side, Qt::KeepAspectRatio, Qt::SmoothTransformation)
      .convertToFormat(QImage::Format_RGB32);
}

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
  auto source = std::make_shared<Source>();
  source->study = study;
  source->dataset = dataset;
  source->split = split;
  const std::lock_guard lock(mutex_);
  source_ = std::move(source);
  ++generation_;
  queue_.clear();
  working_.clear();
  finished_.clear();
  cache_.clear();
}

void ThumbnailLoader::want(const std::vector<std::uint32_t>& nearest_first, int side) {
  {
    const std::lock_guard lock(mutex_);
    if (side != side_) {
      side_ = side;
      ++generation_;  // what is under way has the wrong size
      working_.clear();
    }
    queue_.clear();
    for (auto sample = nearest_first.rbegin(); sample != nearest_first.rend(); ++sample) {
      const Thumbnail* there = cache_.object(*sample);
      if ((there == nullptr || there->side != side) && !working_.contains(*sample))
        queue_.push_back(*sample);
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
  std::shared_ptr<Source> source;
  Result<Study> study = bad_input("no study");
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
    if (stop_) return;
    const std::uint32_t sample = queue_.back();
    queue_.pop_back();
    working_.insert(sample);
    const std::uint64_t generation = generation_;
    const int side = side_;
    const bool moved = source != source_;
    source = source_;
    lock.unlock();

    auto thumbnail = std::make_unique<Thumbnail>();
    thumbnail->side = side;
    const auto load = [&]() -> Result<void> {
      if (moved) study = Study::open(source->study, Access::read_only);
      if (!study) return tl::unexpected(study.error());
      const auto reader = source->open_reader(*study);
      if (!reader) return tl::unexpected(reader.error());
      const auto info = study->samples(source->dataset, source->split, sample, 1);
      if (!info) return tl::unexpected(info.error());
      if (info->empty()) return bad_input("the study has no such sample");
      thumbnail->name = QString::fromStdString(info->front().name);
      const auto image = (*reader)->read(info->front().locator, side);
      if (!image) return tl::unexpected(image.error());
      thumbnail->image = fit(to_qimage(*image), side);
      return {};
    };
    if (const auto loaded = load(); !loaded)
      thumbnail->error = QString::fromStdString(to_string(loaded.error()));

    lock.lock();
    if (generation != generation_) continue;
    working_.erase(sample);
    finished_.push_back({sample, generation, std::move(thumbnail)});
    if (!announced_) {
      announced_ = true;
      QMetaObject::invokeMethod(this, [this] { take_finished(); }, Qt::QueuedConnection);
    }
  }
}

void ThumbnailLoader::take_finished() {
  std::vector<Finished> finished;
  {
    const std::lock_guard lock(mutex_);
    announced_ = false;
    std::erase_if(finished_, [this](const Finished& f) { return f.generation != generation_; });
    finished.swap(finished_);
  }
  for (Finished& f : finished) {
    const qsizetype cost = std::max<qsizetype>(f.thumbnail->image.sizeInBytes(), 256);
    cache_.insert(f.sample, f.thumbnail.release(), cost);
  }
  if (!finished.empty()) Q_EMIT arrived();
}

}  // namespace plumbline

#include "widgets/inspector/sample_detail.h"

#include <QMetaObject>

#include "core/study/run_votes.h"
#include "widgets/picture/sample_image.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int largest_shown = 2048;

/// A study that stays open as long as the run stays the same.
class DetailReader {
 public:
  std::shared_ptr<const SampleDetail> read(const std::shared_ptr<const OpenedRun>& run,
                                           ItemRef item) {
    if (run != run_) {
      run_ = run;
      reader_.reset();
      study_ = Study::open(run->folder, Access::read_only);
    }
    auto detail = std::make_shared<SampleDetail>();
    detail->item = item;
    if (const auto read = fill(*detail); !read)
      detail->image_error = text_of(to_string(read.error()));
    return detail;
  }

 private:
  Result<void> fill(SampleDetail& detail) {
    TRY(study_);
    const std::int64_t sample = detail.item.sample();
    const auto info = study_->samples(run_->dataset.id, run_->split, sample, 1);
    TRY(info);
    if (info->empty()) return bad_input("the study has no such sample");
    detail.name = text_of(info->front().name);
    for (std::size_t voter = 0; run_->votes && voter < run_->info.voters.size(); ++voter) {
      auto values = log_probs(*study_, run_->info, run_->split, voter, sample);
      detail.log_probs.push_back(values ? std::move(*values) : std::vector<float>());
    }
    if (!reader_) {
      auto reader = study_->reader(run_->dataset.id);
      TRY(reader);
      reader_.emplace(std::move(*reader));
    }
    const auto image = reader_->read(info->front().locator);
    TRY(image);
    detail.image_size = QSize(image->width, image->height);
    detail.channels = image->channels;
    detail.image = to_qimage(*image);
    if (std::max(image->width, image->height) > largest_shown)
      detail.image = detail.image.scaled(largest_shown, largest_shown, Qt::KeepAspectRatio,
                                         Qt::SmoothTransformation);
    return {};
  }

  std::shared_ptr<const OpenedRun> run_;
  Result<Study> study_ = bad_input("no study");
  std::optional<SampleReader> reader_;
};

}  // namespace

SampleDetailLoader::SampleDetailLoader(QObject* parent) : QObject(parent) {
  thread_ = std::thread([this] { work(); });
}

SampleDetailLoader::~SampleDetailLoader() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void SampleDetailLoader::set_run(std::shared_ptr<const OpenedRun> run) {
  const std::lock_guard lock(mutex_);
  run_ = std::move(run);
  wanted_.reset();
  ++asked_;
}

void SampleDetailLoader::ask(ItemRef item) {
  {
    const std::lock_guard lock(mutex_);
    if (run_ == nullptr) return;
    wanted_ = item;
    ++asked_;
  }
  wake_.notify_all();
}

bool SampleDetailLoader::idle() const {
  const std::lock_guard lock(mutex_);
  return !wanted_ && !busy_;
}

void SampleDetailLoader::work() {
  DetailReader reader;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || wanted_; });
    if (stop_) return;
    const ItemRef item = *wanted_;
    wanted_.reset();
    const std::uint64_t asked = asked_;
    const auto run = run_;
    busy_ = true;
    lock.unlock();
    auto detail = reader.read(run, item);
    lock.lock();
    if (stop_) return;
    QMetaObject::invokeMethod(
        this,
        [this, asked, detail] {
          {
            const std::lock_guard guard(mutex_);
            if (!wanted_) busy_ = false;
            if (asked != asked_) return;
          }
          Q_EMIT loaded(detail);
        },
        Qt::QueuedConnection);
  }
}

}  // namespace plumbline

#pragma once
#include <QImage>
#include <QString>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <string>

#include "core/data/sample_reader.h"
#include "core/data/thumbnail_pack.h"
#include "core/study/study.h"

namespace plumbline {

struct ThumbnailRequest;

/// The study's pack of thumbnails, opened on a thread of its own when it is first needed. Shared by
/// the splits of a study, since a program that opened it twice could not write to it. Thread-safe.
class SharedPack {
 public:
  explicit SharedPack(std::filesystem::path study) : study_(std::move(study)) {}
  const std::filesystem::path& study() const { return study_; }
  /// Null while a large pack is still being read: the first pictures do not wait long for it.
  ThumbnailPack* get();

 private:
  const std::filesystem::path study_;
  std::once_flag once_;
  std::shared_future<std::shared_ptr<ThumbnailPack>> pack_;
  std::chrono::steady_clock::time_point patience_;
};

/// Where the thumbnails of a split come from: its images, and for images much larger than their
/// thumbnail the study's pack. Thread-safe; every thread brings a Study of its own.
class ThumbnailSource {
 public:
  ThumbnailSource(std::shared_ptr<SharedPack> pack, std::int64_t dataset, std::string split)
      : pack_(std::move(pack)), dataset_(dataset), split_(std::move(split)) {}
  const std::shared_ptr<SharedPack>& pack() const { return pack_; }

  struct Picture {
    QString name;  ///< the sample's, also where the picture is missing
    Result<QImage> image;
  };
  /// At most `side` pixels wide and high; of a crop what lies within the image. Errors: the
  /// image's; a crop that lies outside.
  Picture load(const StudyData& study, const ThumbnailRequest& request, int side);

 private:
  Result<std::shared_ptr<const SampleReader>> reader(const StudyData& study);
  Result<QImage> load(const StudyData& study, const SampleLocator& sample,
                      const ThumbnailRequest& request, int side);

  const std::shared_ptr<SharedPack> pack_;
  const std::int64_t dataset_;
  const std::string split_;
  std::mutex mutex_;
  // Shared, so that a compressed file is inflated once.
  std::shared_ptr<const SampleReader> reader_;  // guarded by mutex_
};

}  // namespace plumbline

#include "widgets/picture/thumbnail_source.h"

#include <QPainter>

#include <algorithm>

#include "core/data/jpeg_writer.h"
#include "widgets/picture/sample_image.h"
#include "widgets/picture/thumbnail_loader.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

/// Nobody sees the difference at a thumbnail's size.
constexpr int pack_quality = 92;
/// Pixels of a crop that reaches beyond its image.
constexpr qint64 largest_padded = qint64{1} << 26;

QImage fit(const QImage& image, int side) {
  if (image.isNull()) return image;
  return image.scaled(side, side, Qt::KeepAspectRatio, Qt::SmoothTransformation)
      .convertToFormat(image.hasAlphaChannel() ? QImage::Format_ARGB32_Premultiplied
                                               : QImage::Format_RGB32);
}

/// The crop in its whole size, transparent where there is no image.
QImage padded_crop(const QImage& image, const QRect& crop, const QRect& inside) {
  QImage padded(crop.size(), QImage::Format_ARGB32_Premultiplied);
  if (padded.isNull()) return padded;
  padded.fill(Qt::transparent);
  QPainter painter(&padded);
  painter.drawImage(inside.topLeft() - crop.topLeft(), image, inside);
  return padded;
}

}  // namespace

ThumbnailPack* SharedPack::get() {
  std::call_once(once_, [this] {
    patience_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    pack_ = std::async(std::launch::async, [folder = study_ / "cache"] {
      std::error_code code;  // without the folder: a pack that keeps nothing
      std::filesystem::create_directory(folder, code);
      return std::make_shared<ThumbnailPack>(ThumbnailPack::open(folder / "thumbnails.pack"));
    });
  });
  // A copy: one future is for one thread.
  const auto pack = pack_;
  return pack.wait_until(patience_) == std::future_status::ready ? pack.get().get() : nullptr;
}

Result<std::shared_ptr<const SampleReader>> ThumbnailSource::reader(const StudyData& study) {
  const std::lock_guard lock(mutex_);
  if (reader_ == nullptr) {
    auto made = study.reader(dataset_);
    TRY(made);
    reader_ = std::make_shared<const SampleReader>(std::move(*made));
  }
  return reader_;
}

ThumbnailSource::Picture ThumbnailSource::load(const StudyData& study,
                                               const ThumbnailRequest& request, int side) {
  const auto info = study.samples(dataset_, split_, request.item.sample(), 1);
  if (!info) return {{}, tl::unexpected(info.error())};
  if (info->empty()) return {{}, bad_input("the study has no such sample")};
  // Here what is there now is shown, whether or not it is what was imported: a run would name it.
  SampleLocator locator = info->front().locator;
  locator.hash.clear();
  return {text_of(info->front().name), load(study, locator, request, side)};
}

Result<QImage> ThumbnailSource::load(const StudyData& study, const SampleLocator& sample,
                                     const ThumbnailRequest& request, int side) {
  const auto images = reader(study);
  TRY(images);
  ThumbnailPack* pack = pack_->get();
  ThumbnailKey key{dataset_, split_, request.item.sample(), 0, side, request.crop};
  // An image that has gone is an error also where its thumbnail is still there.
  const auto source = (*images)->fingerprint(sample);
  TRY(source);
  key.source = *source;
  if (const auto jpeg = pack != nullptr ? pack->find(key) : std::nullopt)
    if (const auto image = decode_image(*jpeg, sample.name)) return to_qimage(*image);

  // A crop is given in the whole image's pixels: those are needed.
  const auto image = (*images)->read(sample, request.crop ? 0 : side);
  TRY(image);
  QImage shown = to_qimage(*image);
  if (request.crop) {
    const PixelRect& crop = *request.crop;
    const QRect asked(crop.left, crop.top, crop.width, crop.height);
    const QRect inside = asked.intersected(shown.rect());
    if (inside.isEmpty()) return bad_input("the object lies outside the image", sample.name);
    // Files of thumbnails have no transparency; what lies at an edge is made each time.
    const bool fits = qint64{asked.width()} * asked.height() <= largest_padded;
    if (request.whole_crop && inside != asked && fits)
      return fit(padded_crop(shown, asked, inside), side);
    shown = shown.copy(inside);
  }
  QImage thumbnail = fit(shown, side);
  // A smaller image is decoded as fast as its thumbnail.
  if (std::max(image->width, image->height) * image->reduction <= 2 * side) return thumbnail;
  const auto jpeg = encode_jpeg(to_image(thumbnail), pack_quality);
  if (!jpeg) return thumbnail;
  if (pack != nullptr) pack->keep(key, *jpeg);
  // What is shown does not depend on what was kept before.
  if (const auto packed = decode_image(*jpeg, sample.name)) return to_qimage(*packed);
  return thumbnail;
}

}  // namespace plumbline

#pragma once
#include <QCache>
#include <QImage>
#include <QObject>
#include <QString>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "core/data/pixel_rect.h"
#include "core/types/item_ref.h"

namespace plumbline {

class ThumbnailSource;

inline std::size_t qHash(ItemRef item, std::size_t seed = 0) {
  return std::hash<ItemRef>()(item) ^ seed;
}

/// Which picture is wanted for an item.
struct ThumbnailRequest {
  ItemRef item;
  /// The part of the sample's image that the item is; absent: the whole image. The same for one
  /// item until set_source() is called again.
  std::optional<PixelRect> crop = std::nullopt;
  /// What of the crop lies outside the image is transparent; else it is left out.
  bool whole_crop = false;
};

/// A decoded picture, or why there is none.
struct Thumbnail {
  QImage image;  ///< null where it could not be decoded
  int side = 0;  ///< the longest side that it was made for, in device pixels
  QString name;  ///< the sample's file
  QString error;
};

/// Decodes thumbnails on threads of its own, nearest first, and keeps the last ones in a bounded
/// cache; those of large images also in the study's pack, where the study may be written to. Every
/// thread reads the study through an object of its own. All calls belong to the receiver's thread;
/// find() never decodes.
class ThumbnailLoader : public QObject {
  Q_OBJECT
 public:
  explicit ThumbnailLoader(std::int64_t cache_bytes = std::int64_t{128} << 20,
                           QObject* parent = nullptr);
  ~ThumbnailLoader() override;

  /// Forgets everything and reads from this split from now on.
  void set_source(const std::filesystem::path& study, std::int64_t dataset,
                  const std::string& split);

  /// Replaces what is waited for: nearest first, `side` in device pixels. What is there in that
  /// size is not decoded again.
  void want(const std::vector<ThumbnailRequest>& nearest_first, int side);

  /// What is there, of whatever size; null: nothing yet.
  const Thumbnail* find(ItemRef item) const { return cache_.object(item); }
  bool complete() const;  ///< nothing that was wanted is still to come

 Q_SIGNALS:
  void arrived();  ///< further thumbnails; sent once for many

 private:
  struct Finished {
    ItemRef item;
    std::uint64_t generation;
    std::unique_ptr<Thumbnail> thumbnail;
  };
  void work();
  void announce();
  void collect();  ///< puts what is finished into the cache
  void take_finished();

  QCache<ItemRef, Thumbnail> cache_;  ///< cost in bytes
  bool collected_ = false;            ///< arrived() is still to be sent

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<ThumbnailSource> source_;  // guarded by mutex_
  std::vector<ThumbnailRequest> queue_;      // guarded; nearest last
  std::unordered_set<ItemRef> working_;      // guarded
  std::vector<Finished> finished_;           // guarded
  std::uint64_t generation_ = 0;             // guarded; of the source and size
  int side_ = 0;                             // guarded
  bool stop_ = false;                        // guarded
  bool announced_ = false;                   // guarded: take_finished is on its way
  std::vector<std::thread> threads_;
};

}  // namespace plumbline

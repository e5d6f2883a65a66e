#pragma once
#include <QRectF>
#include <QString>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/data/pixel_rect.h"
#include "core/decision/verdicts.h"
#include "core/types/item_ref.h"

namespace plumbline {

/// What a cell is about: an image, or an object in its surroundings.
enum class GalleryCells { images, objects };

/// What is shown of an object besides its picture.
struct ObjectCaption {
  QRectF box;               ///< in the crop, whose sides are 1
  QString size;             ///< "M 98 × 109"
  std::uint64_t found = 0;  ///< bit i: the i-th pip is filled
  /// Pips of each group; empty where there are too many for pips. Outlives the cell.
  const std::vector<std::size_t>* groups = nullptr;
  QString found_by;  ///< "2 of 6"
  QString tide;      ///< "Cls"
};

/// What a gallery shows of one item besides its picture.
struct GalleryCell {
  Verdict verdict = Verdict::unjudged;
  QString truth;  ///< the true class; empty where the prediction alone is to be written
  QString predicted;
  QString figure;  ///< the sort key, right-aligned
  std::optional<ObjectCaption> object = std::nullopt;
  bool tagged = false, noted = false;
};

/// The rows of a gallery. Every call is cheap: they are made while painting, for what is visible.
class GalleryContent {
 public:
  virtual ~GalleryContent() = default;
  virtual std::size_t size() const = 0;
  virtual ItemRef item(std::size_t row) const = 0;
  virtual GalleryCells cells() const { return GalleryCells::images; }
  /// Pixels that the widest caption of an image takes in one line: where a cell has less, captions
  /// have two. 0: one line is enough.
  virtual int caption_width() const { return 0; }
  /// Where in its image the item is; absent: it is the whole image. Of objects with what is around
  /// them, in the proportions of a cell's picture.
  virtual std::optional<PixelRect> crop(std::size_t) const { return std::nullopt; }
  virtual GalleryCell cell(std::size_t row) const = 0;
  /// What the pointer reads out; `file` is the sample's name, where it is known.
  virtual QString read_out(std::size_t row, const QString& file) const = 0;
};

}  // namespace plumbline

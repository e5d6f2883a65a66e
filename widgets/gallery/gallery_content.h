#pragma once
#include <QString>

#include <cstddef>
#include <optional>

#include "core/data/pixel_rect.h"
#include "core/decision/verdicts.h"
#include "core/types/item_ref.h"

namespace plumbline {

/// What a gallery shows of one item besides its picture.
struct GalleryCell {
  Verdict verdict = Verdict::unjudged;
  QString truth;  ///< the true class; empty where the prediction alone is to be written
  QString predicted;
  QString figure;  ///< the sort key, right-aligned
};

/// The rows of a gallery. Every call is cheap: they are made while painting, for what is visible.
class GalleryContent {
 public:
  virtual ~GalleryContent() = default;
  virtual std::size_t size() const = 0;
  virtual ItemRef item(std::size_t row) const = 0;
  /// Where in its image the item is; absent: it is the whole image.
  virtual std::optional<PixelRect> crop(std::size_t) const { return std::nullopt; }
  virtual GalleryCell cell(std::size_t row) const = 0;
  /// What the pointer reads out; `file` is the sample's name, where it is known.
  virtual QString read_out(std::size_t row, const QString& file) const = 0;
};

}  // namespace plumbline

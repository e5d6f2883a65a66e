#pragma once
#include <QPainter>
#include <QRectF>

#include "core/data/pixel_rect.h"

namespace plumbline {

/// How the outline of an object, or of what is taken for one, is drawn over a picture.
enum class TruthStyle {
  plain,    ///< light in a dark casing
  bold,     ///< likewise, wider: the object that is looked at
  claimed,  ///< dashed: a detection of nothing that is there
};
void draw_truth_box(QPainter& painter, const QRectF& box, TruthStyle style);

/// The part of an image that shows a box in its surroundings: 1.35 times the box, more where that
/// is small, in the proportions of `width` to `height`. May reach beyond the image.
PixelRect surroundings_of(const PixelRect& box, int width, int height);

}  // namespace plumbline

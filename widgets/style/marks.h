#pragma once
#include <QPainter>

#include "core/decision/verdicts.h"

namespace plumbline {

/// A verdict's shape, filling `box`: disc, triangle, square, diamond; a ring for what is not
/// judged.
void draw_verdict_mark(QPainter& painter, const QRectF& box, Verdict verdict, const QColor& colour);

/// A false detection: a cross, since nothing that is there is judged by it.
void draw_cross(QPainter& painter, const QRectF& box, const QColor& colour);

/// A thin arrowhead in the middle of `box`, as in combos and trees.
void draw_chevron(QPainter& painter, const QRectF& box, Qt::ArrowType direction,
                  const QColor& colour, qreal half_width = 3.5);

/// An arrow with its shaft, as behind a sort key.
void draw_arrow(QPainter& painter, const QRectF& box, bool down, const QColor& colour);

enum class TreeIcon { none, dataset, model, run, search, decision };
/// Line drawings of 14 pixels.
void draw_tree_icon(QPainter& painter, const QRectF& box, TreeIcon icon, const QColor& colour);

}  // namespace plumbline

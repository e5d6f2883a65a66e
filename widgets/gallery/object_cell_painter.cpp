// Cells of objects: a crop with the object's box, class and size, a pip a voter.
#include <cmath>

#include "widgets/gallery/cell_painter.h"
#include "widgets/picture/object_boxes.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/marks.h"

namespace plumbline {

namespace {

constexpr int object_corner = 14, caption_line = 16;
constexpr qreal pip_side = 7, pip_step = 8, group_gap = 4;

/// The right edge of the pips.
qreal paint_pips(QPainter& painter, QPointF at, const ObjectCaption& object, const QColor& colour) {
  if (object.groups == nullptr) return at.x();
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing, false);
  qreal x = at.x();
  std::size_t pip = 0;
  for (const std::size_t group : *object.groups) {
    for (std::size_t i = 0; i < group; ++i, ++pip, x += pip_step) {
      const QRectF box(x, at.y(), pip_side - 1, pip_side - 1);
      painter.setPen(QPen(colour, 1));
      const bool filled = (object.found >> pip & 1) != 0;
      painter.setBrush(filled ? QBrush(colour) : QBrush(Qt::NoBrush));
      painter.drawRect(box);
    }
    x += group_gap;
  }
  painter.restore();
  return x;
}

}  // namespace

void paint_object_cell(QPainter& painter, const GalleryGrid& grid, const QRect& rect,
                       const GalleryCell& cell, const Thumbnail* thumbnail, bool selected,
                       bool current) {
  const Colours& c = colours();
  const QRect frame = paint_cell_ground(painter, grid, rect, cell, thumbnail, selected, current);
  const QRect picture = grid.picture_of(rect);
  const ObjectCaption object = cell.object.value_or(ObjectCaption());
  const bool is_false = cell.verdict == Verdict::unjudged || cell.verdict == Verdict::caught;
  if (thumbnail != nullptr && !thumbnail->image.isNull()) {
    painter.save();
    painter.setClipRect(picture);
    const QRectF box(picture.left() + object.box.left() * picture.width(),
                     picture.top() + object.box.top() * picture.height(),
                     object.box.width() * picture.width(), object.box.height() * picture.height());
    draw_truth_box(painter, box, is_false ? TruthStyle::claimed : TruthStyle::plain);
    painter.restore();
  }
  const QRect square(frame.left(), frame.bottom() + 1 - object_corner, object_corner,
                     object_corner);
  painter.fillRect(square, verdict_fill(cell.verdict));
  const QRectF mark = QRectF(square).adjusted(3, 3, -3, -3);
  if (is_false)
    draw_cross(painter, mark, Qt::white);
  else
    draw_verdict_mark(painter, mark, cell.verdict, Qt::white);
  paint_remark_marks(painter, frame, cell);

  const QColor first = selected ? c.text_on_tint : c.text;
  const QColor second = selected ? c.text_on_tint : c.secondary_text;
  QRect line(frame.left() + 1, frame.bottom() + 3, frame.width() - 2, caption_line);
  const QFont normal = ui_font(TextSize::caption);
  const QFont bold = ui_font(TextSize::caption, QFont::DemiBold);
  painter.setFont(normal);
  painter.setPen(second);
  painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, object.size);
  const int left_of_size = line.width() - QFontMetrics(normal).horizontalAdvance(object.size) - 6;
  painter.setFont(bold);
  painter.setPen(first);
  painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter,
                   QFontMetrics(bold).elidedText(cell.predicted, Qt::ElideRight, left_of_size));
  line.translate(0, caption_line);
  const qreal end =
      paint_pips(painter, QPointF(line.left(), std::floor(line.center().y() - pip_side / 2) + 1),
                 object, selected ? c.text_on_tint : c.plot_axis);
  painter.setFont(normal);
  painter.setPen(first);
  const qreal words = object.groups == nullptr ? line.left() : end + 4;
  painter.drawText(QRectF(words, line.top(), line.right() + 1 - words, line.height()),
                   Qt::AlignLeft | Qt::AlignVCenter, object.found_by);
  painter.setPen(second);
  painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, object.tide);
}

}  // namespace plumbline

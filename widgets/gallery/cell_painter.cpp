#include "widgets/gallery/cell_painter.h"

#include <algorithm>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/marks.h"

namespace plumbline {

namespace {

constexpr int corner = 14;
constexpr int caption_gap = 6;  // between words and figure

QString wide_arrow() { return QStringLiteral(" → "); }
QString narrow_arrow() { return QStringLiteral("\u200a→\u200a"); }  // between hair spaces

/// The name, or as much of it as fits, cut as an abbreviation: an ellipsis would cost three
/// letters.
QString abbreviated(const QString& name, const QFontMetrics& metrics, int room) {
  if (metrics.horizontalAdvance(name) <= room) return name;
  for (qsizetype length = name.size() - 1; length > 0; --length) {
    const QString shorter = name.left(length) + u'.';
    if (metrics.horizontalAdvance(shorter) <= room) return shorter;
  }
  return name.left(1);
}

/// "true → predicted" in the room there is: the longer name gives way first.
QString caption_text(const GalleryCell& cell, const QFontMetrics& metrics, int room) {
  if (cell.truth.isEmpty()) return abbreviated(cell.predicted, metrics, room);
  const int truth = metrics.horizontalAdvance(cell.truth);
  const int predicted = metrics.horizontalAdvance(cell.predicted);
  if (truth + predicted + metrics.horizontalAdvance(wide_arrow()) <= room)
    return cell.truth + wide_arrow() + cell.predicted;
  const int left = room - metrics.horizontalAdvance(narrow_arrow());
  if (truth + predicted <= left) return cell.truth + narrow_arrow() + cell.predicted;
  // The longer one is cut, as long as something legible is left of it.
  const int rest = left - std::min(truth, predicted);
  const bool both = rest < left * 2 / 5;
  const int truth_room = both ? left / 2 : truth > predicted ? rest : truth;
  return abbreviated(cell.truth, metrics, truth_room) + narrow_arrow() +
         abbreviated(cell.predicted, metrics, left - truth_room);
}

void paint_picture(QPainter& painter, const QRect& area, const Thumbnail* thumbnail) {
  const Colours& c = colours();
  if (thumbnail == nullptr || thumbnail->image.isNull()) {
    painter.fillRect(area, c.groove);
    if (thumbnail != nullptr) {  // could not be decoded
      painter.setPen(c.secondary_text);
      painter.setFont(ui_font(TextSize::caption));
      painter.drawText(area, Qt::AlignCenter, QStringLiteral("no image"));
    }
    return;
  }
  const QImage& image = thumbnail->image;
  const QSize size = image.size().scaled(area.size(), Qt::KeepAspectRatio);
  QRect target(QPoint(), size);
  target.moveCenter(area.center());
  if (size != area.size()) painter.fillRect(area, c.base);
  painter.drawImage(target, image);
}

}  // namespace

void paint_gallery_cell(QPainter& painter, const GalleryGrid& grid, const QRect& rect,
                        const GalleryCell& cell, const Thumbnail* thumbnail, bool selected,
                        bool current) {
  const Colours& c = colours();
  if (selected) painter.fillRect(rect, c.accent_tint);
  if (current) {
    painter.setPen(c.accent);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect.adjusted(0, 0, -1, -1));
  }
  const QRect frame = grid.frame_of(rect);
  const QColor fill = verdict_fill(cell.verdict);
  painter.fillRect(frame, fill);
  paint_picture(painter, grid.picture_of(rect), thumbnail);
  const QRect square(frame.left(), frame.bottom() + 1 - corner, corner, corner);
  painter.fillRect(square, fill);
  draw_verdict_mark(painter, QRectF(square).adjusted(3, 3, -3, -3), cell.verdict, Qt::white);

  const QFont font = ui_font(TextSize::caption);
  const QFontMetrics metrics(font);
  const QRect words(frame.left() + 1, frame.bottom() + 2, frame.width() - 2, 16);
  painter.setFont(font);
  painter.setPen(selected ? c.text_on_tint : c.secondary_text);
  painter.drawText(words, Qt::AlignRight | Qt::AlignVCenter, cell.figure);
  const int figure = metrics.horizontalAdvance(cell.figure);
  painter.setPen(selected ? c.text_on_tint : c.text);
  painter.drawText(words, Qt::AlignLeft | Qt::AlignVCenter,
                   caption_text(cell, metrics, words.width() - figure - caption_gap));
}

}  // namespace plumbline

#include "widgets/gallery/cell_painter.h"

#include <QHash>
#include <QStaticText>

#include <algorithm>
#include <cmath>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/marks.h"

namespace plumbline {

namespace {

constexpr int corner = 14;
constexpr int remark_side = 16;
constexpr int caption_gap = 6;  // between words and figure

QString wide_arrow() { return QStringLiteral(" → "); }
QString narrow_arrow() { return QStringLiteral("\u200a→\u200a"); }  // between hair spaces

/// Captions, shaped once: a gallery shows the same names and figures again and again, and shaping
/// them was most of a frame's time. In the caption font; for the GUI thread.
class ShapedTexts {
 public:
  /// Outlives the program's fonts, so that nothing is torn down after them.
  static ShapedTexts& instance() {
    static auto* texts = new ShapedTexts;
    return *texts;
  }

  const QFont& font() const { return font_; }
  int height() const { return metrics_.height(); }

  const QStaticText& figure(const QString& text) {
    return shaped(text, [&] { return text; });
  }
  const QStaticText& caption(const GalleryCell& cell, int room) {
    const QString key = cell.truth + u'\n' + cell.predicted + u'\n' + QString::number(room);
    return shaped(key, [&] { return caption_text(cell, room); });
  }

 private:
  static constexpr qsizetype most = 4096;

  template <class Make>
  const QStaticText& shaped(const QString& key, const Make& make) {
    const auto found = texts_.constFind(key);
    if (found != texts_.constEnd()) return *found;
    if (texts_.size() >= most) texts_.clear();
    QStaticText text(make());
    text.setTextFormat(Qt::PlainText);
    text.prepare({}, font_);
    return *texts_.insert(key, text);
  }

  QString abbreviated(const QString& name, int room) const;
  QString caption_text(const GalleryCell& cell, int room) const;

  const QFont font_ = ui_font(TextSize::caption);
  const QFontMetrics metrics_{font_};
  QHash<QString, QStaticText> texts_;
};

/// The name, or as much of it as fits, cut as an abbreviation: an ellipsis would cost three
/// letters.
QString ShapedTexts::abbreviated(const QString& name, int room) const {
  if (metrics_.horizontalAdvance(name) <= room) return name;
  for (qsizetype length = name.size() - 1; length > 0; --length) {
    const QString shorter = name.left(length) + u'.';
    if (metrics_.horizontalAdvance(shorter) <= room) return shorter;
  }
  return name.left(1);
}

/// "true → predicted" in the room there is: the longer name gives way first.
QString ShapedTexts::caption_text(const GalleryCell& cell, int room) const {
  if (cell.truth.isEmpty()) return abbreviated(cell.predicted, room);
  const int truth = metrics_.horizontalAdvance(cell.truth);
  const int predicted = metrics_.horizontalAdvance(cell.predicted);
  if (truth + predicted + metrics_.horizontalAdvance(wide_arrow()) <= room)
    return cell.truth + wide_arrow() + cell.predicted;
  const int left = room - metrics_.horizontalAdvance(narrow_arrow());
  if (truth + predicted <= left) return cell.truth + narrow_arrow() + cell.predicted;
  // The longer one is cut, as long as something legible is left of it.
  const int rest = left - std::min(truth, predicted);
  const bool both = rest < left * 2 / 5;
  const int truth_room = both ? left / 2 : truth > predicted ? rest : truth;
  return abbreviated(cell.truth, truth_room) + narrow_arrow() +
         abbreviated(cell.predicted, left - truth_room);
}

}  // namespace

void paint_cell_picture(QPainter& painter, const QRect& area, const Thumbnail* thumbnail) {
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
  // What is not of the image is flat grey, never black.
  if (image.hasAlphaChannel())
    painter.fillRect(area, c.groove);
  else if (size != area.size())
    painter.fillRect(area, c.base);
  painter.drawImage(target, image);
}

void paint_remark_marks(QPainter& painter, const QRect& frame, const GalleryCell& cell) {
  if (!cell.tagged && !cell.noted) return;
  const Colours& c = colours();
  QRect square(frame.right() + 1 - remark_side, frame.top(), remark_side, remark_side);
  const auto paint = [&](const auto& shape) {
    painter.fillRect(square, c.accent);
    painter.setPen(QPen(c.text_on_accent, 1.2));
    painter.setBrush(Qt::NoBrush);
    shape(QPointF(square.topLeft()));
    square.translate(-remark_side, 0);
  };
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  // A label with its hole.
  if (cell.tagged)
    paint([&](QPointF at) {
      const QPointF corners[] = {at + QPointF(3.5, 5), at + QPointF(9.5, 5), at + QPointF(13, 8),
                                 at + QPointF(9.5, 11), at + QPointF(3.5, 11)};
      painter.drawPolygon(corners, 5);
      painter.drawPoint(at + QPointF(9, 8));
    });
  // Lines of writing.
  if (cell.noted)
    paint([&](QPointF at) {
      for (const qreal y : {5.0, 8.0, 11.0})
        painter.drawLine(at + QPointF(4, y), at + QPointF(y > 10 ? 9 : 12, y));
    });
  painter.restore();
}

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
  paint_cell_picture(painter, grid.picture_of(rect), thumbnail);
  const QRect square(frame.left(), frame.bottom() + 1 - corner, corner, corner);
  painter.fillRect(square, fill);
  draw_verdict_mark(painter, QRectF(square).adjusted(3, 3, -3, -3), cell.verdict, Qt::white);
  paint_remark_marks(painter, frame, cell);

  ShapedTexts& texts = ShapedTexts::instance();
  const QRect words(frame.left() + 1, frame.bottom() + 2, frame.width() - 2, 16);
  const qreal top = words.top() + (words.height() - texts.height()) / 2.0;
  // A copy: looking up the caption may move it.
  const QStaticText figure = texts.figure(cell.figure);
  const qreal figure_width = figure.size().width();
  painter.setFont(texts.font());
  painter.setPen(selected ? c.text_on_tint : c.secondary_text);
  painter.drawStaticText(QPointF(words.right() + 1 - figure_width, top), figure);
  const int room = words.width() - static_cast<int>(std::lround(figure_width)) - caption_gap;
  painter.setPen(selected ? c.text_on_tint : c.text);
  painter.drawStaticText(QPointF(words.left(), top), texts.caption(cell, room));
}

}  // namespace plumbline

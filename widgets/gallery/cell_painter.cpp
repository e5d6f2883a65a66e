#include "widgets/gallery/cell_painter.h"

#include <QHash>
#include <QStaticText>

#include <algorithm>
#include <cmath>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/marks.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int corner = 14;
constexpr int remark_side = 16;
constexpr int caption_gap = 6;  // between words and figure
constexpr int arrow_gap = 3, second_line = 14;

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
  /// One name, cut with an ellipsis where it is longer than the room.
  const QStaticText& line(const QString& name, int room) {
    return shaped(name + u'\n' + QString::number(room), [&] { return line_text(name, room); });
  }
  int width(const QString& text) const { return metrics_.horizontalAdvance(text); }
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

  QString line_text(const QString& name, int room) const {
    return metrics_.elidedText(name, Qt::ElideRight, room);
  }
  QString caption_text(const GalleryCell& cell, int room) const;

  const QFont font_ = ui_font(TextSize::caption);
  const QFontMetrics metrics_{font_};
  QHash<QString, QStaticText> texts_;
};

/// "true → predicted" where it fits, as it does where the content says so.
QString ShapedTexts::caption_text(const GalleryCell& cell, int room) const {
  if (cell.truth.isEmpty()) return line_text(cell.predicted, room);
  const QString wide = cell.truth + wide_arrow() + cell.predicted;
  return line_text(metrics_.horizontalAdvance(wide) <= room
                       ? wide
                       : cell.truth + narrow_arrow() + cell.predicted,
                   room);
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

namespace {

/// The classes at the left, the figure at the right of the last line.
void paint_caption(QPainter& painter, const GalleryGrid& grid, const QRect& frame,
                   const GalleryCell& cell, bool selected) {
  const Colours& c = colours();
  ShapedTexts& texts = ShapedTexts::instance();
  QRect words(frame.left() + 1, frame.bottom() + 2, frame.width() - 2, 16);
  const auto top = [&] { return words.top() + (words.height() - texts.height()) / 2.0; };
  const QColor first = selected ? c.text_on_tint : c.text;
  painter.setFont(texts.font());
  const bool two_lines = grid.has_two_lines();
  if (two_lines) {
    painter.setPen(first);
    painter.drawStaticText(
        QPointF(words.left(), top()),
        texts.line(cell.truth.isEmpty() ? cell.predicted : cell.truth, words.width()));
    words.translate(0, second_line);
  }
  // A copy: looking up another text may move it.
  const QStaticText figure = texts.figure(cell.figure);
  const qreal figure_width = figure.size().width();
  painter.setPen(selected ? c.text_on_tint : c.secondary_text);
  painter.drawStaticText(QPointF(words.right() + 1 - figure_width, top()), figure);
  const int room = words.width() - static_cast<int>(std::lround(figure_width)) - caption_gap;
  painter.setPen(first);
  if (!two_lines) {
    painter.drawStaticText(QPointF(words.left(), top()), texts.caption(cell, room));
  } else if (!cell.truth.isEmpty()) {
    // Drawn apart, so that a name that is written from right to left does not turn the arrow.
    const QStaticText arrow = texts.figure(QStringLiteral("→"));
    const int indent = static_cast<int>(std::lround(arrow.size().width())) + arrow_gap;
    painter.drawStaticText(QPointF(words.left(), top()), arrow);
    painter.drawStaticText(QPointF(words.left() + indent, top()),
                           texts.line(cell.predicted, room - indent));
  }
}

}  // namespace

int widest_caption(std::span<const std::string> classes) {
  const ShapedTexts& texts = ShapedTexts::instance();
  int first = 0, second = 0;
  for (const std::string& name : classes) {
    const int width = texts.width(text_of(name));
    if (width > first) {
      second = first;
      first = width;
    } else {
      second = std::max(second, width);
    }
  }
  return first + second + texts.width(narrow_arrow()) + caption_gap +
         texts.width(QStringLiteral("0.000"));
}

QRect paint_cell_ground(QPainter& painter, const GalleryGrid& grid, const QRect& rect,
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
  painter.fillRect(frame, verdict_fill(cell.verdict));
  paint_cell_picture(painter, grid.picture_of(rect), thumbnail);
  return frame;
}

void paint_gallery_cell(QPainter& painter, const GalleryGrid& grid, const QRect& rect,
                        const GalleryCell& cell, const Thumbnail* thumbnail, bool selected,
                        bool current) {
  const QRect frame = paint_cell_ground(painter, grid, rect, cell, thumbnail, selected, current);
  const QRect square(frame.left(), frame.bottom() + 1 - corner, corner, corner);
  painter.fillRect(square, verdict_fill(cell.verdict));
  draw_verdict_mark(painter, QRectF(square).adjusted(3, 3, -3, -3), cell.verdict, Qt::white);
  paint_remark_marks(painter, frame, cell);

  paint_caption(painter, grid, frame, cell, selected);
}

}  // namespace plumbline

#include "widgets/gallery/gallery_grid.h"

#include <algorithm>

namespace plumbline {

GalleryGrid::GalleryGrid(std::size_t count, int width, int side, GalleryCells cells,
                         int caption_width)
    : count_(count),
      width_(width),
      side_(std::clamp(side, smallest_side, largest_side)),
      cells_(cells),
      two_lines_(cells == GalleryCells::images && caption_width > side_ + 2) {
  columns_ = std::max(1, (width - 2 * margin) / cell_width());
}

qint64 GalleryGrid::height() const {
  const auto columns = static_cast<std::size_t>(columns_);
  const auto rows = static_cast<qint64>((count_ + columns - 1) / columns);
  return rows * row_height() + 2 * margin;
}

int GalleryGrid::left(int column) const {
  if (columns_ < 2) return margin;
  // What is left over goes between the columns, so that the last one ends where the bars above do.
  const int room = width_ - 2 * margin - cell_width();
  return margin + room * column / (columns_ - 1);
}

QRect GalleryGrid::cell(std::size_t index, qint64 scrolled) const {
  const auto columns = static_cast<std::size_t>(columns_);
  const auto top = margin + static_cast<qint64>(index / columns) * row_height() - scrolled;
  return {left(static_cast<int>(index % columns)), static_cast<int>(top), cell_width(),
          row_height() - padding + 1};
}

QRect GalleryGrid::frame_of(const QRect& cell) const {
  return {cell.left() + padding, cell.top() + padding, picture_width() + 2 * frame,
          picture_height() + 2 * frame};
}

QRect GalleryGrid::picture_of(const QRect& cell) const {
  return frame_of(cell).adjusted(frame, frame, -frame, -frame);
}

std::optional<std::size_t> GalleryGrid::at(QPoint point, qint64 scrolled) const {
  const qint64 y = point.y() + scrolled - margin;
  if (y < 0) return std::nullopt;
  const auto row = static_cast<std::size_t>(y / row_height());
  for (int column = 0; column < columns_; ++column) {
    const std::size_t index =
        row * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(column);
    if (index < count_ && cell(index, scrolled).contains(point)) return index;
  }
  return std::nullopt;
}

GalleryGrid::Range GalleryGrid::visible(qint64 top, qint64 bottom) const {
  const auto columns = static_cast<std::size_t>(columns_);
  const qint64 first = std::max<qint64>(0, (top - margin) / row_height());
  const qint64 last = std::max<qint64>(0, (bottom - margin + row_height() - 1) / row_height());
  return {std::min(count_, static_cast<std::size_t>(first) * columns),
          std::min(count_, static_cast<std::size_t>(last) * columns)};
}

}  // namespace plumbline

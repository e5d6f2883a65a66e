#pragma once
#include <QRect>

#include <cstddef>
#include <optional>

#include "widgets/gallery/gallery_content.h"

namespace plumbline {

/// The arithmetic of a gallery's cells: where a row of the content lies, and what lies where. Knows
/// neither widget nor content, costs the same for ten samples and for a million. Pixels.
class GalleryGrid {
 public:
  static constexpr int smallest_side = 48, largest_side = 256, default_side = 96;
  static constexpr int frame = 2;    ///< around the picture
  static constexpr int padding = 4;  ///< of a cell, around the frame

  GalleryGrid() = default;
  /// `caption_width`: as GalleryContent has it.
  GalleryGrid(std::size_t count, int width, int side, GalleryCells cells = GalleryCells::images,
              int caption_width = 0);

  int columns() const { return columns_; }
  int side() const { return side_; }
  /// Of a picture: a square, or for objects 150 × 112 at the side of 96.
  int picture_width() const { return is_of_objects() ? side_ * 25 / 16 : side_; }
  int picture_height() const { return is_of_objects() ? side_ * 7 / 6 : side_; }
  bool is_of_objects() const { return cells_ == GalleryCells::objects; }
  int row_height() const {
    return picture_height() + (is_of_objects() ? 52 : has_two_lines() ? 46 : 32);
  }
  /// Whether an image's caption has a line for each class.
  bool has_two_lines() const { return two_lines_; }
  int cell_width() const { return picture_width() + 2 * (frame + padding); }
  qint64 height() const;  ///< of everything

  QRect cell(std::size_t index, qint64 scrolled) const;  ///< relative to the viewport
  QRect frame_of(const QRect& cell) const;
  QRect picture_of(const QRect& cell) const;
  std::optional<std::size_t> at(QPoint point, qint64 scrolled) const;

  /// The first and one past the last index of rows that touch [top, bottom).
  struct Range {
    std::size_t begin = 0, end = 0;
    friend bool operator==(const Range&, const Range&) = default;
  };
  Range visible(qint64 top, qint64 bottom) const;

 private:
  int left(int column) const;

  static constexpr int margin = 8;  // with a cell's padding the frames stand 12 from the edge
  std::size_t count_ = 0;
  int width_ = 0, side_ = default_side, columns_ = 1;
  GalleryCells cells_ = GalleryCells::images;
  bool two_lines_ = false;
};

}  // namespace plumbline

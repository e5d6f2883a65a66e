#pragma once
#include <QPainter>

#include <span>
#include <string>

#include "widgets/gallery/gallery_content.h"
#include "widgets/gallery/gallery_grid.h"
#include "widgets/picture/thumbnail_loader.h"

namespace plumbline {

/// Pixels of the widest caption in one line: two of these classes, an arrow and a figure.
int widest_caption(std::span<const std::string> classes);

/// Paints one cell of the gallery. `thumbnail` null: flat grey until it is decoded.
void paint_gallery_cell(QPainter& painter, const GalleryGrid& grid, const QRect& rect,
                        const GalleryCell& cell, const Thumbnail* thumbnail, bool selected,
                        bool current);

/// The same of an object: its surroundings with the box, two lines of words, a pip a voter.
void paint_object_cell(QPainter& painter, const GalleryGrid& grid, const QRect& rect,
                       const GalleryCell& cell, const Thumbnail* thumbnail, bool selected,
                       bool current);

/// What is below the marks and words of a cell: its ground, the frame in the verdict's colour and
/// the picture. Returns the frame.
QRect paint_cell_ground(QPainter& painter, const GalleryGrid& grid, const QRect& rect,
                        const GalleryCell& cell, const Thumbnail* thumbnail, bool selected,
                        bool current);

/// What a user has said of the item, in the frame's upper right corner: a tag, a note.
void paint_remark_marks(QPainter& painter, const QRect& frame, const GalleryCell& cell);

/// The picture of a cell, or flat grey where there is none yet.
void paint_cell_picture(QPainter& painter, const QRect& area, const Thumbnail* thumbnail);

}  // namespace plumbline

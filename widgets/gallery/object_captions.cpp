#include "widgets/gallery/object_captions.h"

#include <bit>

#include "core/review/box_table.h"
#include "widgets/gallery/gallery_grid.h"
#include "widgets/picture/object_boxes.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr std::size_t most_pips = 12;

}  // namespace

QString box_size_text(const PixelRect& box) {
  return QStringLiteral("%1 × %2").arg(box.width).arg(box.height);
}

std::optional<PixelRect> ObjectCaptions::crop(const ReviewTable& table, std::size_t row) const {
  const auto box = table.place ? table.place(row) : std::nullopt;
  if (!box) return std::nullopt;
  const GalleryGrid grid(1, 0, GalleryGrid::default_side, GalleryCells::objects);
  return surroundings_of(*box, grid.picture_width(), grid.picture_height());
}

GalleryCell ObjectCaptions::cell(const RunReview& review, const ReviewTable& table,
                                 std::size_t row) const {
  GalleryCell cell;
  const auto boxes = review.boxes();
  const auto box = table.place ? table.place(row) : std::nullopt;
  const auto shown = crop(table, row);
  if (boxes == nullptr || !box || !shown) return cell;
  cell.verdict = table.verdict[row];
  const ClassIndex truth = table.truth[row];
  cell.predicted = text_of(review.run().class_name(truth == no_class ? table.label[row] : truth));
  ObjectCaption caption;
  const double width = shown->width, height = shown->height;
  caption.box = {(box->left - shown->left) / width, (box->top - shown->top) / height,
                 box->width / width, box->height / height};
  const WordColumn* size = table.word(box_column::size_class);
  caption.size =
      QStringLiteral("%1 %2").arg(text_of(size->words[size->values[row]]), box_size_text(*box));
  const std::uint64_t finders = finders_of_row(*boxes, row);
  if (looks_.size() <= most_pips) {
    caption.groups = &looks_.voters_of_models();
    for (std::size_t pip = 0; pip < looks_.size(); ++pip)
      caption.found |= (finders >> looks_.by_model()[pip] & 1) << pip;
  }
  caption.found_by = QObject::tr("%1 of %2").arg(std::popcount(finders)).arg(looks_.size());
  caption.tide = text_of(tide_words[static_cast<std::size_t>(tide_of_row(*boxes, row))]);
  cell.object = std::move(caption);
  return cell;
}

}  // namespace plumbline

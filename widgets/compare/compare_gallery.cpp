#include "widgets/compare/compare_gallery.h"

#include <algorithm>

#include "core/review/box_review.h"
#include "core/review/query.h"
#include "widgets/gallery/cell_painter.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/text/verdict_words.h"

namespace plumbline {

namespace {

/// What says how sure the second run is.
std::string_view sureness(const ReviewTable& table) {
  return table.number(column::confidence) != nullptr ? column::confidence : column::score;
}

}  // namespace

void CompareGallery::set_reviews(const RunReview* first, const RunReview* second,
                                 const Comparison* comparison) {
  first_ = first;
  second_ = second;
  comparison_ = comparison;
  captions_ = is_of_objects() ? ObjectCaptions(*second) : ObjectCaptions();
  caption_width_ = second == nullptr ? 0 : widest_caption(second->run().dataset.classes);
  order_.clear();
  items_.clear();
}

bool CompareGallery::is_of_objects() const {
  return second_ != nullptr && second_->run().kind == &box_review();
}

void CompareGallery::ask(const Chosen& chosen, std::optional<ClassIndex> truth) {
  order_.clear();
  items_.clear();
  if (comparison_ == nullptr) return;
  const ReviewTable table = second_->table();
  std::vector<std::uint8_t> wanted(table.rows, 0);
  for (std::size_t row = 0; row < table.rows; ++row)
    wanted[row] = chosen[static_cast<std::size_t>(comparison_->changes[row])];
  ReviewQuery query;
  query.verdicts.fill(true);
  query.truth = truth;
  query.sort = sureness(table);
  order_ = matching_rows(table, query, {.text = wanted, .tags = {}});
  items_.reserve(order_.size());
  for (const std::uint32_t row : order_) items_.push_back(table.item(row));
}

std::optional<std::size_t> CompareGallery::row_of(ItemRef item) const {
  const auto found = std::ranges::find(items_, item);
  if (found == items_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - items_.begin());
}

std::optional<PixelRect> CompareGallery::crop(std::size_t row) const {
  const ReviewTable table = second_->table();
  if (is_of_objects()) return captions_.crop(table, order_[row]);
  return table.place ? table.place(order_[row]) : std::nullopt;
}

GalleryCell CompareGallery::cell(std::size_t row) const {
  const std::uint32_t place = order_[row];
  const ReviewTable table = second_->table();
  if (is_of_objects()) return captions_.cell(*second_, table, place);
  const ClassIndex before = first_->label_of(items_[row]);
  const ClassIndex after = table.label[place];
  GalleryCell cell;
  cell.verdict = table.verdict[place];
  cell.predicted = text_of(second_->run().class_name(after));
  if (before != after) cell.truth = text_of(first_->run().class_name(before));
  cell.figure = decimal(number_of(table, sureness(table), place), 3);
  return cell;
}

QString CompareGallery::read_out(std::size_t row, const QString& file) const {
  QStringList lines;
  if (!file.isEmpty()) lines << file;
  const ReviewTable after = second_->table();
  lines << QStringLiteral("true %1").arg(
      text_of(second_->run().class_name(after.truth[order_[row]])));
  const RunReview* sides[] = {first_, second_};
  const char* names[] = {"first", "second"};
  for (int side = 0; side < 2; ++side) {
    const ReviewTable table = sides[side]->table();
    const auto place = table.row_of(items_[row]);
    if (!place) continue;
    lines << QStringLiteral("%1: %2, %3")
                 .arg(QString::fromLatin1(names[side]),
                      text_of(sides[side]->run().class_name(table.label[*place])),
                      full_verdict_name(table.verdict[*place],
                                        is_of_objects() ? JudgedItem::object : JudgedItem::sample));
  }
  return lines.join(u'\n');
}

}  // namespace plumbline

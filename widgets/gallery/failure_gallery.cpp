#include "widgets/gallery/failure_gallery.h"

#include <algorithm>
#include <bit>
#include <span>

#include "core/review/box_table.h"
#include "widgets/decision/item_facts.h"
#include "widgets/gallery/cell_painter.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

void FailureGallery::set_review(const RunReview* review) {
  review_ = review;
  captions_ = is_of_objects() ? ObjectCaptions(*review) : ObjectCaptions();
  caption_width_ = review == nullptr ? 0 : widest_caption(review->run().dataset.classes);
  names_.reset();
  text_.clear();
  matches_.clear();
  tag_matches_.clear();
  order_.clear();
  items_.clear();
}

bool FailureGallery::is_of_objects() const {
  return review_ != nullptr && review_->run().kind == &box_review();
}

ReviewQuery FailureGallery::first_query() const {
  ReviewQuery first = default_review_query();
  if (is_of_objects()) first.sort = box_column::found_by;
  return first;
}

std::vector<std::int64_t> FailureGallery::finder_counts() const {
  const auto boxes = is_of_objects() ? review_->boxes() : nullptr;
  if (boxes == nullptr) return {};
  std::vector<std::int64_t> counts(boxes->flat->voters + 1);
  const auto& verdicts = review_->decisions().verdict;
  const auto& finders = *boxes->finders;
  for (std::size_t row = 0; row < verdicts.size(); ++row)
    if (query.shows(verdicts[row])) ++counts[finders[row]];
  return counts;
}

namespace {

std::vector<std::int64_t> counts_by_class(const ReviewTable& table, const ReviewQuery& query,
                                          std::span<const ClassIndex> of, std::size_t classes) {
  std::vector<std::int64_t> counts(classes + 1, 0);
  for (std::size_t row = 0; row < of.size(); ++row) {
    if (!query.shows(table.verdict[row])) continue;
    ++counts[0];
    if (of[row] < classes) ++counts[of[row] + std::size_t{1}];
  }
  return counts;
}

}  // namespace

std::vector<std::int64_t> FailureGallery::truth_counts() const {
  if (review_ == nullptr) return {};
  const ReviewTable shown = table();
  return counts_by_class(shown, query, shown.truth, review_->run().dataset.classes.size());
}

std::vector<std::int64_t> FailureGallery::label_counts() const {
  if (review_ == nullptr) return {};
  const ReviewTable shown = table();
  return counts_by_class(shown, query, shown.label, review_->run().dataset.classes.size());
}

void FailureGallery::set_also(const std::vector<ItemRef>& items) {
  if (matches_.empty()) return;
  const ReviewTable asked = table();
  for (const ItemRef item : items)
    if (const auto row = asked.row_of(item)) matches_[*row] = 1;
}

ReviewTable FailureGallery::table() const {
  return review_ == nullptr ? ReviewTable() : review_->table();
}

void FailureGallery::set_text(const std::string& text) {
  text_ = text;
  matches_.clear();
  if (names_ == nullptr || text.empty() || review_ == nullptr) return;
  matches_ = rows_of_samples(table(), names_->matches(text));
}

void FailureGallery::ask() {
  const ReviewTable asked = table();
  order_ = matching_rows(asked, query, {.text = matches_, .tags = tag_matches_});
  items_.clear();
  if (asked.items.empty()) return;
  items_.reserve(order_.size());
  for (const std::uint32_t row : order_) items_.push_back(asked.items[row]);
}

std::int64_t FailureGallery::count(const ReviewQuery& wanted, bool with_text, bool with_tag) const {
  RowFilters filters;
  if (with_text) filters.text = matches_;
  if (with_tag) filters.tags = tag_matches_;
  return count_matching(table(), wanted, filters);
}

std::int64_t FailureGallery::offered() const {
  if (!is_of_objects()) return static_cast<std::int64_t>(table().rows);
  ReviewQuery verdicts_alone = first_query();
  verdicts_alone.verdicts = query.verdicts;
  return count(verdicts_alone, false, false);
}

std::optional<std::size_t> FailureGallery::row_of(ItemRef item) const {
  const auto wanted = table().row_of(item);
  if (!wanted) return std::nullopt;
  const auto found = std::ranges::find(order_, *wanted);
  if (found == order_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - order_.begin());
}

std::optional<PixelRect> FailureGallery::crop(std::size_t row) const {
  if (items_.empty()) return std::nullopt;
  const ReviewTable shown = table();
  if (is_of_objects()) return captions_.crop(shown, order_[row]);
  return shown.place ? shown.place(order_[row]) : std::nullopt;
}

GalleryCell FailureGallery::cell(std::size_t row) const {
  GalleryCell cell = plain_cell(row);
  if (remarks_ == nullptr) return cell;
  const ItemRef about = item(row);
  cell.tagged = std::ranges::any_of(remarks_->tags,
                                    [&](const auto& tag) { return tag.second.contains(about); });
  cell.noted = remarks_->notes.contains(about);
  return cell;
}

GalleryCell FailureGallery::plain_cell(std::size_t row) const {
  const ReviewTable shown = table();
  const std::uint32_t place = order_[row];
  if (is_of_objects()) return captions_.cell(*review_, shown, place);
  const ClassIndex label = shown.label.empty() ? no_class : shown.label[place];
  const ClassIndex truth = shown.truth.empty() ? no_class : shown.truth[place];
  GalleryCell cell;
  cell.verdict = shown.verdict[place];
  cell.predicted = text_of(review_->run().class_name(label));
  if (truth != label) cell.truth = text_of(review_->run().class_name(truth));
  cell.figure = decimal(number_of(shown, query.sort, place), 3);
  return cell;
}

QString FailureGallery::read_out(std::size_t row, const QString& file) const {
  const ReviewTable shown = table();
  const std::uint32_t place = order_[row];
  QStringList lines;
  if (!file.isEmpty()) lines << file;
  if (!review_->has_votes()) {
    for (const ItemFact& fact : item_facts(shown, place))
      lines << QStringLiteral("%1 %2").arg(fact.name, fact.value);
    return lines.join(u'\n');
  }
  const std::uint32_t sample = item(row).sample();
  for (const std::size_t voter : review_->policy_voters()) {
    const VoterVotes& votes = review_->votes().voters[voter];
    lines << QStringLiteral("%1: %2 %3")
                 .arg(text_of(to_string(review_->run().info.voters[voter])),
                      text_of(review_->run().class_name(votes.predicted[sample])),
                      decimal(votes.confidence[sample], 2));
  }
  lines << QStringLiteral("loss %1 nats").arg(decimal(number_of(shown, column::loss, place), 3));
  return lines.join(u'\n');
}

}  // namespace plumbline

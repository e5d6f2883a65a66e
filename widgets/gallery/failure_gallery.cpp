#include "widgets/gallery/failure_gallery.h"

#include <algorithm>

#include "core/review/classification_table.h"
#include "widgets/text/numbers.h"

namespace plumbline {

void FailureGallery::set_review(const RunReview* review) {
  review_ = review;
  names_.reset();
  text_.clear();
  matches_.clear();
  tag_matches_.clear();
  order_.clear();
}

void FailureGallery::set_also(const std::vector<ItemRef>& items) {
  if (matches_.empty()) return;
  const ReviewTable asked = table();
  for (const ItemRef item : items)
    if (const auto row = asked.row_of(item)) matches_[*row] = 1;
}

ReviewTable FailureGallery::table() const {
  if (review_ == nullptr) return {};
  return classification_table(review_->votes(), review_->policy_voters(), review_->decisions());
}

void FailureGallery::set_text(const std::string& text) {
  text_ = text;
  matches_.clear();
  if (names_ == nullptr || text.empty() || review_ == nullptr) return;
  matches_ = rows_of_samples(table(), names_->matches(text));
}

void FailureGallery::ask() {
  order_ = matching_rows(table(), query, {.text = matches_, .tags = tag_matches_});
}

std::int64_t FailureGallery::count(const ReviewQuery& wanted, bool with_text, bool with_tag) const {
  RowFilters filters;
  if (with_text) filters.text = matches_;
  if (with_tag) filters.tags = tag_matches_;
  return count_matching(table(), wanted, filters);
}

std::optional<std::size_t> FailureGallery::row_of(ItemRef item) const {
  const auto wanted = table().row_of(item);
  if (!wanted) return std::nullopt;
  const auto found = std::ranges::find(order_, *wanted);
  if (found == order_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - order_.begin());
}

GalleryCell FailureGallery::cell(std::size_t row) const {
  const std::uint32_t sample = order_[row];
  const ClassIndex label = review_->decisions().label[sample];
  const ClassIndex truth = review_->votes().labels[sample];
  GalleryCell cell;
  cell.verdict = review_->decisions().verdict[sample];
  cell.predicted = QString::fromStdString(review_->run().class_name(label));
  if (truth != label) cell.truth = QString::fromStdString(review_->run().class_name(truth));
  cell.figure = decimal(number_of(table(), query.sort, sample), 3);
  return cell;
}

QString FailureGallery::read_out(std::size_t row, const QString& file) const {
  const std::uint32_t sample = order_[row];
  QStringList lines;
  if (!file.isEmpty()) lines << file;
  for (const std::size_t voter : review_->policy_voters()) {
    const VoterVotes& votes = review_->votes().voters[voter];
    lines << QStringLiteral("%1: %2 %3")
                 .arg(QString::fromStdString(to_string(review_->run().info.voters[voter])),
                      QString::fromStdString(review_->run().class_name(votes.predicted[sample])),
                      decimal(votes.confidence[sample], 2));
  }
  lines << QStringLiteral("loss %1 nats").arg(decimal(number_of(table(), column::loss, sample), 3));
  return lines.join(u'\n');
}

}  // namespace plumbline

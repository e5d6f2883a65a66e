#include "widgets/gallery/failure_gallery.h"

#include <algorithm>

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

void FailureGallery::set_also(std::vector<std::uint32_t> samples) {
  for (const std::uint32_t sample : samples)
    if (sample < matches_.size()) matches_[sample] = 1;
}

FailureColumns FailureGallery::columns() const {
  return {&review_->votes(), review_->policy_voters(), &review_->decisions(), matches_,
          tag_matches_};
}

void FailureGallery::set_text(const std::string& text) {
  text_ = text;
  matches_.clear();
  if (names_ == nullptr || text.empty() || review_ == nullptr) return;
  matches_ = names_->matches(text);
  matches_.resize(review_->votes().samples(), 0);
}

void FailureGallery::ask() {
  order_ = review_ == nullptr ? std::vector<std::uint32_t>() : matching_samples(columns(), query);
}

std::int64_t FailureGallery::count(const FailureQuery& wanted, bool with_text,
                                   bool with_tag) const {
  if (review_ == nullptr) return 0;
  FailureColumns asked = columns();
  if (!with_text) asked.name_matches = {};
  if (!with_tag) asked.tag_matches = {};
  return count_matching(asked, wanted);
}

std::optional<std::size_t> FailureGallery::row_of(std::uint32_t sample) const {
  const auto found = std::ranges::find(order_, sample);
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
  cell.figure = decimal(sort_value(columns(), query.sort, sample), 3);
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
  lines << QStringLiteral("loss %1 nats")
               .arg(decimal(sort_value(columns(), SortKey::loss, sample), 3));
  return lines.join(u'\n');
}

}  // namespace plumbline

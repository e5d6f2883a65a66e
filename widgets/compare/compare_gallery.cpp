#include "widgets/compare/compare_gallery.h"

#include <algorithm>

#include "widgets/text/numbers.h"
#include "widgets/text/verdict_words.h"

namespace plumbline {

void CompareGallery::set_reviews(const RunReview* first, const RunReview* second,
                                 const Comparison* comparison) {
  first_ = first;
  second_ = second;
  comparison_ = comparison;
  order_.clear();
}

void CompareGallery::ask(const Chosen& chosen, std::optional<ClassIndex> truth) {
  order_.clear();
  if (comparison_ == nullptr) return;
  const auto labels = second_->votes().labels;
  const auto& changes = comparison_->changes;
  for (std::size_t i = 0; i < changes.size(); ++i)
    if (chosen[static_cast<std::size_t>(changes[i])] && (!truth || labels[i] == *truth))
      order_.push_back(static_cast<std::uint32_t>(i));
  const auto confidence = second_->votes().voters.front().confidence;
  std::ranges::stable_sort(order_, std::ranges::greater(),
                           [&](std::uint32_t sample) { return confidence[sample]; });
}

std::optional<std::size_t> CompareGallery::row_of(ItemRef item) const {
  if (!item.is_whole()) return std::nullopt;
  const auto found = std::ranges::find(order_, item.sample());
  if (found == order_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - order_.begin());
}

GalleryCell CompareGallery::cell(std::size_t row) const {
  const std::uint32_t sample = order_[row];
  const ClassIndex before = first_->decisions().label[sample];
  const ClassIndex after = second_->decisions().label[sample];
  GalleryCell cell;
  cell.verdict = second_->decisions().verdict[sample];
  cell.predicted = QString::fromStdString(second_->run().class_name(after));
  if (before != after) cell.truth = QString::fromStdString(first_->run().class_name(before));
  cell.figure = decimal(second_->votes().voters.front().confidence[sample], 3);
  return cell;
}

QString CompareGallery::read_out(std::size_t row, const QString& file) const {
  const std::uint32_t sample = order_[row];
  QStringList lines;
  if (!file.isEmpty()) lines << file;
  lines << QStringLiteral("true %1").arg(
      QString::fromStdString(second_->run().class_name(second_->votes().labels[sample])));
  const RunReview* sides[] = {first_, second_};
  const char* names[] = {"first", "second"};
  for (int side = 0; side < 2; ++side)
    lines << QStringLiteral("%1: %2, %3")
                 .arg(QString::fromLatin1(names[side]),
                      QString::fromStdString(
                          sides[side]->run().class_name(sides[side]->decisions().label[sample])),
                      full_verdict_name(sides[side]->decisions().verdict[sample]));
  return lines.join(u'\n');
}

}  // namespace plumbline

#include "widgets/inspector/class_probabilities.h"

#include <QPainter>

#include <algorithm>

#include "core/review/sample_review.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int class_row_height = 18, figure_width = 56;
constexpr std::size_t shown_classes = 4;

}  // namespace

ClassProbabilities::ClassProbabilities(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Class probabilities"));
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ClassProbabilities::set_review(const RunReview* review) {
  review_ = review;
  detail_.reset();
  refresh();
}

void ClassProbabilities::set_detail(std::shared_ptr<const SampleDetail> detail) {
  detail_ = std::move(detail);
  refresh();
}

void ClassProbabilities::set_voter(std::optional<std::size_t> voter) {
  voter_ = voter;
  refresh();
}

void ClassProbabilities::refresh() {
  const std::size_t before = rows_.size();
  rows_.clear();
  if (review_ != nullptr && detail_ != nullptr) {
    const auto mean = mean_probabilities(detail_->log_probs,
                                         voter_ ? std::vector{*voter_} : review_->policy_voters());
    const ClassIndex truth = review_->votes().labels[detail_->item.sample()];
    const ClassIndex label = review_->label_of(detail_->item);
    for (const auto& [index, probability] : top_classes_of(mean, shown_classes))
      rows_.push_back({index, probability, index == truth, index == label});
    const bool there = std::ranges::any_of(rows_, &Row::truth);
    if (!there && truth < mean.size() && !rows_.empty())
      rows_.back() = {truth, mean[truth], true, truth == label};
  }
  if (rows_.size() != before) updateGeometry();
  update();
}

QSize ClassProbabilities::sizeHint() const {
  // The room of four rows is kept while the next sample is being read.
  return {160, class_row_height * static_cast<int>(std::max(rows_.size(), shown_classes))};
}

void ClassProbabilities::paintEvent(QPaintEvent*) {
  const Colours& c = colours();
  QPainter painter(this);
  const QFont words = ui_font(), figures = ui_font(TextSize::small);
  const QFontMetrics metrics(words);
  const int names = std::clamp(width() / 5, 56, 110);
  int y = 0;
  for (const Row& row : rows_) {
    painter.setFont(words);
    painter.setPen(c.text);
    QString name = text_of(review_->run().class_name(row.index));
    const QString tick = row.truth ? QStringLiteral(" ✓") : QString();
    name = metrics.elidedText(name, Qt::ElideRight, names - metrics.horizontalAdvance(tick)) + tick;
    painter.drawText(QRect(0, y, names, class_row_height), Qt::AlignLeft | Qt::AlignVCenter, name);
    const QRectF bar(names + 8, y + class_row_height / 2.0 - 3, width() - names - 8 - figure_width,
                     6);
    painter.fillRect(bar, c.groove);
    painter.fillRect(QRectF(bar.left(), bar.top(),
                            bar.width() * std::clamp(row.probability, 0.0, 1.0), bar.height()),
                     row.label ? c.accent : c.dissent);
    painter.setFont(figures);
    painter.drawText(QRect(0, y, width(), class_row_height), Qt::AlignRight | Qt::AlignVCenter,
                     decimal(row.probability, 4));
    y += class_row_height;
  }
}

}  // namespace plumbline

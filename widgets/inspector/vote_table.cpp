#include "widgets/inspector/vote_table.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/review/sample_review.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int head_height = 24, vote_row_height = 42, list_row_height = 24;
constexpr int least_cell = 58;
constexpr int head_margin = 8;
constexpr int widest_model_name = 110;
constexpr int list_bar = 32, mark_width = 12, bar_height = 4;
constexpr double widest_share_of_list = 0.43;  // of a voter's name

void hatch(QPainter& painter, const QRect& cell) {
  painter.save();
  painter.setClipRect(cell);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(colours().hatching, 1.2));
  for (int x = cell.left() - cell.height(); x < cell.right(); x += 7)
    painter.drawLine(QPointF(x, cell.bottom() + 1), QPointF(x + cell.height(), cell.top()));
  painter.restore();
}

int figure_width() {
  return QFontMetrics(ui_font(TextSize::caption)).horizontalAdvance(QStringLiteral("0.00")) + 3;
}

QFont words_font(bool dissents) {
  return ui_font(TextSize::normal, dissents ? QFont::Bold : QFont::Normal);
}

}  // namespace

bool reads_as_list(const VoterGrid& grid, int cell_width) {
  const std::size_t cells = grid.models.size() * grid.views.size();
  // One model, or one view, is a full row or column.
  return 2 * grid.places.size() <= cells || cell_width < least_cell;
}

VoteTableView::VoteTableView(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Votes"));
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setSizePolicy(policy);
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
}

void VoteTableView::choose(std::optional<std::size_t> voter) {
  if (voter == chosen_) return;
  chosen_ = voter;
  update();
  Q_EMIT voter_chosen(voter);
}

void VoteTableView::mousePressEvent(QMouseEvent* event) {
  if (review_ == nullptr || !item_ || event->button() != Qt::LeftButton) return;
  std::optional<std::size_t> hit;
  for (std::size_t voter = 0; voter < grid_.places.size(); ++voter)
    if (cell_rect(voter).contains(event->position().toPoint())) hit = voter;
  choose(hit == chosen_ ? std::nullopt : hit);
}

/// Arrows go to the next voter in that direction; Esc and Backspace back to the mean.
void VoteTableView::keyPressEvent(QKeyEvent* event) {
  if (review_ == nullptr || grid_.places.empty()) return QWidget::keyPressEvent(event);
  const int key = event->key();
  if (key == Qt::Key_Backspace || key == Qt::Key_Delete) return choose(std::nullopt);
  if (key != Qt::Key_Left && key != Qt::Key_Right && key != Qt::Key_Up && key != Qt::Key_Down)
    return QWidget::keyPressEvent(event);
  if (!chosen_) return choose(0);
  const auto from = place_of(*chosen_);
  std::optional<std::size_t> best;
  int nearest = 1 << 20;
  for (std::size_t voter = 0; voter < grid_.places.size(); ++voter) {
    const int down = place_of(voter).row - from.row;
    const int right = place_of(voter).column - from.column;
    const int ahead = key == Qt::Key_Left    ? -right
                      : key == Qt::Key_Right ? right
                      : key == Qt::Key_Up    ? -down
                                             : down;
    const int aside = key == Qt::Key_Left || key == Qt::Key_Right ? down : right;
    const int distance = ahead + 16 * std::abs(aside);
    if (ahead > 0 && distance < nearest) {
      nearest = distance;
      best = voter;
    }
  }
  if (best) choose(best);
}

void VoteTableView::set_review(const RunReview* review) {
  review_ = review;
  grid_ = review == nullptr ? VoterGrid() : voter_grid(review->run().info.voters);
  item_.reset();
  detail_.reset();
  choose(std::nullopt);
  arrange();
  updateGeometry();
  update();
}

/// A matrix where it can be read in the present width, else a list.
void VoteTableView::arrange() {
  const bool was_list = std::exchange(is_list_, false);
  name_width_ = 0;
  const int columns = static_cast<int>(grid_.views.size());
  is_list_ = columns > 0 && reads_as_list(grid_, (width() - name_width() - 1) / columns);
  name_width_ = 0;
  if (is_list_ != was_list) updateGeometry();
}

void VoteTableView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  arrange();
}

VoterGrid::Place VoteTableView::place_of(std::size_t voter) const {
  return is_list_ ? VoterGrid::Place{static_cast<int>(voter), 0} : grid_.places[voter];
}

void VoteTableView::show_item(std::optional<ItemRef> item) {
  item_ = item;
  if (detail_ != nullptr && detail_->item != item) detail_.reset();
  refresh();
}

void VoteTableView::set_detail(std::shared_ptr<const SampleDetail> detail) {
  detail_ = std::move(detail);
}

QSize VoteTableView::sizeHint() const {
  constexpr int least = 200;
  if (is_list_) return {least, static_cast<int>(grid_.places.size()) * list_row_height + 1};
  const int columns = static_cast<int>(grid_.views.size());
  return {std::max(least, name_width() + columns * least_cell),
          head_height + static_cast<int>(grid_.models.size()) * vote_row_height + 1};
}

int VoteTableView::name_width() const {
  // Every cell asks, and measuring costs more than painting.
  if (name_width_ > 0) return name_width_;
  const QFontMetrics metrics(ui_font(TextSize::small));
  int widest = 0;
  const auto measure = [&](const QString& name) {
    widest = std::max(widest, metrics.horizontalAdvance(name));
  };
  if (is_list_)
    for (const Voter& voter : review_->run().info.voters) measure(text_of(to_string(voter)));
  else
    for (const std::string& model : grid_.models) measure(text_of(model));
  const int most = is_list_ ? static_cast<int>(widest_share_of_list * width()) : widest_model_name;
  // One more than measured: advances are rounded.
  name_width_ = std::min(widest + 1, most) + head_margin;
  return name_width_;
}

QRect VoteTableView::cell_rect(std::size_t voter) const {
  const auto place = place_of(voter);
  const int columns = is_list_ ? 1 : static_cast<int>(grid_.views.size());
  const int top = is_list_ ? 0 : head_height;
  const int height = is_list_ ? list_row_height : vote_row_height;
  const int names = name_width();
  const int room = width() - names - 1;
  const int left = names + room * place.column / columns;
  const int right = names + room * (place.column + 1) / columns;
  return {left, top + place.row * height, right - left + 1, height + 1};
}

VoteTableView::Parts VoteTableView::parts_of(std::size_t voter) const {
  const QRect inner = cell_rect(voter).adjusted(7, is_list_ ? 1 : 5, -6, is_list_ ? -1 : -5);
  const int figure = figure_width();
  Parts parts;
  parts.words = parts.figure = inner;
  int bar_left = inner.left(), bar_width = std::max(8, inner.width() - figure);
  qreal bar_top = inner.bottom() - 7;
  if (is_list_) {
    bar_width = list_bar;
    bar_left = inner.right() + 1 - figure - bar_width;
    bar_top = inner.center().y() - bar_height / 2.0 + 1;
    parts.words.setRight(bar_left - head_margin);
  }
  parts.mark = parts.words;
  if (dissents(voter)) parts.words.setWidth(parts.words.width() - mark_width);
  parts.bar = QRectF(bar_left, bar_top, bar_width, bar_height);
  return parts;
}

bool VoteTableView::dissents(std::size_t voter) const {
  const ClassIndex vote = review_->votes().voters[voter].predicted[item_->sample()];
  return vote != no_class && vote != review_->label_of(*item_);
}

QString VoteTableView::shown_class(std::size_t voter) const {
  if (review_ == nullptr || !item_) return {};
  const ClassIndex vote = review_->votes().voters[voter].predicted[item_->sample()];
  return QFontMetrics(words_font(dissents(voter)))
      .elidedText(text_of(review_->run().class_name(vote)), Qt::ElideRight,
                  parts_of(voter).words.width());
}

QString VoteTableView::summary() const {
  if (review_ == nullptr || !item_) return {};
  const LabelVotes all =
      votes_on_label(review_->votes(), item_->sample(), review_->label_of(*item_));
  QString text = tr("%1 agree, %2 dissent (≠)").arg(all.agree).arg(all.dissent);
  if (all.without_output > 0) text += tr(", %1 without output").arg(all.without_output);
  return text;
}

void VoteTableView::describe() { setAccessibleDescription(summary()); }

void VoteTableView::paintEvent(QPaintEvent*) {
  if (review_ == nullptr || !item_) return;
  QPainter painter(this);
  if (!is_list_) paint_heads(painter);
  paint_names(painter);
  for (std::size_t voter = 0; voter < grid_.places.size(); ++voter) paint_cell(painter, voter);
}

void VoteTableView::paint_heads(QPainter& painter) const {
  const QFontMetrics metrics(ui_font(TextSize::small));
  const int names = name_width();
  const int columns = static_cast<int>(grid_.views.size());
  const int room = width() - names - 1;
  painter.setPen(colours().secondary_text);
  // View names with a parameter are long: all heads are smaller where one would be cut.
  const bool cut = std::ranges::any_of(grid_.views, [&](const std::string& view) {
    return metrics.horizontalAdvance(text_of(view)) > room / columns - head_margin;
  });
  const QFont heads = ui_font(cut ? TextSize::caption : TextSize::small);
  painter.setFont(heads);
  for (int column = 0; column < columns; ++column) {
    const int left = names + room * column / columns;
    const int wide = room * (column + 1) / columns - room * column / columns - head_margin;
    painter.drawText(
        QRect(left + 7, 0, wide, head_height), Qt::AlignLeft | Qt::AlignVCenter,
        QFontMetrics(heads).elidedText(text_of(grid_.views[static_cast<std::size_t>(column)]),
                                       Qt::ElideRight, wide));
  }
}

/// Of the matrix's rows, or of the list's voters.
void VoteTableView::paint_names(QPainter& painter) const {
  const QFont small = ui_font(TextSize::small);
  const QFontMetrics metrics(small);
  const int wide = name_width() - head_margin;
  painter.setFont(small);
  painter.setPen(colours().secondary_text);
  const auto paint = [&](const QRect& row, const std::string& name) {
    painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(text_of(name), Qt::ElideMiddle, wide));
  };
  if (is_list_) {
    const auto& voters = review_->run().info.voters;
    for (std::size_t voter = 0; voter < voters.size(); ++voter)
      paint({0, static_cast<int>(voter) * list_row_height, wide, list_row_height},
            to_string(voters[voter]));
    return;
  }
  for (std::size_t row = 0; row < grid_.models.size(); ++row)
    paint({0, head_height + static_cast<int>(row) * vote_row_height, wide, vote_row_height},
          grid_.models[row]);
}

void VoteTableView::paint_cell(QPainter& painter, std::size_t voter) const {
  const Colours& c = colours();
  const QRect cell = cell_rect(voter);
  const VoterVotes& votes = review_->votes().voters[voter];
  const bool other = dissents(voter);
  if (std::ranges::binary_search(review_->policy_voters(), voter))
    painter.fillRect(cell, c.alternate_base);
  if (other) hatch(painter, cell);
  painter.setPen(c.faint_line);
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(cell.adjusted(0, 0, -1, -1));
  if (chosen_ == voter) {
    painter.setPen(QPen(c.accent, 2));
    painter.drawRect(cell.adjusted(1, 1, -2, -2));
  }

  const Parts parts = parts_of(voter);
  const auto upper = is_list_ ? Qt::AlignVCenter : Qt::AlignTop;
  painter.setFont(words_font(other));
  painter.setPen(c.text);
  if (other) painter.drawText(parts.mark, Qt::AlignRight | upper, QStringLiteral("≠"));
  painter.drawText(parts.words, Qt::AlignLeft | upper, shown_class(voter));
  if (votes.predicted[item_->sample()] == no_class) return;
  const float confidence = votes.confidence[item_->sample()];
  painter.setFont(ui_font(TextSize::caption));
  painter.setPen(c.secondary_text);
  painter.drawText(parts.figure, Qt::AlignRight | (is_list_ ? Qt::AlignVCenter : Qt::AlignBottom),
                   decimal(confidence, 2));
  const QRectF& bar = parts.bar;
  painter.fillRect(bar, c.groove);
  painter.fillRect(
      QRectF(bar.left(), bar.top(), bar.width() * std::clamp(confidence, 0.f, 1.f), bar.height()),
      other ? c.dissent : c.accent);
  if (const auto threshold = vote_threshold(review_->policy())) {
    const qreal x = std::floor(bar.left() + bar.width() * *threshold);
    painter.fillRect(QRectF(x, bar.top() - 2, 1, bar.height() + 4), c.text);
  }
}

QString VoteTableView::distribution(std::size_t voter) const {
  QStringList lines{text_of(to_string(review_->run().info.voters[voter]))};
  if (detail_ == nullptr || voter >= detail_->log_probs.size() || detail_->log_probs[voter].empty())
    return lines.front();
  const auto top = top_classes_of(mean_probabilities(detail_->log_probs, std::vector{voter}), 10);
  for (const auto& [index, probability] : top)
    lines << QStringLiteral("%1 %2").arg(decimal(probability, 4),
                                         text_of(review_->run().class_name(index)));
  return lines.join(u'\n');
}

bool VoteTableView::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip && review_ != nullptr && item_) {
    const auto* help = static_cast<QHelpEvent*>(event);
    for (std::size_t voter = 0; voter < grid_.places.size(); ++voter)
      if (cell_rect(voter).contains(help->pos())) {
        QToolTip::showText(help->globalPos(), distribution(voter), this, cell_rect(voter));
        return true;
      }
    QToolTip::hideText();
    return true;
  }
  return QWidget::event(event);
}

}  // namespace plumbline

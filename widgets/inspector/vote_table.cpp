#include "widgets/inspector/vote_table.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

#include "widgets/inspector/class_probabilities.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int head_height = 24, vote_row_height = 42;
constexpr int least_cell = 58;
constexpr int head_margin = 8;
constexpr int widest_model_name = 110;

void hatch(QPainter& painter, const QRect& cell) {
  painter.save();
  painter.setClipRect(cell);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(colours().hatching, 1.2));
  for (int x = cell.left() - cell.height(); x < cell.right(); x += 7)
    painter.drawLine(QPointF(x, cell.bottom() + 1), QPointF(x + cell.height(), cell.top()));
  painter.restore();
}

}  // namespace

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
  const auto from = grid_.places[*chosen_];
  std::optional<std::size_t> best;
  int nearest = 1 << 20;
  for (std::size_t voter = 0; voter < grid_.places.size(); ++voter) {
    const int down = grid_.places[voter].row - from.row;
    const int right = grid_.places[voter].column - from.column;
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
  name_width_ = 0;
  item_.reset();
  detail_.reset();
  choose(std::nullopt);
  updateGeometry();
  update();
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
  const int columns = static_cast<int>(grid_.views.size());
  return {std::max(200, name_width() + columns * least_cell),
          head_height + static_cast<int>(grid_.models.size()) * vote_row_height + 1};
}

int VoteTableView::name_width() const {
  // Every cell asks, and measuring costs more than painting.
  if (name_width_ > 0) return name_width_;
  const QFontMetrics metrics(ui_font(TextSize::small));
  int widest = 0;
  for (const std::string& model : grid_.models)
    widest = std::max(widest, metrics.horizontalAdvance(text_of(model)));
  // One more than measured: advances are rounded.
  name_width_ = std::min(widest + 1, widest_model_name) + 8;
  return name_width_;
}

QRect VoteTableView::cell_rect(std::size_t voter) const {
  const auto place = grid_.places[voter];
  const int columns = static_cast<int>(grid_.views.size());
  const int names = name_width();
  const int room = width() - names - 1;
  const int left = names + room * place.column / columns;
  const int right = names + room * (place.column + 1) / columns;
  return {left, head_height + place.row * vote_row_height, right - left + 1, vote_row_height + 1};
}

QString VoteTableView::summary() const {
  if (review_ == nullptr || !item_) return {};
  const ClassIndex label = review_->label_of(*item_);
  int agree = 0, dissent = 0, missing = 0;
  for (const VoterVotes& voter : review_->votes().voters) {
    const ClassIndex vote = voter.predicted[item_->sample()];
    ++(vote == no_class ? missing : vote == label ? agree : dissent);
  }
  QString text = tr("%1 agree, %2 dissent (≠)").arg(agree).arg(dissent);
  if (missing > 0) text += tr(", %1 without output").arg(missing);
  return text;
}

void VoteTableView::describe() { setAccessibleDescription(summary()); }

void VoteTableView::paintEvent(QPaintEvent*) {
  if (review_ == nullptr || !item_) return;
  const Colours& c = colours();
  QPainter painter(this);
  const QFont small = ui_font(TextSize::small);
  painter.setFont(small);
  const QFontMetrics metrics(small);
  const int names = name_width();
  const int columns = static_cast<int>(grid_.views.size());
  const int room = width() - names - 1;
  painter.setPen(c.secondary_text);
  // View names with a parameter are long: all heads are smaller where one would be cut.
  const bool cut = std::ranges::any_of(grid_.views, [&](const std::string& view) {
    return metrics.horizontalAdvance(text_of(view)) > room / columns - head_margin;
  });
  const QFont heads = cut ? ui_font(TextSize::caption) : small;
  painter.setFont(heads);
  for (int column = 0; column < columns; ++column) {
    const int left = names + room * column / columns;
    const int wide = room * (column + 1) / columns - room * column / columns - head_margin;
    painter.drawText(
        QRect(left + 7, 0, wide, head_height), Qt::AlignLeft | Qt::AlignVCenter,
        QFontMetrics(heads).elidedText(text_of(grid_.views[static_cast<std::size_t>(column)]),
                                       Qt::ElideRight, wide));
  }
  painter.setFont(small);
  for (std::size_t row = 0; row < grid_.models.size(); ++row)
    painter.drawText(
        QRect(0, head_height + static_cast<int>(row) * vote_row_height, names - 8, vote_row_height),
        Qt::AlignLeft | Qt::AlignVCenter,
        metrics.elidedText(text_of(grid_.models[row]), Qt::ElideMiddle, names - 8));
  for (std::size_t voter = 0; voter < grid_.places.size(); ++voter)
    paint_cell(painter, cell_rect(voter), voter);
}

void VoteTableView::paint_cell(QPainter& painter, const QRect& cell, std::size_t voter) const {
  const Colours& c = colours();
  const VoterVotes& votes = review_->votes().voters[voter];
  const ClassIndex vote = votes.predicted[item_->sample()];
  const bool dissents = vote != no_class && vote != review_->label_of(*item_);
  if (std::ranges::binary_search(review_->policy_voters(), voter))
    painter.fillRect(cell, c.alternate_base);
  if (dissents) hatch(painter, cell);
  painter.setPen(c.faint_line);
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(cell.adjusted(0, 0, -1, -1));
  if (chosen_ == voter) {
    painter.setPen(QPen(c.accent, 2));
    painter.drawRect(cell.adjusted(1, 1, -2, -2));
  }

  const QRect inner = cell.adjusted(7, 5, -6, -5);
  const QFont words = ui_font(TextSize::normal, dissents ? QFont::Bold : QFont::Normal);
  painter.setFont(words);
  painter.setPen(c.text);
  if (dissents) painter.drawText(inner, Qt::AlignRight | Qt::AlignTop, QStringLiteral("≠"));
  const int room = inner.width() - (dissents ? 12 : 0);
  painter.drawText(inner, Qt::AlignLeft | Qt::AlignTop,
                   QFontMetrics(words).elidedText(text_of(review_->run().class_name(vote)),
                                                  Qt::ElideRight, room));
  if (vote == no_class) return;
  const float confidence = votes.confidence[item_->sample()];
  const QFont figures = ui_font(TextSize::caption);
  painter.setFont(figures);
  painter.setPen(c.secondary_text);
  const QString text = decimal(confidence, 2);
  painter.drawText(inner, Qt::AlignRight | Qt::AlignBottom, text);
  const int figure = QFontMetrics(figures).horizontalAdvance(QStringLiteral("0.00")) + 3;
  const QRectF bar(inner.left(), inner.bottom() - 7, std::max(8, inner.width() - figure), 4);
  painter.fillRect(bar, c.groove);
  painter.fillRect(
      QRectF(bar.left(), bar.top(), bar.width() * std::clamp(confidence, 0.f, 1.f), bar.height()),
      dissents ? c.dissent : c.accent);
  if (const auto threshold = vote_threshold(review_->policy())) {
    const qreal x = std::floor(bar.left() + bar.width() * *threshold);
    painter.fillRect(QRectF(x, bar.top() - 2, 1, bar.height() + 4), c.text);
  }
}

QString VoteTableView::distribution(std::size_t voter) const {
  QStringList lines{text_of(to_string(review_->run().info.voters[voter]))};
  if (detail_ == nullptr || voter >= detail_->log_probs.size() || detail_->log_probs[voter].empty())
    return lines.front();
  const auto top = top_classes_of(mean_probabilities(*detail_, {voter}), 10);
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

#include "widgets/inspector/voter_box_table.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

#include "widgets/figures/figure_tips.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int box_head_height = 24, box_row_height = 24, box_sample_width = 20;
constexpr int fixed_rows = 2;  // ground truth and decision
constexpr int box_score_width = 35, box_outcome_width = 68, column_gap = 7;

void draw_sample(QPainter& painter, const QRect& row, const QPen& pen) {
  painter.save();
  painter.setPen(pen);
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(QRectF(row.left(), row.center().y() - 4.5, box_sample_width, 10));
  painter.restore();
}

}  // namespace

Qt::TextElideMode model_elide_mode(const std::vector<VoterBoxTable::Row>& rows) {
  constexpr int telling = 6;  // letters that would be left of a long name
  const bool alike = std::ranges::all_of(rows, [&](const VoterBoxTable::Row& row) {
    return row.model.left(telling) == rows.front().model.left(telling);
  });
  const bool one = std::ranges::all_of(
      rows, [&](const VoterBoxTable::Row& row) { return row.model == rows.front().model; });
  return alike && !one ? Qt::ElideLeft : Qt::ElideRight;
}

VoterBoxTable::VoterBoxTable(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("What each voter has here"));
  explain(this, "object.boxes");
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void VoterBoxTable::set_looks(VoterLooks looks) {
  looks_ = std::move(looks);
  rows_.clear();
  hovered_.reset();
  pinned_.reset();
  hidden_ = 0;
}

void VoterBoxTable::set_rows(QString truth, Fused fused, std::vector<Row> rows) {
  truth_ = std::move(truth);
  fused_ = std::move(fused);
  const bool other = rows.size() != rows_.size();
  rows_ = std::move(rows);
  if (other) updateGeometry();
  update();
}

QSize VoterBoxTable::sizeHint() const {
  return {368, box_head_height + box_row_height * (fixed_rows + static_cast<int>(rows_.size()))};
}

QRect VoterBoxTable::row_rect(std::size_t voter) const {
  const auto place = std::ranges::find(looks_.by_model(), voter) - looks_.by_model().begin();
  return {0, box_head_height + box_row_height * (fixed_rows + static_cast<int>(place)), width(),
          box_row_height};
}

VoterBoxTable::Columns VoterBoxTable::columns() const {
  const int right = width() - spacing::page_margin;
  Columns at{};
  at.right = right;
  at.outcome = right - box_outcome_width;
  at.overlap = at.outcome - column_gap;
  at.score = at.overlap - box_score_width;
  at.sample = spacing::page_margin;
  at.voter = at.sample + box_sample_width + spacing::grid;
  const int middle = at.score - box_score_width - at.voter;
  // Names of voters are long, those of classes mostly short.
  at.label = at.voter + middle * 68 / 100;
  return at;
}

void VoterBoxTable::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Colours& c = colours();
  const Columns at = columns();
  painter.fillRect(QRect(0, 0, width(), box_head_height), c.window);
  painter.setFont(ui_font(TextSize::small));
  painter.setPen(c.secondary_text);
  const auto left = Qt::AlignLeft | Qt::AlignVCenter, right = Qt::AlignRight | Qt::AlignVCenter;
  const auto head = [&](int from, int to, auto side, const QString& words) {
    painter.drawText(QRect(from, 0, to - from, box_head_height), side, words);
  };
  head(at.voter, at.label, left, tr("voter"));
  head(at.label, at.score, left, tr("class"));
  head(at.score - box_score_width, at.score, right, tr("score"));
  head(at.overlap - box_score_width, at.overlap, right, tr("IoU"));
  head(at.outcome, at.right, left, tr("outcome"));
  const QRect first(0, box_head_height, width(), box_row_height);
  draw_sample(painter, first.adjusted(at.sample, 0, 0, 0), QPen(c.dissent, 2));
  painter.setFont(ui_font(TextSize::small));
  painter.setPen(c.text);
  painter.drawText(QRect(at.voter, first.top(), at.label - at.voter - 4, first.height()), left,
                   QFontMetrics(painter.font())
                       .elidedText(tr("ground truth"), Qt::ElideRight, at.label - at.voter - 4));
  painter.drawText(QRect(at.label, first.top(), at.score - at.label, box_row_height), left,
                   truth_.isEmpty() ? tr("nothing") : truth_);
  painter.setPen(c.secondary_text);
  const QString none = no_value;
  painter.drawText(QRect(at.score - box_score_width, first.top(), box_score_width, first.height()),
                   right, none);
  painter.drawText(
      QRect(at.overlap - box_score_width, first.top(), box_score_width, first.height()), right,
      none);
  painter.setPen(c.faint_line);
  painter.drawLine(0, first.bottom(), width(), first.bottom());
  paint_fused(painter, first.translated(0, box_row_height));
  for (std::size_t voter = 0; voter < rows_.size(); ++voter)
    paint_row(painter, row_rect(voter), voter);
}

void VoterBoxTable::paint_fused(QPainter& painter, const QRect& rect) const {
  const Colours& c = colours();
  const Columns at = columns();
  const auto left = Qt::AlignLeft | Qt::AlignVCenter, right = Qt::AlignRight | Qt::AlignVCenter;
  draw_sample(painter, rect.adjusted(at.sample, 0, 0, 0), QPen(c.accent, 2, Qt::DashLine));
  const QFontMetrics metrics(painter.font());
  const auto text = [&](int from, int to, auto side, const QString& words) {
    painter.drawText(QRect(from, rect.top(), to - from, rect.height()), side,
                     metrics.elidedText(words, Qt::ElideRight, to - from));
  };
  painter.setPen(c.text);
  text(at.voter, at.label - 4, left, tr("decision"));
  const QString none = no_value;
  text(at.label, at.score - box_score_width - 2, left, fused_.has_box ? fused_.label : none);
  text(at.score - box_score_width, at.score, right,
       fused_.has_box ? decimal(fused_.score, 2) : none);
  text(at.overlap - box_score_width, at.overlap, right,
       fused_.overlap ? decimal(*fused_.overlap, 2) : none);
  painter.setPen(c.secondary_text);
  text(at.outcome, at.right, left, fused_.outcome);
  painter.setPen(c.faint_line);
  painter.drawLine(0, rect.bottom(), width(), rect.bottom());
}

void VoterBoxTable::paint_row(QPainter& painter, const QRect& rect, std::size_t voter) const {
  const Colours& c = colours();
  const Columns at = columns();
  const Row& row = rows_[voter];
  const bool is_pinned = pinned_ == voter;
  if (is_pinned)
    painter.fillRect(rect, c.accent_tint);
  else if (hovered_ == voter)
    painter.fillRect(rect, c.alternate_base);
  const QColor text = is_pinned ? c.text_on_tint : row.in_policy ? c.text : c.secondary_text;
  const QColor second = is_pinned ? c.text_on_tint : c.secondary_text;
  const auto left = Qt::AlignLeft | Qt::AlignVCenter, right = Qt::AlignRight | Qt::AlignVCenter;
  const bool is_hidden = (hidden_ >> voter & 1) != 0;
  draw_sample(painter, rect.adjusted(at.sample, 0, 0, 0),
              is_hidden ? QPen(c.faint_line, 1) : looks_.pen_on_base(voter, 2));
  const QFont normal = ui_font(TextSize::small);
  const QFont bold = ui_font(TextSize::small, QFont::DemiBold);
  const QFontMetrics metrics(normal);
  painter.setFont(normal);
  painter.setPen(text);
  // Where there is little room the model gives way, by the end that tells it from no other.
  const int room = at.label - at.voter - 4;
  const int for_view = std::min(room / 2, metrics.horizontalAdvance(u' ' + row.view));
  const QString model = metrics.elidedText(row.model, model_elide_mode(rows_), room - for_view);
  painter.drawText(QRect(at.voter, rect.top(), room, rect.height()), left, model);
  const int used = metrics.horizontalAdvance(model + u' ');
  painter.setPen(second);
  painter.drawText(QRect(at.voter + used, rect.top(), room - used, rect.height()), left,
                   metrics.elidedText(row.view, Qt::ElideRight, room - used));
  painter.setPen(text);
  const bool is_found = row.outcome == BoxOutcome::found;
  painter.setFont(row.differs ? bold : normal);
  const int label_room = at.score - box_score_width - at.label - 2;
  painter.drawText(QRect(at.label, rect.top(), label_room, rect.height()), left,
                   QFontMetrics(painter.font()).elidedText(row.label, Qt::ElideRight, label_room));
  painter.setFont(normal);
  const QString none = no_value;
  painter.drawText(QRect(at.score - box_score_width, rect.top(), box_score_width, rect.height()),
                   right, row.has_box ? decimal(row.score, 2) : none);
  painter.drawText(QRect(at.overlap - box_score_width, rect.top(), box_score_width, rect.height()),
                   right, row.has_box ? decimal(row.overlap, 2) : none);
  painter.setFont(is_found ? bold : normal);
  painter.setPen(is_found ? text : second);
  painter.drawText(QRect(at.outcome, rect.top(), at.right - at.outcome, rect.height()), left,
                   text_of(to_string(row.outcome)));
  painter.setPen(c.faint_line);
  painter.drawLine(0, rect.bottom(), width(), rect.bottom());
  if (hasFocus() && is_pinned) {
    painter.setPen(QPen(c.accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect.adjusted(1, 1, -1, -1));
  }
}

std::optional<std::size_t> VoterBoxTable::voter_at(QPointF point) const {
  for (std::size_t voter = 0; voter < rows_.size(); ++voter)
    if (row_rect(voter).contains(point.toPoint())) return voter;
  return std::nullopt;
}

void VoterBoxTable::pin(std::optional<std::size_t> voter) {
  pinned_ = voter;
  update();
  Q_EMIT chosen_changed();
}

void VoterBoxTable::mouseMoveEvent(QMouseEvent* event) {
  const auto over = voter_at(event->position());
  if (over == hovered_) return;
  hovered_ = over;
  update();
  Q_EMIT chosen_changed();
}

void VoterBoxTable::toggle_hidden(std::size_t voter) {
  hidden_ ^= std::uint64_t{1} << voter;
  update();
  Q_EMIT hidden_changed();
}

void VoterBoxTable::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const auto over = voter_at(event->position());
  if (over && event->position().x() < columns().voter) return toggle_hidden(*over);
  pin(over == pinned_ ? std::nullopt : over);
}

void VoterBoxTable::leaveEvent(QEvent*) {
  hovered_.reset();
  update();
  Q_EMIT chosen_changed();
}

void VoterBoxTable::keyPressEvent(QKeyEvent* event) {
  const auto& order = looks_.by_model();
  if ((event->key() == Qt::Key_Up || event->key() == Qt::Key_Down) && !order.empty() &&
      order.size() == rows_.size()) {
    const std::ptrdiff_t last = std::ssize(order) - 1;
    std::ptrdiff_t place = pinned_ ? std::ranges::find(order, *pinned_) - order.begin()
                           : event->key() == Qt::Key_Down ? -1
                                                          : last + 1;
    place = std::clamp<std::ptrdiff_t>(place + (event->key() == Qt::Key_Down ? 1 : -1), 0, last);
    return pin(order[static_cast<std::size_t>(place)]);
  }
  if (event->key() == Qt::Key_Space && pinned_) return pin(std::nullopt);
  if (event->key() == Qt::Key_H && pinned_) return toggle_hidden(*pinned_);
  QWidget::keyPressEvent(event);
}

void VoterBoxTable::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  update();
}

void VoterBoxTable::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  update();
}

}  // namespace plumbline

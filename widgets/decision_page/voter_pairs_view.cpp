#include "widgets/decision_page/voter_pairs_view.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>

#include "widgets/figures/figure_tips.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int pair_names_width = 136, pair_head = 20, pair_margin = 8;
constexpr int least_pair_width = 36, least_pair_height = 18;
constexpr float strongest_pair_tint = 0.5F;

}  // namespace

VoterPairsView::VoterPairsView(DecisionAnalysis* analysis, QWidget* parent)
    : QAbstractScrollArea(parent), analysis_(analysis) {
  setObjectName(QStringLiteral("voter_pairs"));
  setAccessibleName(tr("Pairs of voters"));
  explain(viewport(), "decision.pairs");
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  viewport()->setMouseTracking(true);
  connect(analysis_, &DecisionAnalysis::figures_changed, this, &VoterPairsView::refresh);
}

std::size_t VoterPairsView::count() const {
  return analysis_->review() == nullptr ? 0 : analysis_->pairs().voters();
}

void VoterPairsView::refresh() {
  const int voters = static_cast<int>(count());
  const int width = pair_names_width + 2 * pair_margin + voters * least_pair_width;
  const int height = pair_head + voters * least_pair_height + spacing::together;
  horizontalScrollBar()->setPageStep(viewport()->width());
  horizontalScrollBar()->setRange(0, std::max(0, width - viewport()->width()));
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
  viewport()->update();
}

QString VoterPairsView::name_of(std::size_t voter) const {
  return text_of(to_string(analysis_->review()->run().info.voters[voter]));
}

QRect VoterPairsView::cell_rect(std::size_t row, std::size_t column) const {
  const int voters = static_cast<int>(std::max<std::size_t>(count(), 1));
  const int left = pair_names_width + pair_margin;
  const int width = std::max(viewport()->width() - left - pair_margin, voters * least_pair_width);
  const int height = std::clamp(viewport()->height() - pair_head - spacing::together,
                                voters * least_pair_height, voters * spacing::row_height);
  const auto x = [&](std::size_t i) {
    return left + width * static_cast<int>(i) / voters - horizontalScrollBar()->value();
  };
  const auto y = [&](std::size_t i) {
    return pair_head + height * static_cast<int>(i) / voters - verticalScrollBar()->value();
  };
  return {QPoint(x(column), y(row)), QPoint(x(column + 1) - 1, y(row + 1) - 1)};
}

QString VoterPairsView::cell_text(std::size_t row, std::size_t column) const {
  if (row == column) return {};
  const VoterPair pair = analysis_->pairs().at(row, column);
  const auto value = row < column ? pair.disagreement() : pair.error_correlation();
  if (!value) return QString(no_value);
  return row < column ? decimal(100 * *value, 1) : decimal(*value, 2);
}

QString VoterPairsView::read_out(std::size_t row, std::size_t column) const {
  if (row == column) return name_of(row);
  const VoterPair pair = analysis_->pairs().at(row, column);
  const auto disagreement = pair.disagreement(), correlation = pair.error_correlation();
  return tr("%1 and %2\ndifferent classes for %3 of %4, errors correlate %5\n"
            "only the first right: %6, only the second right: %7, both wrong: %8\n"
            "click to see the images that the first gets wrong and the second right")
      .arg(name_of(row), name_of(column), disagreement ? percent(*disagreement) : QString(no_value),
           counted(pair.samples, tr("image"), tr("images")),
           correlation ? decimal(*correlation, 2) : QString(no_value),
           with_thousands(pair.only_first), with_thousands(pair.only_second),
           with_thousands(pair.both_wrong()));
}

void VoterPairsView::paintEvent(QPaintEvent*) {
  QPainter painter(viewport());
  const Colours& c = colours();
  painter.fillRect(viewport()->rect(), c.base);
  const std::size_t voters = count();
  if (voters == 0) return;
  const QFont small = ui_font(TextSize::caption);
  double most = 0;
  for (std::size_t row = 0; row < voters; ++row)
    for (std::size_t column = row + 1; column < voters; ++column)
      most = std::max(most, analysis_->pairs().at(row, column).disagreement().value_or(0));
  painter.setFont(small);
  for (std::size_t row = 0; row < voters; ++row)
    for (std::size_t column = 0; column < voters; ++column) {
      const QRect cell = cell_rect(row, column);
      const VoterPair pair = analysis_->pairs().at(row, column);
      // What differs is worth something; what errs alike is not.
      QColor tint = row < column ? c.accent : verdict_fill(Verdict::undetected);
      const double share = row == column  ? 0
                           : row < column ? (most > 0 ? pair.disagreement().value_or(0) / most : 0)
                                          : std::max(0.0, pair.error_correlation().value_or(0));
      tint.setAlphaF(strongest_pair_tint * static_cast<float>(share) *
                     (row < column ? 0.7F : 1.0F));
      painter.fillRect(cell, row == column ? c.alternate_base : tint);
      painter.setPen(c.faint_line);
      painter.drawLine(cell.bottomLeft(), cell.bottomRight());
      painter.drawLine(cell.topRight(), cell.bottomRight());
      painter.setPen(c.text);
      painter.drawText(cell.adjusted(1, 0, -5, 0), Qt::AlignRight | Qt::AlignVCenter,
                       cell_text(row, column));
      if (hasFocus() && current_ == Place{row, column}) {
        painter.setPen(QPen(c.accent, 2));
        painter.drawRect(cell.adjusted(1, 1, -2, -2));
      }
    }
  // Names stay in sight when the cells are scrolled.
  painter.fillRect(QRect(0, 0, pair_names_width + pair_margin, viewport()->height()), c.base);
  painter.fillRect(QRect(0, 0, viewport()->width(), pair_head), c.base);
  const QFontMetrics metrics(small);
  const auto& used = analysis_->review()->policy_voters();
  for (std::size_t voter = 0; voter < voters; ++voter) {
    const bool of_policy = std::ranges::find(used, voter) != used.end();
    painter.setFont(ui_font(TextSize::caption, of_policy ? QFont::DemiBold : QFont::Normal));
    painter.setPen(of_policy ? c.text : c.secondary_text);
    const QRect cell = cell_rect(voter, voter);
    if (cell.top() >= pair_head - cell.height() / 2)
      painter.drawText(
          QRect(pair_margin, cell.top(), pair_names_width - 4, cell.height()),
          Qt::AlignLeft | Qt::AlignVCenter,
          metrics.elidedText(QStringLiteral("%1  %2").arg(voter + 1).arg(name_of(voter)),
                             Qt::ElideMiddle, pair_names_width - 8));
    if (cell.left() >= pair_names_width)
      painter.drawText(QRect(cell.left(), 0, cell.width() - 5, pair_head),
                       Qt::AlignRight | Qt::AlignVCenter, QString::number(voter + 1));
  }
}

void VoterPairsView::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  refresh();
}

std::optional<VoterPairsView::Place> VoterPairsView::place_at(QPoint at) const {
  if (at.x() < pair_names_width || at.y() < pair_head) return std::nullopt;
  for (std::size_t row = 0; row < count(); ++row)
    for (std::size_t column = 0; column < count(); ++column)
      if (cell_rect(row, column).contains(at)) return Place{row, column};
  return std::nullopt;
}

void VoterPairsView::mouseMoveEvent(QMouseEvent* event) {
  const auto place = place_at(event->position().toPoint());
  viewport()->setCursor(place && place->row != place->column ? Qt::PointingHandCursor
                                                             : Qt::ArrowCursor);
}

void VoterPairsView::choose(Place place) {
  current_ = place;
  viewport()->update();
  if (place.row != place.column) Q_EMIT pair_chosen(place.row, place.column);
}

void VoterPairsView::mousePressEvent(QMouseEvent* event) {
  const auto place = place_at(event->position().toPoint());
  if (place && event->button() == Qt::LeftButton) choose(*place);
}

void VoterPairsView::keyPressEvent(QKeyEvent* event) {
  const std::size_t voters = count();
  if (voters == 0) return QAbstractScrollArea::keyPressEvent(event);
  Place next = {std::min(current_.row, voters - 1), std::min(current_.column, voters - 1)};
  switch (event->key()) {
    case Qt::Key_Up: next.row -= next.row > 0; break;
    case Qt::Key_Down: next.row += next.row + 1 < voters; break;
    case Qt::Key_Left: next.column -= next.column > 0; break;
    case Qt::Key_Right: next.column += next.column + 1 < voters; break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space: return choose(next);
    default: return QAbstractScrollArea::keyPressEvent(event);
  }
  current_ = next;
  viewport()->update();
}

bool VoterPairsView::viewportEvent(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QAbstractScrollArea::viewportEvent(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  if (const auto place = place_at(help->pos()))
    QToolTip::showText(help->globalPos(), read_out(place->row, place->column), viewport());
  else
    QToolTip::hideText();
  return true;
}

}  // namespace plumbline

#include "widgets/decision_page/view_effects_view.h"

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

constexpr int effect_head = 22, effect_margin = 12, effect_figure = 64, effect_height = 6;

std::vector<ViewEffectsView::Effect> effects_of(const std::vector<Voter>& voters,
                                                const VoterPairs& pairs) {
  std::vector<ViewEffectsView::Effect> effects;
  for (std::size_t voter = 0; voter < voters.size(); ++voter) {
    std::optional<std::size_t> reference;
    for (std::size_t other = 0; other < voters.size(); ++other)
      if (voters[other].model == voters[voter].model &&
          (!reference || (voters[other].view == View() && voters[*reference].view != View())))
        reference = other;
    if (!reference || *reference == voter) continue;
    const VoterPair pair = pairs.at(*reference, voter);
    effects.push_back({voter, *reference, pair.only_second, pair.only_first, pair.samples});
  }
  return effects;
}

}  // namespace

ViewEffectsView::ViewEffectsView(DecisionAnalysis* analysis, QWidget* parent)
    : QAbstractScrollArea(parent), analysis_(analysis) {
  setObjectName(QStringLiteral("view_effects"));
  setAccessibleName(tr("Corrected and corrupted by view"));
  explain(viewport(), "decision.effects");
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFocusPolicy(Qt::StrongFocus);
  viewport()->setMouseTracking(true);
  connect(analysis_, &DecisionAnalysis::figures_changed, this, &ViewEffectsView::refresh);
}

void ViewEffectsView::refresh() {
  effects_.clear();
  if (analysis_->review() != nullptr && analysis_->pairs().voters() > 0)
    effects_ = effects_of(analysis_->review()->run().info.voters, analysis_->pairs());
  const int height = effect_head + static_cast<int>(effects_.size()) * spacing::row_height;
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setSingleStep(spacing::row_height);
  verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
  viewport()->update();
}

QRect ViewEffectsView::number_rect(std::size_t effect, bool corrupted) const {
  const int names = viewport()->width() * 38 / 100;
  const int half = (viewport()->width() - names - effect_margin) / 2;
  return {
      names + (corrupted ? half : 0),
      effect_head + static_cast<int>(effect) * spacing::row_height - verticalScrollBar()->value(),
      half, spacing::row_height};
}

void ViewEffectsView::paintEvent(QPaintEvent*) {
  QPainter painter(viewport());
  const Colours& c = colours();
  painter.fillRect(viewport()->rect(), c.base);
  if (analysis_->review() == nullptr || analysis_->pairs().voters() == 0) return;
  if (effects_.empty()) {
    painter.setFont(ui_font());
    painter.setPen(c.secondary_text);
    painter.drawText(viewport()->rect().adjusted(effect_margin, 0, -effect_margin, 0),
                     Qt::AlignCenter | Qt::TextWordWrap, tr("No model of this run has two views."));
    return;
  }
  std::int64_t most = 1;
  for (const Effect& effect : effects_) most = std::max({most, effect.corrected, effect.corrupted});
  const auto& voters = analysis_->review()->run().info.voters;
  for (std::size_t i = 0; i < effects_.size(); ++i) {
    const Effect& effect = effects_[i];
    const QRect left = number_rect(i, false);
    if (left.bottom() < effect_head || left.top() > viewport()->height()) continue;
    painter.setFont(ui_font());
    painter.setPen(c.text);
    const int width = left.left() - 2 * effect_margin;
    painter.drawText(QRect(effect_margin, left.top(), width, left.height()),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     QFontMetrics(ui_font()).elidedText(text_of(to_string(voters[effect.voter])),
                                                        Qt::ElideMiddle, width));
    for (const bool corrupted : {false, true}) {
      const QRect cell = number_rect(i, corrupted);
      const std::int64_t value = corrupted ? effect.corrupted : effect.corrected;
      const Verdict colour = corrupted ? Verdict::undetected : Verdict::kept;
      painter.setPen(value == 0 ? c.disabled_text : verdict_text(colour));
      painter.drawText(QRect(cell.left(), cell.top(), effect_figure, cell.height()),
                       Qt::AlignRight | Qt::AlignVCenter, with_thousands(value));
      QColor tint = verdict_fill(colour);
      tint.setAlphaF(0.62F);
      const int length = cell.width() - effect_figure - 2 * effect_margin;
      if (value > 0)
        painter.fillRect(QRect(cell.left() + effect_figure + effect_margin,
                               cell.center().y() - effect_height / 2,
                               std::max(1, static_cast<int>(length * static_cast<double>(value) /
                                                            static_cast<double>(most))),
                               effect_height),
                         tint);
      if (hasFocus() && current_ == Place{i, corrupted}) {
        painter.setPen(QPen(c.accent, 2));
        painter.drawRect(cell.adjusted(1, 1, -2, -2));
      }
    }
    painter.setPen(c.faint_line);
    painter.drawLine(0, left.bottom(), viewport()->width(), left.bottom());
  }
  painter.fillRect(QRect(0, 0, viewport()->width(), effect_head), c.base);
  painter.setFont(ui_font(TextSize::small));
  painter.setPen(c.secondary_text);
  const auto head = [&](bool corrupted, const QString& words) {
    const QRect cell = number_rect(0, corrupted);
    painter.drawText(QRect(cell.left() + effect_margin, 0, cell.width(), effect_head),
                     Qt::AlignLeft | Qt::AlignVCenter, words);
  };
  painter.drawText(QRect(effect_margin, 0, 200, effect_head), Qt::AlignLeft | Qt::AlignVCenter,
                   tr("voter"));
  head(false, tr("corrected (images)"));
  head(true, tr("corrupted (images)"));
  painter.setPen(c.faint_line);
  painter.drawLine(0, effect_head - 1, viewport()->width(), effect_head - 1);
}

void ViewEffectsView::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  refresh();
}

std::optional<ViewEffectsView::Place> ViewEffectsView::place_at(QPoint at) const {
  if (at.y() < effect_head) return std::nullopt;
  for (std::size_t i = 0; i < effects_.size(); ++i)
    for (const bool corrupted : {false, true})
      if (number_rect(i, corrupted).contains(at)) return Place{i, corrupted};
  return std::nullopt;
}

void ViewEffectsView::mouseMoveEvent(QMouseEvent* event) {
  viewport()->setCursor(place_at(event->position().toPoint()) ? Qt::PointingHandCursor
                                                              : Qt::ArrowCursor);
}

void ViewEffectsView::choose(Place place) {
  current_ = place;
  viewport()->update();
  const Effect effect = effects_[place.effect];
  if ((place.corrupted ? effect.corrupted : effect.corrected) == 0) return;
  if (place.corrupted)
    Q_EMIT pair_chosen(effect.voter, effect.reference);
  else
    Q_EMIT pair_chosen(effect.reference, effect.voter);
}

void ViewEffectsView::mousePressEvent(QMouseEvent* event) {
  const auto place = place_at(event->position().toPoint());
  if (place && event->button() == Qt::LeftButton) choose(*place);
}

void ViewEffectsView::keyPressEvent(QKeyEvent* event) {
  if (effects_.empty()) return QAbstractScrollArea::keyPressEvent(event);
  Place next = {std::min(current_.effect, effects_.size() - 1), current_.corrupted};
  switch (event->key()) {
    case Qt::Key_Up: next.effect -= next.effect > 0; break;
    case Qt::Key_Down: next.effect += next.effect + 1 < effects_.size(); break;
    case Qt::Key_Left: next.corrupted = false; break;
    case Qt::Key_Right: next.corrupted = true; break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space: return choose(next);
    default: return QAbstractScrollArea::keyPressEvent(event);
  }
  current_ = next;
  const QRect row = number_rect(next.effect, false);
  QScrollBar* bar = verticalScrollBar();
  if (row.top() < effect_head) bar->setValue(bar->value() + row.top() - effect_head);
  if (row.bottom() > viewport()->height())
    bar->setValue(bar->value() + row.bottom() - viewport()->height());
  viewport()->update();
}

bool ViewEffectsView::viewportEvent(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QAbstractScrollArea::viewportEvent(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const auto place = place_at(help->pos());
  if (!place) {
    QToolTip::hideText();
    return true;
  }
  const Effect& effect = effects_[place->effect];
  const auto& voters = analysis_->review()->run().info.voters;
  QToolTip::showText(
      help->globalPos(),
      (place->corrupted ? tr("%1 gets %2 of %3 wrong that %4 gets right\nclick to see them")
                        : tr("%1 gets %2 of %3 right that %4 gets wrong\nclick to see them"))
          .arg(text_of(to_string(voters[effect.voter])),
               with_thousands(place->corrupted ? effect.corrupted : effect.corrected),
               counted(effect.samples, tr("image"), tr("images")),
               text_of(to_string(voters[effect.reference]))),
      viewport());
  return true;
}

}  // namespace plumbline

#include "widgets/planer/probability_map_view.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

#include "widgets/planer/option_look.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int map_label_width = 96, number_height = 18, key_height = 24, map_row_height = 18;
constexpr int shades_width = 104;  // of the key
constexpr int map_frame_ms = 16, frames = 6;

bool same_shape(const ProbabilityMap& a, const ProbabilityMap& b) {
  return std::ranges::equal(
      a, b, {}, [](const auto& row) { return row.size(); },
      [](const auto& row) { return row.size(); });
}

}  // namespace

ProbabilityMapView::ProbabilityMapView(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("probability_map"));
  setAccessibleName(tr("Probability map"));
  setMouseTracking(true);
  timer_.setInterval(map_frame_ms);
  connect(&timer_, &QTimer::timeout, this, &ProbabilityMapView::step);
}

QSize ProbabilityMapView::sizeHint() const {
  constexpr int usual = 8;
  const int options = options_.empty() ? usual : static_cast<int>(options_.size());
  return {440,
          spacing::grid + number_height + options * map_row_height + key_height + spacing::grid};
}

QSize ProbabilityMapView::minimumSizeHint() const { return {260, sizeHint().height()}; }

void ProbabilityMapView::show_map(const ProbabilityMap& map, std::size_t count,
                                  std::vector<OptionIndex> options) {
  slots_ = count;
  if (options != options_) {
    options_ = std::move(options);
    // Options of a kind stand together, whatever their place in the table.
    std::ranges::stable_sort(options_, {}, [](OptionIndex o) { return slot_option(o).kind; });
    updateGeometry();
  }
  if (map == wanted_) return update();
  const bool animate = isVisible() && same_shape(map, shown_);
  wanted_ = map;
  if (animate) {
    frames_left_ = frames;
    timer_.start();
  } else {
    shown_ = map;
    timer_.stop();
  }
  setAccessibleDescription(map.empty()
                               ? tr("no search has probabilities of its options yet")
                               : tr("most likely: %1").arg(text_of(strip_text(most_likely(map)))));
  update();
}

void ProbabilityMapView::outline(std::optional<Architecture> predicted) {
  if (predicted == predicted_) return;
  predicted_ = std::move(predicted);
  update();
}

void ProbabilityMapView::step() {
  const float share = 1.0F / static_cast<float>(std::max(1, frames_left_));
  for (std::size_t slot = 0; slot < shown_.size(); ++slot)
    for (std::size_t option = 0; option < shown_[slot].size(); ++option)
      shown_[slot][option] += share * (wanted_[slot][option] - shown_[slot][option]);
  if (--frames_left_ <= 0) {
    shown_ = wanted_;
    timer_.stop();
  }
  update();
}

QRectF ProbabilityMapView::cell(std::size_t slot, OptionIndex option) const {
  const auto row = std::ranges::find(options_, option);
  if (row == options_.end()) return {};
  return at_row(slot, static_cast<std::size_t>(row - options_.begin()));
}

QRectF ProbabilityMapView::at_row(std::size_t slot, std::size_t row) const {
  if (slots_ == 0) return {};
  const int left = spacing::page_margin + map_label_width, top = spacing::grid + number_height;
  const double pitch =
      std::max(1.0, std::floor((width() - left - spacing::page_margin) / double(slots_)));
  return {left + pitch * static_cast<double>(slot), top + map_row_height * static_cast<double>(row),
          pitch, double(map_row_height)};
}

std::optional<std::pair<std::size_t, OptionIndex>> ProbabilityMapView::cell_at(
    const QPointF& position) const {
  for (std::size_t slot = 0; slot < slots_; ++slot)
    for (const OptionIndex option : options_)
      if (cell(slot, option).contains(position)) return std::pair(slot, option);
  return std::nullopt;
}

void ProbabilityMapView::paintEvent(QPaintEvent*) {
  const Colours& c = colours();
  QPainter painter(this);
  painter.fillRect(rect(), c.base);
  if (slots_ == 0) return;
  painter.setFont(ui_font(TextSize::caption));
  painter.setPen(c.secondary_text);
  for (std::size_t slot = 0; slot < slots_; ++slot) {
    const bool named = slot == 0 || slot + 1 == slots_ || (slot + 1) % 6 == 0;
    // The last number would lie on the one before it.
    if (!named || (slot + 1 < slots_ && slots_ - slot < 3)) continue;
    const QRectF above = at_row(slot, 0).translated(0, -number_height);
    painter.drawText(above.adjusted(-8, 0, 8, 0), Qt::AlignCenter, QString::number(slot + 1));
  }
  for (const OptionIndex option : options_) {
    const QRectF first = cell(0, option);
    painter.drawText(QRectF(0, first.top(), first.left() - spacing::grid, first.height()),
                     Qt::AlignRight | Qt::AlignVCenter, text_of(slot_option(option).row));
  }
  for (std::size_t slot = 0; slot < slots_; ++slot)
    for (const OptionIndex option : options_) {
      double p = 0;
      if (slot < shown_.size() && option < shown_[slot].size())
        p = static_cast<double>(shown_[slot][option]);
      painter.fillRect(
          cell(slot, option).adjusted(0.5, 0.5, -0.5, -0.5).toAlignedRect().adjusted(0, 0, -1, -1),
          mixed(c.alternate_base, c.accent, std::isfinite(p) ? p : 0));
    }
  const Architecture likely = most_likely(wanted_);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(c.text, 1));
  for (std::size_t slot = 0; slot < std::min(slots_, likely.size()); ++slot)
    painter.drawRect(cell(slot, likely[slot]).adjusted(0.5, 0.5, -1.5, -1.5));
  if (predicted_) {
    QPen dotted(c.text, 1.6);
    dotted.setDashPattern({1.2, 1.2});
    painter.setPen(dotted);
    for (std::size_t slot = 0; slot < std::min(slots_, predicted_->size()); ++slot)
      painter.drawRect(cell(slot, (*predicted_)[slot]).adjusted(2.5, 2.5, -3.5, -3.5));
  }
  QString words = wanted_.empty() ? tr("probability 0 to 1; a search fills it")
                                  : tr("probability 0 to 1; outlined: most likely");
  if (predicted_) words = tr("probability 0 to 1; dotted: predicted for the target");
  // The key: below the map, further left where its words would not fit.
  const QRectF under = at_row(0, options_.empty() ? 0 : options_.size() - 1);
  const double end = width() - spacing::page_margin;
  const double needed =
      shades_width + spacing::grid + painter.fontMetrics().horizontalAdvance(words);
  const double from = std::max<double>(spacing::page_margin, std::min(under.left(), end - needed));
  const QRectF key(from, under.bottom() + 10, shades_width, 8);
  constexpr int shades = 13;
  for (int i = 0; i < shades; ++i)
    painter.fillRect(QRectF(key.left() + i * key.width() / shades, key.top(), key.width() / shades,
                            key.height()),
                     mixed(c.alternate_base, c.accent, i / double(shades - 1)));
  painter.setPen(c.secondary_text);
  const QRectF beside(key.right() + spacing::grid, key.top() - 6, end - key.right() - spacing::grid,
                      20);
  painter.drawText(
      beside, Qt::AlignLeft | Qt::AlignVCenter,
      painter.fontMetrics().elidedText(words, Qt::ElideRight, static_cast<int>(beside.width())));
}

bool ProbabilityMapView::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const auto at = cell_at(help->pos())) {
      const auto [slot, option] = *at;
      const std::string_view title = slot_option(option).title;
      QString words = tr("block %1, %2").arg(slot + 1).arg(text_of(title));
      if (slot < wanted_.size() && option < wanted_[slot].size())
        words += tr(": probability %1").arg(decimal(double(wanted_[slot][option]), 3));
      QToolTip::showText(help->globalPos(), words, this);
      return true;
    }
    QToolTip::hideText();
  }
  return QWidget::event(event);
}

}  // namespace plumbline

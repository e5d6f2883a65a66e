#include "widgets/planer/latency_bars.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

#include "widgets/planer/legend.h"
#include "widgets/planer/planer_words.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"

namespace plumbline {

namespace {

constexpr int bar_label_width = 132, total_width = 70, bar_row_height = 27, bar_height = 19;
constexpr int bar_note_height = 20;

std::vector<LegendPart> kinds_of_time() {
  const Colours& c = colours();
  return {{c.attention[3], LatencyBars::tr("attention")},
          {c.feed_forward, LatencyBars::tr("feed-forward")},
          {c.experts[0], LatencyBars::tr("MoE")},
          {c.norm, LatencyBars::tr("norm, residual")},
          {c.embedding, LatencyBars::tr("embedding, softmax")}};
}

int legend_height(int width) {
  return legend_rows(kinds_of_time(), width - 2 * spacing::page_margin) * legend_row;
}

}  // namespace

LatencyBars::LatencyBars(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("latency_bars"));
  setAccessibleName(tr("Where the time goes"));
  setMouseTracking(true);
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void LatencyBars::show_rows(std::vector<LatencyRow> rows, bool common_scale, const QString& note) {
  const bool resized = rows.size() != rows_.size() || common_scale != common_scale_;
  rows_ = std::move(rows);
  common_scale_ = common_scale;
  note_ = note;
  QStringList words;
  for (const LatencyRow& row : rows_) words << row.label + u' ' + ms_text(row.total());
  setAccessibleDescription(words.join(QStringLiteral("; ")));
  if (resized) updateGeometry();
  update();
}

int LatencyBars::heightForWidth(int width) const {
  return legend_height(width) + spacing::grid + bar_note_height +
         bar_row_height * std::max(1, static_cast<int>(rows_.size()));
}

QSize LatencyBars::sizeHint() const { return {440, heightForWidth(440)}; }
QSize LatencyBars::minimumSizeHint() const { return {300, heightForWidth(440)}; }

QRectF LatencyBars::bar(std::size_t row) const {
  const double left = spacing::page_margin + bar_label_width;
  const double room = width() - left - total_width - spacing::page_margin;
  double share = 1;
  if (common_scale_) {
    double greatest = 0;
    for (const LatencyRow& other : rows_) greatest = std::max(greatest, other.total());
    share = greatest > 0 ? rows_[row].total() / greatest : 0;
  }
  return {left,
          legend_height(width()) + spacing::together + bar_row_height * static_cast<double>(row),
          std::max(0.0, room * share), double(bar_height)};
}

QRectF LatencyBars::part(std::size_t row, std::size_t index) const {
  const QRectF all = bar(row);
  const double total = rows_[row].total();
  if (total <= 0) return {};
  double before = 0;
  for (std::size_t i = 0; i < index; ++i) before += rows_[row].parts[i].ms;
  const double from = std::round(all.left() + all.width() * before / total);
  const double to =
      std::round(all.left() + all.width() * (before + rows_[row].parts[index].ms) / total);
  return {from, all.top(), std::max(0.0, to - from), all.height()};
}

void LatencyBars::paintEvent(QPaintEvent*) {
  const Colours& c = colours();
  QPainter painter(this);
  painter.fillRect(rect(), c.base);
  if (rows_.empty()) return;
  paint_legend(painter, kinds_of_time(), {spacing::page_margin, 0},
               width() - 2 * spacing::page_margin);
  painter.setFont(ui_font(TextSize::caption));
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const QRectF all = bar(row);
    painter.setPen(c.secondary_text);
    const QRectF label(spacing::page_margin, all.top(), bar_label_width - spacing::grid,
                       all.height());
    painter.drawText(label, Qt::AlignRight | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(rows_[row].label, Qt::ElideMiddle,
                                                      static_cast<int>(label.width())));
    const double total = rows_[row].total();
    for (std::size_t i = 0; i < rows_[row].parts.size(); ++i) {
      const LatencyRow::Part& piece = rows_[row].parts[i];
      const QRectF box = part(row, i);
      // A hair of base keeps neighbours of like colour apart.
      painter.fillRect(box.adjusted(0, 0, box.width() > 3 ? -1 : 0, 0), piece.colour);
      if (!piece.inside_label || total <= 0) continue;
      const QString share = percent(piece.ms / total, 0);
      if (painter.fontMetrics().horizontalAdvance(share) + 2 > box.width()) continue;
      painter.setPen(legible_on(piece.colour));
      painter.drawText(box, Qt::AlignCenter, share);
    }
    painter.setPen(c.text);
    painter.drawText(
        QRectF(width() - total_width - spacing::page_margin, all.top(), total_width, all.height()),
        Qt::AlignRight | Qt::AlignVCenter, ms_text(total));
  }
  const QRectF last = bar(rows_.size() - 1);
  const int top = legend_height(width());
  painter.fillRect(QRectF(last.left() - 1, top, 1, last.bottom() - top + 4), c.plot_axis);
  painter.setPen(c.secondary_text);
  const QRectF note(last.left(), last.bottom() + 5, width() - last.left() - spacing::page_margin,
                    bar_note_height);
  painter.drawText(
      note, Qt::AlignLeft | Qt::AlignVCenter,
      painter.fontMetrics().elidedText(note_, Qt::ElideRight, static_cast<int>(note.width())));
}

bool LatencyBars::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    for (std::size_t row = 0; row < rows_.size(); ++row)
      for (std::size_t i = 0; i < rows_[row].parts.size(); ++i)
        if (part(row, i).contains(help->pos())) {
          const LatencyRow::Part& piece = rows_[row].parts[i];
          QToolTip::showText(
              help->globalPos(),
              tr("%1: %2, %3 of %4\n%5")
                  .arg(piece.name, ms_text(piece.ms), percent(piece.ms / rows_[row].total()),
                       rows_[row].label, rows_[row].note),
              this);
          return true;
        }
    QToolTip::hideText();
  }
  return QWidget::event(event);
}

}  // namespace plumbline

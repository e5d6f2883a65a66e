#include "widgets/decision_page/confusion_view.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <cmath>

#include "widgets/figures/figure_tips.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int least_row = 17;  // for figures of the usual size
constexpr int names_width = 64, matrix_head = 20, matrix_margin = 8;
constexpr float strongest_tint = 0.62F;

QString elided(const QFont& font, const QString& text, int width) {
  return QFontMetrics(font).elidedText(text, Qt::ElideRight, width);
}

}  // namespace

ConfusionView::ConfusionView(DecisionAnalysis* analysis, QWidget* parent)
    : QAbstractScrollArea(parent), analysis_(analysis) {
  setObjectName(QStringLiteral("confusion"));
  explain(viewport(), "decision.confusion");
  setAccessibleName(tr("Confusion of accepted samples"));
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFocusPolicy(Qt::StrongFocus);
  viewport()->setMouseTracking(true);
  setMinimumSize(220, 120);
  connect(analysis_, &DecisionAnalysis::moved, this, &ConfusionView::refresh);
  connect(analysis_, &DecisionAnalysis::curves_changed, this, &ConfusionView::refresh);
}

void ConfusionView::set_listed(bool listed) {
  listed_ = listed;
  refresh();
}

bool ConfusionView::is_matrix() const {
  return !listed_ && analysis_->review() != nullptr &&
         analysis_->confusion().classes() <= most_matrix_classes;
}

void ConfusionView::refresh() {
  const bool any = analysis_->review() != nullptr;
  const int rows =
      any && !is_matrix() ? static_cast<int>(analysis_->confusion().wrong_pairs().size()) : 0;
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setSingleStep(spacing::row_height);
  verticalScrollBar()->setRange(0, std::max(0, rows * spacing::row_height - viewport()->height()));
  current_row_ = std::clamp(current_row_, 0, std::max(0, rows - 1));
  viewport()->update();
}

QString ConfusionView::class_text(ClassIndex index) const {
  return text_of(analysis_->review()->run().class_name(index));
}

QRect ConfusionView::cell_rect(ClassIndex truth, ClassIndex label) const {
  const auto classes = static_cast<int>(std::max<std::size_t>(analysis_->confusion().classes(), 1));
  const int left = names_width + matrix_margin, width = viewport()->width() - left - matrix_margin;
  const int height = viewport()->height() - matrix_head - spacing::together;
  // Cells share what there is to the pixel.
  const auto x = [&](int i) { return left + width * i / classes; };
  const auto y = [&](int i) {
    const int all = std::min(height, spacing::row_height * classes);
    return matrix_head + all * i / classes;
  };
  return {QPoint(x(label), y(truth)), QPoint(x(label + 1) - 1, y(truth + 1) - 1)};
}

QRect ConfusionView::row_rect(int row) const {
  return {0, row * spacing::row_height - verticalScrollBar()->value(), viewport()->width(),
          spacing::row_height};
}

void ConfusionView::paintEvent(QPaintEvent*) {
  QPainter painter(viewport());
  painter.fillRect(viewport()->rect(), colours().base);
  if (analysis_->review() == nullptr) return;
  if (is_matrix())
    paint_matrix(painter);
  else
    paint_list(painter);
}

void ConfusionView::paint_matrix(QPainter& painter) {
  const Colours& c = colours();
  const ConfusionMatrix& matrix = analysis_->confusion();
  const auto classes = static_cast<ClassIndex>(matrix.classes());
  if (classes == 0) return;
  const QFont small = ui_font(TextSize::caption), figures = ui_font(TextSize::small);
  const double most =
      matrix.wrong_pairs().empty() ? 1 : static_cast<double>(matrix.wrong_pairs().front().samples);
  painter.setFont(small);
  painter.setPen(c.disabled_text);
  painter.drawText(QRect(matrix_margin, 0, names_width - 4, matrix_head),
                   Qt::AlignLeft | Qt::AlignVCenter, tr("true \\ label"));
  painter.setPen(c.secondary_text);
  for (ClassIndex i = 0; i < classes; ++i) {
    const QRect cell = cell_rect(i, i);
    painter.drawText(QRect(cell.left(), 0, cell.width(), matrix_head), Qt::AlignCenter,
                     elided(small, class_text(i), cell.width() - 2));
    painter.drawText(QRect(matrix_margin, cell.top(), names_width - 4, cell.height()),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     elided(small, class_text(i), names_width - 6));
  }
  painter.setFont(cell_rect(0, 0).height() < least_row ? small : figures);
  for (ClassIndex truth = 0; truth < classes; ++truth)
    for (ClassIndex label = 0; label < classes; ++label) {
      const QRect cell = cell_rect(truth, label);
      const std::int64_t samples = matrix.at(truth, label);
      const bool right = truth == label;
      QColor tint = verdict_fill(Verdict::undetected);
      if (!right && samples > 0) {
        tint.setAlphaF(strongest_tint * static_cast<float>(static_cast<double>(samples) / most));
        painter.fillRect(cell, tint);
      }
      painter.setPen(c.faint_line);
      painter.drawLine(cell.bottomLeft(), cell.bottomRight());
      painter.drawLine(cell.topRight(), cell.bottomRight());
      painter.setPen(samples == 0 ? c.disabled_text : right ? verdict_text(Verdict::kept) : c.text);
      painter.drawText(cell.adjusted(1, 0, -5, 0), Qt::AlignRight | Qt::AlignVCenter,
                       samples == 0 ? QStringLiteral("·") : with_thousands(samples));
      if (hasFocus() && current_ == Place{truth, label}) {
        painter.setPen(QPen(c.accent, 2));
        painter.drawRect(cell.adjusted(1, 1, -2, -2));
      }
    }
}

void ConfusionView::paint_list(QPainter& painter) {
  const Colours& c = colours();
  const auto& pairs = analysis_->confusion().wrong_pairs();
  if (pairs.empty()) {
    painter.setFont(ui_font());
    painter.setPen(c.secondary_text);
    painter.drawText(viewport()->rect(), Qt::AlignCenter, tr("No accepted sample is wrong."));
    return;
  }
  const int first = verticalScrollBar()->value() / spacing::row_height;
  const int last =
      std::min(static_cast<int>(pairs.size()) - 1,
               (verticalScrollBar()->value() + viewport()->height()) / spacing::row_height);
  const auto most = static_cast<double>(pairs.front().samples);
  painter.setFont(ui_font());
  for (int row = first; row <= last; ++row) {
    const auto& pair = pairs[static_cast<std::size_t>(row)];
    const QRect all = row_rect(row);
    const int names = all.width() * 6 / 10, figure = 56;
    if (hasFocus() && row == current_row_) painter.fillRect(all, c.accent_tint);
    painter.setPen(hasFocus() && row == current_row_ ? c.text_on_tint : c.text);
    painter.drawText(
        QRect(spacing::page_margin, all.top(), names - spacing::page_margin, all.height()),
        Qt::AlignLeft | Qt::AlignVCenter,
        elided(ui_font(), tr("%1 → %2").arg(class_text(pair.truth), class_text(pair.label)),
               names - spacing::page_margin));
    painter.drawText(QRect(names, all.top(), figure, all.height()),
                     Qt::AlignRight | Qt::AlignVCenter, with_thousands(pair.samples));
    const int length = all.width() - names - figure - 2 * spacing::page_margin;
    QColor tint = verdict_fill(Verdict::undetected);
    tint.setAlphaF(strongest_tint);
    painter.fillRect(
        QRect(names + figure + spacing::page_margin, all.center().y() - 3,
              std::max(1, static_cast<int>(length * static_cast<double>(pair.samples) / most)), 6),
        tint);
    painter.setPen(c.faint_line);
    painter.drawLine(all.bottomLeft(), all.bottomRight());
  }
}

void ConfusionView::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  refresh();
}

std::optional<ConfusionView::Place> ConfusionView::place_at(QPoint at) const {
  if (analysis_->review() == nullptr) return std::nullopt;
  const ConfusionMatrix& matrix = analysis_->confusion();
  if (!is_matrix()) {
    const int row = (at.y() + verticalScrollBar()->value()) / spacing::row_height;
    if (row < 0 || row >= static_cast<int>(matrix.wrong_pairs().size())) return std::nullopt;
    const auto& pair = matrix.wrong_pairs()[static_cast<std::size_t>(row)];
    return Place{pair.truth, pair.label};
  }
  const auto classes = static_cast<ClassIndex>(matrix.classes());
  for (ClassIndex truth = 0; truth < classes; ++truth)
    for (ClassIndex label = 0; label < classes; ++label)
      if (cell_rect(truth, label).contains(at)) return Place{truth, label};
  return std::nullopt;
}

void ConfusionView::mouseMoveEvent(QMouseEvent* event) {
  viewport()->setCursor(place_at(event->position().toPoint()) ? Qt::PointingHandCursor
                                                              : Qt::ArrowCursor);
}

void ConfusionView::mousePressEvent(QMouseEvent* event) {
  const auto place = place_at(event->position().toPoint());
  if (!place || event->button() != Qt::LeftButton) return;
  current_row_ =
      (event->position().toPoint().y() + verticalScrollBar()->value()) / spacing::row_height;
  move_to(*place);
  if (analysis_->confusion().at(place->truth, place->label) > 0)
    Q_EMIT cell_chosen(place->truth, place->label);
}

void ConfusionView::move_to(Place place) {
  current_ = place;
  viewport()->update();
}

void ConfusionView::keyPressEvent(QKeyEvent* event) {
  if (analysis_->review() == nullptr) return QAbstractScrollArea::keyPressEvent(event);
  const ConfusionMatrix& matrix = analysis_->confusion();
  const int down = event->key() == Qt::Key_Down ? 1 : event->key() == Qt::Key_Up ? -1 : 0;
  const int right = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
  const bool opens = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter ||
                     event->key() == Qt::Key_Space;
  if (!opens && down == 0 && right == 0) return QAbstractScrollArea::keyPressEvent(event);
  if (is_matrix()) {
    const int most = static_cast<int>(matrix.classes()) - 1;
    if (most < 0) return;
    current_ = {static_cast<ClassIndex>(std::clamp(current_.truth + down, 0, most)),
                static_cast<ClassIndex>(std::clamp(current_.label + right, 0, most))};
  } else {
    const auto& pairs = matrix.wrong_pairs();
    if (pairs.empty()) return;
    current_row_ = std::clamp(current_row_ + down, 0, static_cast<int>(pairs.size()) - 1);
    const QRect row = row_rect(current_row_);
    QScrollBar* bar = verticalScrollBar();
    if (row.top() < 0) bar->setValue(bar->value() + row.top());
    if (row.bottom() > viewport()->height())
      bar->setValue(bar->value() + row.bottom() - viewport()->height());
    const auto& pair = pairs[static_cast<std::size_t>(current_row_)];
    current_ = {pair.truth, pair.label};
  }
  viewport()->update();
  if (opens && matrix.at(current_.truth, current_.label) > 0)
    Q_EMIT cell_chosen(current_.truth, current_.label);
}

bool ConfusionView::viewportEvent(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QAbstractScrollArea::viewportEvent(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const auto place = place_at(help->pos());
  if (!place) {
    QToolTip::hideText();
    return true;
  }
  const std::int64_t samples = analysis_->confusion().at(place->truth, place->label);
  QToolTip::showText(
      help->globalPos(),
      tr("%1 taken for %2: %3 accepted\nclick to see them")
          .arg(class_text(place->truth), class_text(place->label), with_thousands(samples)),
      viewport());
  return true;
}

}  // namespace plumbline

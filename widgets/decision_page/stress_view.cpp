#include "widgets/decision_page/stress_view.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/study/condition.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/page/background.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int stress_plot_width = 168, stress_plot_height = 150, stress_legend = 22;
const QMargins stress_inset(30, 20, 10, 20);

/// What is drawn of an outcome, 0 to 1.
struct StressSeries {
  double (*value)(const StressOutcome&);
  QColor (*colour)();
  const char* name;
};

QColor accuracy_colour() { return colours().secondary_text; }
QColor coverage_colour() { return colours().accent; }
QColor undetected_colour() { return verdict_fill(Verdict::undetected); }

constexpr std::array stress_series = {
    StressSeries{[](const StressOutcome& o) { return o.counts.accuracy(); }, accuracy_colour,
                 QT_TRANSLATE_NOOP("StressView", "accuracy")},
    StressSeries{[](const StressOutcome& o) { return o.counts.coverage(); }, coverage_colour,
                 QT_TRANSLATE_NOOP("StressView", "coverage")},
    StressSeries{[](const StressOutcome& o) { return o.counts.generalized_risk(); },
                 undetected_colour, QT_TRANSLATE_NOOP("StressView", "undetected")}};

QString severity_text(const SeverityPoint& point) {
  return point.condition == View() ? StressView::tr("none")
                                   : text_of(value_text(point.severity, false));
}

/// The policy as it stands, and the baseline where it keeps as many on what is shown: fixed there,
/// as the policy is, and of the run's first voter, as everywhere on the page.
StressRequest request_of(const DecisionAnalysis& analysis) {
  const RunReview& review = *analysis.review();
  StressRequest request{review.run().split, review.bound_policy(), review.policy_voters()};
  if (const auto& point = analysis.baseline_point())
    if (!set_mcp_baseline(request, 0, static_cast<double>(point->threshold)))
      request.baseline.reset();
  return request;
}

}  // namespace

StressView::StressView(DecisionAnalysis* analysis, QWidget* parent)
    : QAbstractScrollArea(parent),
      analysis_(analysis),
      generation_(std::make_shared<std::atomic<std::uint64_t>>(0)) {
  setObjectName(QStringLiteral("stress"));
  explain(viewport(), "decision.conditions");
  setAccessibleName(tr("Conditions"));
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFocusPolicy(Qt::StrongFocus);
  viewport()->setMouseTracking(true);
  connect(analysis_, &DecisionAnalysis::moved, this, &StressView::fade);
  connect(analysis_, &DecisionAnalysis::figures_changed, this, [this] {
    if (!current_ && !analysis_->is_held() && isVisible()) compute();
  });
}

StressView::~StressView() { ++*generation_; }

void StressView::fade() {
  ++*generation_;
  current_ = computing_ = false;
  viewport()->update();
}

void StressView::showEvent(QShowEvent* event) {
  QAbstractScrollArea::showEvent(event);
  if (!current_) compute();
}

void StressView::compute() {
  const RunReview* review = analysis_->review();
  if (review != review_) curves_.clear();
  review_ = analysis_->review();
  if (review == nullptr || review->busy() || computing_ || review->run().info.conditions.empty() ||
      review->run().info.condition != View()) {
    viewport()->update();
    return;
  }
  computing_ = true;
  run_in_background(
      this,
      [run = review->run(), request = request_of(*analysis_), generation = generation_,
       mine = generation_->load()]() -> Result<std::vector<SeverityCurve>> {
        const auto study = Study::open(run.folder, Access::read_only);
        TRY(study);
        return severity_curves(*study, run.info, request, run.info.conditions,
                               [&](std::size_t, std::size_t) { return *generation != mine; });
      },
      [this, mine = generation_->load()](Result<std::vector<SeverityCurve>> curves) {
        if (mine != *generation_) return;
        computing_ = false;
        current_ = true;  // also where it failed: it was said, and is not tried again
        if (curves)
          curves_ = std::move(*curves);
        else
          Q_EMIT failed(text_of(to_string(curves.error())));
        resizeEvent(nullptr);
      });
}

QRect StressView::plot_rect(std::size_t curve) const {
  const int columns = std::clamp(viewport()->width() / stress_plot_width, 1,
                                 std::max(1, static_cast<int>(curves_.size())));
  const int rows = (static_cast<int>(curves_.size()) + columns - 1) / columns;
  const int width = viewport()->width() / columns;
  const int height =
      std::max(stress_plot_height, (viewport()->height() - stress_legend) / std::max(1, rows));
  const int place = static_cast<int>(curve);
  return {place % columns * width,
          stress_legend + place / columns * height - verticalScrollBar()->value(), width, height};
}

QRect StressView::point_rect(std::size_t curve, std::size_t point) const {
  const QRect inside = plot_rect(curve).marginsRemoved(stress_inset);
  const auto points = static_cast<int>(curves_[curve].points.size());
  const int step = inside.width() / std::max(points, 1);
  return {inside.left() + static_cast<int>(point) * step, inside.top(), step, inside.height()};
}

void StressView::resizeEvent(QResizeEvent* event) {
  if (event != nullptr) QAbstractScrollArea::resizeEvent(event);
  const int bottom =
      curves_.empty() ? 0 : plot_rect(curves_.size() - 1).bottom() + verticalScrollBar()->value();
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setSingleStep(spacing::row_height);
  verticalScrollBar()->setRange(0, std::max(0, bottom - viewport()->height()));
  viewport()->update();
}

void StressView::paint_curve(QPainter& painter, std::size_t index) const {
  const Colours& c = colours();
  const SeverityCurve& curve = curves_[index];
  const QRect whole = plot_rect(index), inside = whole.marginsRemoved(stress_inset);
  painter.setFont(ui_font(TextSize::caption, QFont::DemiBold));
  painter.setPen(current_ ? c.text : c.disabled_text);
  painter.drawText(QRect(inside.left(), whole.top(), inside.width(), stress_inset.top()),
                   Qt::AlignLeft | Qt::AlignVCenter, text_of(curve.family));
  painter.setFont(ui_font(TextSize::caption));
  const auto y_of = [&](double share) { return inside.bottom() - share * (inside.height() - 1); };
  for (const int level : {0, 50, 100}) {
    const double y = y_of(level / 100.0);
    painter.setPen(level == 0 ? c.plot_axis : c.plot_grid);
    painter.drawLine(QPointF(inside.left(), y), QPointF(inside.right(), y));
    painter.setPen(c.secondary_text);
    painter.drawText(QRectF(whole.left(), y - 8, stress_inset.left() - 5, 16),
                     Qt::AlignRight | Qt::AlignVCenter, QString::number(level));
  }
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    const QRect column = point_rect(index, i);
    painter.setPen(c.secondary_text);
    painter.drawText(QRect(column.left() - 6, inside.bottom() + 3, column.width() + 12, 14),
                     Qt::AlignCenter, severity_text(curve.points[i]));
    if (hasFocus() && current_place_ == Place{index, i}) {
      painter.setPen(QPen(c.accent, 2));
      painter.drawRect(column.adjusted(1, 1, -2, -2));
    }
  }
  painter.setRenderHint(QPainter::Antialiasing);
  const auto draw = [&](const StressSeries& series, bool baseline) {
    QPolygonF line;
    for (std::size_t i = 0; i < curve.points.size(); ++i) {
      const SeverityPoint& point = curve.points[i];
      if (baseline && !point.baseline) continue;
      const double value = series.value(baseline ? *point.baseline : point.policy);
      if (std::isfinite(value)) line << QPointF(point_rect(index, i).center().x(), y_of(value));
    }
    QPen pen(current_ ? series.colour() : c.control_line, baseline ? 1.2 : 2);
    if (baseline) pen.setDashPattern({4, 3});
    painter.setPen(pen);
    painter.drawPolyline(line);
    if (baseline) return;
    painter.setBrush(pen.color());
    painter.setPen(Qt::NoPen);
    for (const QPointF& at : line) painter.drawEllipse(at, 2.5, 2.5);
    painter.setBrush(Qt::NoBrush);
  };
  for (const StressSeries& series : stress_series) draw(series, true);
  for (const StressSeries& series : stress_series) draw(series, false);
  painter.setRenderHint(QPainter::Antialiasing, false);
}

void StressView::paintEvent(QPaintEvent*) {
  QPainter painter(viewport());
  const Colours& c = colours();
  painter.fillRect(viewport()->rect(), c.base);
  if (analysis_->review() == nullptr) return;
  const OpenedRun& run = analysis_->review()->run();
  if (curves_.empty()) {
    painter.setFont(ui_font());
    painter.setPen(c.secondary_text);
    const QString words =
        run.info.condition != View()
            ? tr("The run is open under %1. Curves are drawn for the run without a condition.")
                  .arg(text_of(condition_name(run.info.condition)))
        : run.info.conditions.empty()
            ? tr("This run was not computed under any condition. To see what noise, blur or JPEG "
                 "do to the policy, compute some:\n\nplumbline-engine run %1 --name \"%2\" "
                 "--conditions 'noise=4,8,16;blur=0.5,1,2'")
                  .arg(text_of(run.folder.string()), text_of(run.info.name))
            : tr("Reading the predictions under %1…")
                  .arg(counted(static_cast<qint64>(run.info.conditions.size()), tr("condition"),
                               tr("conditions")));
    painter.drawText(viewport()->rect().adjusted(24, 0, -24, 0), Qt::AlignCenter | Qt::TextWordWrap,
                     words);
    return;
  }
  for (std::size_t i = 0; i < curves_.size(); ++i) paint_curve(painter, i);
  painter.fillRect(QRect(0, 0, viewport()->width(), stress_legend), c.base);
  painter.setFont(ui_font(TextSize::caption));
  int x = spacing::page_margin;
  const auto add = [&](const QString& words, const QColor& colour, bool dashed) {
    QPen pen(colour, dashed ? 1.2 : 2);
    if (dashed) pen.setDashPattern({4, 3});
    painter.setPen(pen);
    painter.drawLine(x, stress_legend / 2, x + 16, stress_legend / 2);
    painter.setPen(c.secondary_text);
    const int width = painter.fontMetrics().horizontalAdvance(words);
    painter.drawText(QRect(x + 20, 0, width + 2, stress_legend), Qt::AlignLeft | Qt::AlignVCenter,
                     words);
    x += width + 34;
  };
  for (const StressSeries& series : stress_series) add(tr(series.name), series.colour(), false);
  add(analysis_->baseline_name(), c.secondary_text, true);
}

std::optional<StressView::Place> StressView::place_at(QPoint at) const {
  if (at.y() < stress_legend) return std::nullopt;
  for (std::size_t curve = 0; curve < curves_.size(); ++curve)
    for (std::size_t point = 0; point < curves_[curve].points.size(); ++point)
      if (point_rect(curve, point).contains(at)) return Place{curve, point};
  return std::nullopt;
}

QString StressView::read_out(std::size_t curve, std::size_t point) const {
  const SeverityPoint& at = curves_[curve].points[point];
  QString words = at.condition == View() ? tr("as it is") : text_of(to_string(at.condition));
  if (!at.complete) words += tr(" (not complete)");
  const auto line = [](const QString& whose, const StressOutcome& outcome) {
    return tr("\n%1: accuracy %2, coverage %3, undetected %4 (%5), %6 of the wrong rejected")
        .arg(whose, percent(outcome.counts.accuracy()), percent(outcome.counts.coverage()),
             with_thousands(outcome.counts[Verdict::undetected]),
             percent(outcome.counts.generalized_risk()), percent(outcome.caught_share()));
  };
  words += line(text_of(analysis_->review()->rules().kind().name), at.policy);
  if (at.baseline) words += line(analysis_->baseline_name(), *at.baseline);
  return words + tr("\nclick to see its failures");
}

void StressView::choose(Place place) {
  current_place_ = place;
  viewport()->update();
  Q_EMIT condition_chosen(
      text_of(condition_name(curves_[place.curve].points[place.point].condition)));
}

void StressView::mouseMoveEvent(QMouseEvent* event) {
  viewport()->setCursor(place_at(event->position().toPoint()) ? Qt::PointingHandCursor
                                                              : Qt::ArrowCursor);
}

void StressView::mousePressEvent(QMouseEvent* event) {
  const auto place = place_at(event->position().toPoint());
  if (place && event->button() == Qt::LeftButton) choose(*place);
}

void StressView::keyPressEvent(QKeyEvent* event) {
  if (curves_.empty()) return QAbstractScrollArea::keyPressEvent(event);
  Place next = current_place_;
  next.curve = std::min(next.curve, curves_.size() - 1);
  switch (event->key()) {
    case Qt::Key_Left: next.point -= next.point > 0; break;
    case Qt::Key_Right: ++next.point; break;
    case Qt::Key_Up: next.curve -= next.curve > 0; break;
    case Qt::Key_Down: next.curve += next.curve + 1 < curves_.size(); break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
      next.point = std::min(next.point, curves_[next.curve].points.size() - 1);
      return choose(next);
    default: return QAbstractScrollArea::keyPressEvent(event);
  }
  next.point = std::min(next.point, curves_[next.curve].points.size() - 1);
  current_place_ = next;
  viewport()->update();
}

bool StressView::viewportEvent(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QAbstractScrollArea::viewportEvent(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  if (const auto place = place_at(help->pos()))
    QToolTip::showText(help->globalPos(), read_out(place->curve, place->point), viewport());
  else
    QToolTip::hideText();
  return true;
}

}  // namespace plumbline

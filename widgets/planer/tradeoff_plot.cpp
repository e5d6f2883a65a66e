#include "widgets/planer/tradeoff_plot.h"

#include <QEvent>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

#include "widgets/planer/planer_words.h"
#include "widgets/planer/tradeoff_range.h"
#include "widgets/plot/plot_file.h"
#include "widgets/plot/plot_label.h"
#include "widgets/plot/plot_style.h"
#include "widgets/plot/qcustomplot.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"

namespace plumbline {

namespace {

constexpr int pace_ms = 50;

/// Numbers with their unit.
class UnitTicker : public QCPAxisTicker {
 public:
  explicit UnitTicker(QString unit) : unit_(std::move(unit)) {}

 protected:
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override {
    return QCPAxisTicker::getTickLabel(tick, locale, format, precision) + unit_;
  }

 private:
  QString unit_;
};

}  // namespace

TradeoffPlot::TradeoffPlot(PlanerReview* review, QWidget* parent)
    : QWidget(parent), review_(review), plot_(new QCustomPlot(this)) {
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->addWidget(plot_);
  setAccessibleName(tr("Accuracy against latency"));
  plot_->setAccessibleName(accessibleName());
  plot_->setObjectName(QStringLiteral("tradeoff_plot"));
  plot_->setMinimumSize(260, 180);
  // Words lie on every line, also on those that are drawn later.
  plot_->addLayer(QStringLiteral("words"), plot_->layer(QStringLiteral("main")),
                  QCustomPlot::limAbove);
  // What moves with the slider has a layer of its own, which is painted alone.
  plot_->addLayer(QStringLiteral("target"), nullptr, QCustomPlot::limAbove);
  target_layer_ = plot_->layer(QStringLiteral("target"));
  target_layer_->setMode(QCPLayer::lmBuffered);
  timer_.setSingleShot(true);
  connect(&timer_, &QTimer::timeout, this, &TradeoffPlot::rebuild);
  connect(plot_, &QCustomPlot::afterReplot, this, [this] { drawn_ = true; });
  connect(plot_, &QCustomPlot::afterLayout, this, &TradeoffPlot::after_layout);
  connect_mouse();
  connect(review_, &PlanerReview::subject_changed, this, [this] {
    fits_ = zoomed_ = false;
    marks_.clear();  // they point into what is gone
    request();
  });
  connect(review_, &PlanerReview::progress_changed, this, &TradeoffPlot::request);
  connect(review_, &PlanerReview::selection_changed, this, &TradeoffPlot::request);
  connect(review_, &PlanerReview::target_changed, this, [this] {
    if (target_line_ == nullptr) return;
    place_target();
    target_layer_->replot();
  });
  rebuild();
}

void TradeoffPlot::set_fractions(bool fractions) {
  if (fractions == fractions_) return;
  fractions_ = fractions;
  fits_ = zoomed_ = false;
  rebuild();
}

void TradeoffPlot::set_dragging(bool dragging) {
  dragging_ = dragging;
  if (!dragging) request();
}

void TradeoffPlot::fit() {
  fits_ = false;
  rebuild();
}

/// Redraws at once where the last time is long ago, else as soon as it is: never more often than
/// the pace.
void TradeoffPlot::request() {
  if (timer_.isActive()) return;
  const qint64 passed = since_.isValid() ? since_.elapsed() : pace_ms;
  timer_.start(static_cast<int>(std::max<qint64>(0, pace_ms - passed)));
}

double TradeoffPlot::x_of(const SearchCurve& curve, double cost) const {
  const auto baseline = curve.baseline_cost();
  return fractions_ && baseline ? cost / *baseline : cost;
}

/// A measured network lies where its ratio to the baseline of its own sitting puts it, on the same
/// side of the target's line as the verdict says, though the baseline took longer or shorter in
/// another sitting.
double TradeoffPlot::x_of(const SearchCurve& curve, const PlanerEntry& entry) const {
  const auto fraction = curve.shown_fraction(entry), baseline = curve.baseline_cost();
  if (!entry.measured() || !fraction) return x_of_estimate(curve, entry.shown_cost().value_or(0));
  if (fractions_) return *fraction;
  return baseline ? *fraction * *baseline : *entry.shown_cost();
}

/// Likewise an estimate by its ratio to what its table estimates for the baseline, as the target's
/// line and what is predicted there have it.
double TradeoffPlot::x_of_estimate(const SearchCurve& curve, double cost) const {
  return fractions_ ? curve.estimated_fraction(cost).value_or(cost)
                    : curve.cost_beside_baseline(cost);
}

/// Ranges, unless the user has moved them; ticks; what the axis upwards is.
void TradeoffPlot::set_axes(const SearchCurve& curve, double baseline) {
  const bool of_time = curve.subject.cost == CostKind::latency;
  setAccessibleName(of_time ? tr("Accuracy against latency") : tr("Accuracy against energy"));
  plot_->xAxis->setTicker(QSharedPointer<UnitTicker>::create(fractions_ ? QStringLiteral("×")
                                                             : of_time
                                                                 ? QStringLiteral("\u00A0ms")
                                                                 : QStringLiteral("\u00A0J")));
  plot_->xAxis->ticker()->setTickCount(6);
  plot_->yAxis->ticker()->setTickCount(7);
  // Milliseconds are of a step as everywhere; what joules are of is said.
  plot_->xAxis->setLabel(of_time ? QString() : tr("energy, %1").arg(cost_unit(curve.subject.cost)));

  if (const auto range = tradeoff_range(*review_); !fits_ || (!zoomed_ && !dragging_)) {
    const double unit = fractions_ ? 1.0 : baseline;
    plot_->xAxis->setRange(range.lower * unit, range.upper * unit);
    plot_->yAxis->setRange(range.low, range.high);
    fits_ = true;
  }
  const double span = plot_->xAxis->range().size();
  plot_->xAxis->setNumberPrecision(span > 20 ? 0 : span > 2.2 ? 1 : span > 0.22 ? 2 : 3);
  // Ticks may be quarters.
  const double height = plot_->yAxis->range().size();
  plot_->yAxis->setNumberPrecision(height > 4 ? 1 : height > 0.6 ? 2 : curve.unit.digits());

  auto* title = new QCPItemText(plot_);
  title->position->setType(QCPItemPosition::ptAbsolute);
  title->position->setCoords(12, 6);
  title->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
  title->setText(tr("%1 on validation (lower is better)").arg(curve.unit.name()));
  title->setFont(ui_font(TextSize::caption));
  title->setColor(colours().secondary_text);
  title->setClipToAxisRect(false);
}

void TradeoffPlot::rebuild() {
  since_.start();
  timer_.stop();
  drawn_ = false;
  plot_->clearPlottables();
  plot_->clearItems();
  target_line_ = nullptr;
  diamond_ = nullptr;
  target_label_ = predicted_label_ = head_label_ = nullptr;
  marks_.clear();
  labels_.clear();
  lines_.clear();
  apply_plot_style(plot_);
  const SearchCurve* curve = review_->curve();
  const auto baseline = curve == nullptr ? std::nullopt : curve->baseline_cost();
  if (!baseline) {
    plot_->replot(QCustomPlot::rpQueuedReplot);
    return;
  }
  plot_->setCurrentLayer(QStringLiteral("main"));
  set_axes(*curve, *baseline);
  add_baseline(*curve, true);
  for (std::size_t i = 0; i < review_->others().size(); ++i) {
    const SearchCurve& other = review_->others()[i];
    add_baseline(other, false);
    add_curve(other, series_colour(i + 1), false);
  }
  add_path(*curve);
  add_curve(*curve, colours().accent, true);
  add_target();
  plot_->axisRect()->setMinimumMargins(QMargins(64, 28, 20, 28));
  place_target();
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

/// Only now it is known where the axes are.
void TradeoffPlot::after_layout() {
  const SearchCurve* curve = review_->curve();
  const auto baseline = curve == nullptr ? std::nullopt : curve->baseline_cost();
  if (!baseline) return;
  taken_.clear();
  for (const Mark& point : marks_) {
    const QPointF at(plot_->xAxis->coordToPixel(point.x), plot_->yAxis->coordToPixel(point.y));
    // The mark with its interval.
    const double half =
        std::max(6.0, std::abs(plot_->yAxis->coordToPixel(point.y + point.half_width) - at.y()));
    taken_.emplace_back(at - QPointF(6, half), QSizeF(12, 2 * half));
  }
  // Lines as well, every few pixels.
  for (const auto& line : lines_) {
    QPointF last(-1e9, -1e9);
    for (const QPointF& point : line) {
      const QPointF at(plot_->xAxis->coordToPixel(point.x()),
                       plot_->yAxis->coordToPixel(point.y()));
      if (QLineF(at, last).length() < 5) continue;
      taken_.emplace_back(at - QPointF(3, 3), QSizeF(6, 6));
      last = at;
    }
  }
  const QCPRange range = plot_->xAxis->range();
  // A search may be slower than the axis reaches: its words stay at the edge.
  if (head_label_ != nullptr)
    head_label_->position->setCoords(std::clamp(head_x_, range.lower, range.upper),
                                     head_label_->position->value());
  place_labels(labels_, taken_, QRectF(plot_->axisRect()->rect()));
  place_target();
  const double unit = fractions_ ? 1.0 : *baseline;
  Q_EMIT axis_placed(plot_->x() + plot_->xAxis->coordToPixel(range.lower),
                     plot_->x() + plot_->xAxis->coordToPixel(range.upper), range.lower / unit,
                     range.upper / unit);
}

bool TradeoffPlot::save(const QString& file) {
  // On paper it is always light.
  const Theme theme = current_theme();
  detail::set_current_theme(Theme::light);
  rebuild();
  plot_->replot(QCustomPlot::rpImmediateRefresh);
  const bool saved = write_plot(plot_, file, accessibleName());
  detail::set_current_theme(theme);
  rebuild();
  return saved;
}

void TradeoffPlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) rebuild();
}

}  // namespace plumbline

#include "widgets/planer/tradeoff_plot.h"

#include <QEvent>
#include <QSvgGenerator>
#include <QToolTip>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/planer/planer_words.h"
#include "widgets/planer/tradeoff_range.h"
#include "widgets/plot/plot_label.h"
#include "widgets/plot/plot_style.h"
#include "widgets/plot/qcustomplot.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/numbers.h"

namespace plumbline {

namespace {

constexpr int pace_ms = 50;
constexpr double pick_radius = 10;
constexpr double diamond_size = 11, square_size = 9, ring_size = 9;
constexpr int dots_on_path = 14;

QString text_of(const std::string& text) { return QString::fromStdString(text); }

QPen dashed(const QColor& colour, double width) {
  QPen pen(colour, width);
  pen.setDashPattern({5, 4});
  return pen;
}

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

QCPScatterStyle mark(QCPScatterStyle::ScatterShape shape, const QColor& pen, double width,
                     const QColor& brush, double size) {
  return {shape, QPen(pen, width), QBrush(brush), size};
}

}  // namespace

TradeoffPlot::TradeoffPlot(PlanerReview* review, QWidget* parent)
    : QWidget(parent), review_(review), plot_(new QCustomPlot(this)) {
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->addWidget(plot_);
  setAccessibleName(tr("Accuracy against latency"));
  plot_->setObjectName(QStringLiteral("tradeoff_plot"));
  plot_->setMinimumSize(260, 180);
  plot_->setInteractions(QCP::iRangeZoom | QCP::iRangeDrag);
  plot_->axisRect()->setRangeZoomAxes(plot_->xAxis, nullptr);
  plot_->axisRect()->setRangeDrag(Qt::Horizontal | Qt::Vertical);
  // What moves with the slider has a layer of its own, which is painted alone.
  plot_->addLayer(QStringLiteral("target"), nullptr, QCustomPlot::limAbove);
  target_layer_ = plot_->layer(QStringLiteral("target"));
  target_layer_->setMode(QCPLayer::lmBuffered);
  timer_.setSingleShot(true);
  connect(&timer_, &QTimer::timeout, this, &TradeoffPlot::rebuild);
  connect(plot_, &QCustomPlot::afterLayout, this, &TradeoffPlot::after_layout);
  connect(plot_, &QCustomPlot::mouseDoubleClick, this, [this] {
    zoomed_ = false;
    fit();
  });
  connect(plot_, &QCustomPlot::mouseWheel, this, [this](QWheelEvent* event) {
    zoomed_ = true;
    const bool upright = event->modifiers() & Qt::ShiftModifier;
    plot_->axisRect()->setRangeZoomAxes(upright ? nullptr : plot_->xAxis,
                                        upright ? plot_->yAxis : nullptr);
  });
  connect(plot_, &QCustomPlot::mousePress, this, [this](QMouseEvent* event) {
    for (const Mark& point : marks_) {
      const QPointF at(plot_->xAxis->coordToPixel(point.x), plot_->yAxis->coordToPixel(point.y));
      if (QLineF(at, event->position()).length() < pick_radius)
        return Q_EMIT entry_clicked(text_of(point.entry->key()));
    }
  });
  connect(plot_, &QCustomPlot::mouseMove, this, &TradeoffPlot::show_read_out);
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

/// At once where the last time is long ago, else when it is: never more often than the pace.
void TradeoffPlot::request() {
  if (timer_.isActive()) return;
  const qint64 passed = since_.isValid() ? since_.elapsed() : pace_ms;
  timer_.start(static_cast<int>(std::max<qint64>(0, pace_ms - passed)));
}

double TradeoffPlot::x_of(const SearchCurve& curve, double ms) const {
  const auto baseline = curve.baseline_ms();
  return fractions_ && baseline ? ms / *baseline : ms;
}

double TradeoffPlot::target_x() const {
  const SearchCurve* curve = review_->curve();
  const auto ms = review_->target_ms();
  if (curve == nullptr || !ms) return std::numeric_limits<double>::quiet_NaN();
  return plot_->x() + plot_->xAxis->coordToPixel(x_of(*curve, *ms));
}

QString TradeoffPlot::predicted_text() const {
  return predicted_label_ == nullptr || !predicted_label_->visible() ? QString()
                                                                     : predicted_label_->text();
}

void TradeoffPlot::rebuild() {
  since_.start();
  timer_.stop();
  const Colours& c = colours();
  plot_->clearPlottables();
  plot_->clearItems();
  target_line_ = nullptr;
  diamond_ = nullptr;
  target_label_ = predicted_label_ = nullptr;
  marks_.clear();
  labels_.clear();
  lines_.clear();
  apply_plot_style(plot_);
  const SearchCurve* curve = review_->curve();
  const auto baseline = curve == nullptr ? std::nullopt : curve->baseline_ms();
  if (!baseline) {
    plot_->replot(QCustomPlot::rpQueuedReplot);
    return;
  }
  plot_->setCurrentLayer(QStringLiteral("main"));
  const bool ms = !fractions_;
  plot_->xAxis->setTicker(
      QSharedPointer<UnitTicker>::create(ms ? QStringLiteral("\u00A0ms") : QStringLiteral("×")));
  plot_->xAxis->ticker()->setTickCount(6);
  plot_->yAxis->ticker()->setTickCount(7);
  plot_->xAxis->setLabel({});

  if (const auto range = tradeoff_range(*review_); !fits_ || (!zoomed_ && !dragging_)) {
    const double unit = fractions_ ? 1.0 : *baseline;
    plot_->xAxis->setRange(range.lower * unit, range.upper * unit);
    plot_->yAxis->setRange(range.low, range.high);
    fits_ = true;
  }
  const double span = plot_->xAxis->range().size();
  plot_->xAxis->setNumberPrecision(span > 20 ? 0 : span > 2.2 ? 1 : span > 0.22 ? 2 : 3);
  // Ticks may be quarters.
  const double height = plot_->yAxis->range().size();
  plot_->yAxis->setNumberPrecision(height > 4 ? 1 : height > 0.6 ? 2 : curve->unit.digits());

  auto* title = new QCPItemText(plot_);
  title->position->setType(QCPItemPosition::ptAbsolute);
  title->position->setCoords(12, 6);
  title->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
  title->setText(tr("%1 on validation (lower is better)").arg(curve->unit.name()));
  title->setFont(ui_font(TextSize::caption));
  title->setColor(c.secondary_text);
  title->setClipToAxisRect(false);

  add_baseline(*curve, true);
  for (std::size_t i = 0; i < review_->others().size(); ++i) {
    const SearchCurve& other = review_->others()[i];
    add_baseline(other, false);
    add_curve(other, series_colour(i + 1), false);
  }
  add_path(*curve);
  add_curve(*curve, c.accent, true);

  plot_->setCurrentLayer(QStringLiteral("target"));
  target_line_ = new QCPItemLine(plot_);
  target_line_->setPen(QPen(c.accent, 1.5));
  for (QCPItemPosition* end : {target_line_->start, target_line_->end}) {
    end->setTypeX(QCPItemPosition::ptPlotCoords);
    end->setTypeY(QCPItemPosition::ptAxisRectRatio);
  }
  diamond_ = plot_->addGraph();
  diamond_->setLineStyle(QCPGraph::lsNone);
  diamond_->setScatterStyle(mark(QCPScatterStyle::ssDiamond, c.accent, 1.5, c.base, diamond_size));
  target_label_ = new PlotLabel(plot_);
  target_label_->position->setTypeX(QCPItemPosition::ptPlotCoords);
  target_label_->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
  target_label_->set_sides(
      {{Qt::AlignRight | Qt::AlignBottom, 7}, {Qt::AlignLeft | Qt::AlignBottom, 7}});
  predicted_label_ = new PlotLabel(plot_);
  predicted_label_->position->setType(QCPItemPosition::ptPlotCoords);
  predicted_label_->set_sides({{Qt::AlignLeft | Qt::AlignBottom, 9},
                               {Qt::AlignLeft | Qt::AlignTop, 9},
                               {Qt::AlignRight | Qt::AlignTop, 9},
                               {Qt::AlignRight | Qt::AlignBottom, 9}});
  plot_->setCurrentLayer(QStringLiteral("main"));
  plot_->axisRect()->setMinimumMargins(QMargins(64, 28, 20, 28));
  place_target();
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

PlotLabel* TradeoffPlot::add_label(double x, double y, QColor colour, const QString& text,
                                   bool strong) {
  auto* label = new PlotLabel(plot_);
  label->position->setType(QCPItemPosition::ptPlotCoords);
  label->position->setCoords(x, y);
  label->set_lines({{text, colour, strong}});
  labels_.push_back(label);
  return label;
}

void TradeoffPlot::add_baseline(const SearchCurve& curve, bool main) {
  const Colours& c = colours();
  const PlanerEntry& entry = curve.entries.front();
  const auto baseline_ms = curve.baseline_ms();
  if (!baseline_ms) return;
  const double x = x_of(curve, *baseline_ms);
  auto* upright = new QCPItemLine(plot_);
  upright->setPen(dashed(c.baseline, main ? 1.2 : 1));
  for (QCPItemPosition* end : {upright->start, upright->end}) {
    end->setTypeX(QCPItemPosition::ptPlotCoords);
    end->setTypeY(QCPItemPosition::ptAxisRectRatio);
  }
  upright->start->setCoords(x, 0);
  upright->end->setCoords(x, 1);
  if (!entry.loss) {
    auto* label = add_label(x, plot_->yAxis->range().upper, c.text, {});
    label->set_lines({{tr("baseline %1").arg(ms_text(*baseline_ms)), c.text, true},
                      {tr("loss not measured yet"), c.secondary_text}});
    label->set_sides({{Qt::AlignLeft | Qt::AlignBottom, 8}});
    return;
  }
  const double y = y_of(curve, entry.loss->nats);
  auto* level = new QCPItemLine(plot_);
  level->setPen(upright->pen());
  for (QCPItemPosition* end : {level->start, level->end}) {
    end->setTypeX(QCPItemPosition::ptAxisRectRatio);
    end->setTypeY(QCPItemPosition::ptPlotCoords);
  }
  level->start->setCoords(0, y);
  level->end->setCoords(1, y);
  auto* ring = plot_->addGraph();
  ring->setLineStyle(QCPGraph::lsNone);
  ring->setScatterStyle(mark(QCPScatterStyle::ssCircle, c.baseline, 1.6, c.base, ring_size));
  ring->addData(x, y);
  auto* error = new QCPErrorBars(plot_->xAxis, plot_->yAxis);
  error->setDataPlottable(ring);
  error->setPen(QPen(c.baseline, 1.3));
  error->setWhiskerWidth(8);
  error->setSymbolGap(ring_size);
  error->addData(curve.unit.half_width(*entry.loss));
  marks_.push_back({&entry, x, y, curve.unit.half_width(*entry.loss)});
  auto* label = add_label(x, y, c.text, {});
  label->set_lines({{main ? tr("baseline %1").arg(ms_text(*baseline_ms))
                          : tr("baseline of %1").arg(text_of(curve.subject.search)),
                     c.text, true},
                    {curve.unit.text(*entry.loss), c.secondary_text}});
  label->set_sides({{Qt::AlignLeft | Qt::AlignTop, 8},
                    {Qt::AlignLeft | Qt::AlignBottom, 8},
                    {Qt::AlignRight | Qt::AlignTop, 8}});
}

void TradeoffPlot::add_curve(const SearchCurve& curve, const QColor& colour, bool main) {
  const Colours& c = colours();
  if (curve.front && !curve.front->points().empty()) {
    auto* front = plot_->addGraph();
    QVector<double> x, y;
    for (const FrontPoint& point : curve.front->points()) {
      x << x_of(curve, point.latency_ms);
      y << y_of(curve, curve.expected_nats(point));
    }
    front->setData(x, y, true);
    lines_.emplace_back();
    for (int i = 0; i < x.size(); ++i) lines_.back().emplace_back(x[i], y[i]);
    front->setPen(QPen(colour, main ? 2 : 1.5));
    // At a place where the line is steep enough for words beside it.
    const QCPRange range = plot_->yAxis->range(), across = plot_->xAxis->range();
    const double height = range.lower + 0.52 * range.size();
    for (int i = 0; i < x.size(); ++i)
      if (y[i] <= height && across.contains(x[i])) {
        auto* label = add_label(x[i], y[i], colour, {});
        std::vector<PlotLabel::Line> words{
            {main ? tr("surrogate front") : text_of(curve.subject.search), colour}};
        if (main && curve.calibrated_on > 0)
          words.push_back(
              {tr("calibrated on %1 retrained").arg(curve.calibrated_on), c.secondary_text});
        label->set_lines(std::move(words));
        label->set_sides({{Qt::AlignRight | Qt::AlignVCenter, 12},
                          {Qt::AlignRight | Qt::AlignTop, 10},
                          {Qt::AlignLeft | Qt::AlignVCenter, 12}});
        break;
      }
  }
  auto* squares = plot_->addGraph();
  squares->setLineStyle(QCPGraph::lsNone);
  squares->setScatterStyle(
      mark(QCPScatterStyle::ssSquare, colour, 1, colour, main ? square_size : square_size - 2));
  auto* chance = plot_->addGraph();
  chance->setLineStyle(QCPGraph::lsNone);
  chance->setScatterStyle(mark(QCPScatterStyle::ssCircle, c.control_line, 1, c.control_line, 4));
  auto* chosen = plot_->addGraph();
  chosen->setLineStyle(QCPGraph::lsNone);
  chosen->setScatterStyle(
      {QCPScatterStyle::ssSquare, QPen(c.text, 1.2), Qt::NoBrush, square_size + 6});
  QVector<double> x, y, loss_error, latency_error;
  for (const PlanerEntry& entry : curve.entries) {
    if (entry.role == PlanerEntry::Role::baseline || !entry.shown_ms() || !entry.loss) continue;
    const double at = x_of(curve, *entry.shown_ms()), high = y_of(curve, entry.loss->nats);
    marks_.push_back({&entry, at, high, curve.unit.half_width(*entry.loss)});
    if (entry.role == PlanerEntry::Role::random) {
      chance->addData(at, high);
      continue;
    }
    x << at;
    y << high;
    loss_error << curve.unit.half_width(*entry.loss);
    latency_error << (entry.latency ? x_of(curve, entry.latency->spread_ms / 2) : 0.0);
    const auto& selected = review_->selected();
    if (main && std::ranges::count(selected, entry.key()) > 0) chosen->addData(at, high);
    auto* label = add_label(at, high, c.text, target_text(entry.target));
    label->set_sides({{Qt::AlignBottom | Qt::AlignHCenter, 9},
                      {Qt::AlignBottom | Qt::AlignHCenter, 16},
                      {Qt::AlignBottom | Qt::AlignHCenter, 24},
                      {Qt::AlignTop | Qt::AlignHCenter, 10},
                      {Qt::AlignRight | Qt::AlignVCenter, 10},
                      {Qt::AlignLeft | Qt::AlignVCenter, 10}});
  }
  squares->setData(x, y);
  for (const bool across : {false, true}) {
    auto* bars = new QCPErrorBars(plot_->xAxis, plot_->yAxis);
    bars->setDataPlottable(squares);
    bars->setErrorType(across ? QCPErrorBars::etKeyError : QCPErrorBars::etValueError);
    bars->setPen(QPen(colour, 1.3));
    bars->setWhiskerWidth(8);
    bars->setSymbolGap(0);
    bars->setData(across ? latency_error : loss_error);
  }
}

/// The running search, or the last one as the study keeps it.
void TradeoffPlot::add_path(const SearchCurve& curve) {
  const Colours& c = colours();
  struct Step {
    std::int64_t step;
    double ms, loss;
  };
  std::vector<Step> steps;
  const auto& progress = review_->progress();
  const bool live = progress && !progress->path.empty();
  if (live)
    for (const JobSearchPoint& point : progress->path)
      steps.push_back({point.step, point.latency_ms, point.loss});
  else
    for (const SearchPoint& point : curve.path)
      steps.push_back({point.step, point.latency_ms, point.loss});
  std::erase_if(
      steps, [](const Step& step) { return !std::isfinite(step.ms) || !std::isfinite(step.loss); });
  if (steps.empty()) return;
  const QColor ink = live ? c.text : c.secondary_text;
  auto* path = new QCPCurve(plot_->xAxis, plot_->yAxis);
  path->setPen(QPen(ink, 0.8));
  auto* dots = plot_->addGraph();
  dots->setLineStyle(QCPGraph::lsNone);
  dots->setScatterStyle(mark(QCPScatterStyle::ssDisc, ink, 0, ink, 4));
  QVector<double> order, x, y;
  // Dots by steps of equal number: how quickly it moves is seen.
  const auto last = steps.back().step, first = steps.front().step;
  double next = static_cast<double>(first);
  const double stride = static_cast<double>(last - first) / dots_on_path;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    order << static_cast<double>(i);
    x << x_of(curve, steps[i].ms);
    y << y_of(curve, steps[i].loss);
    if (i + 1 < steps.size() && static_cast<double>(steps[i].step) >= next) {
      dots->addData(x.back(), y.back());
      next += std::max(1.0, stride);
    }
  }
  path->setData(order, x, y, true);
  lines_.emplace_back();
  for (int i = 0; i < x.size(); ++i) lines_.back().emplace_back(x[i], y[i]);
  auto* head = plot_->addGraph();
  head->setLineStyle(QCPGraph::lsNone);
  head->setScatterStyle(mark(QCPScatterStyle::ssTriangle, ink, 1.4, c.base, 11));
  head->addData(x.back(), y.back());
  if (plot_->yAxis->range().contains(y.front()) && plot_->xAxis->range().contains(x.front())) {
    auto* label =
        add_label(x.front(), y.front(), c.secondary_text, tr("step %1").arg(with_thousands(first)));
    label->set_sides(
        {{Qt::AlignRight | Qt::AlignVCenter, 7}, {Qt::AlignLeft | Qt::AlignVCenter, 7}});
  }
  auto* label = add_label(
      x.back(), y.back(), c.text,
      tr("step %1: %2, %3")
          .arg(with_thousands(last), ms_text(steps.back().ms), curve.unit.text(steps.back().loss)));
  label->set_sides({{Qt::AlignRight | Qt::AlignBottom, 8},
                    {Qt::AlignRight | Qt::AlignTop, 8},
                    {Qt::AlignLeft | Qt::AlignTop, 8},
                    {Qt::AlignLeft | Qt::AlignBottom, 8}});
  // Before the others: it is what moves.
  std::rotate(labels_.begin(), labels_.end() - 1, labels_.end());
}

void TradeoffPlot::place_target() {
  const Colours& c = colours();
  const SearchCurve* curve = review_->curve();
  const auto ms = review_->target_ms();
  if (target_line_ == nullptr || curve == nullptr || !ms) return;
  const double x = x_of(*curve, *ms);
  target_line_->start->setCoords(x, 0);
  target_line_->end->setCoords(x, 1);
  target_label_->position->setCoords(x, 0);
  target_label_->set_lines(
      {{tr("target %1").arg(ms_text(*ms)), c.accent, true},
       {tr("%1 × baseline").arg(decimal(review_->target(), 2)), c.secondary_text}});
  const FrontPoint* point = review_->predicted();
  predicted_label_->setVisible(point != nullptr);
  diamond_->data()->clear();
  std::vector<PlotLabel*> movable{target_label_};
  if (point != nullptr) {
    // On the front where the target cuts it; what is chosen there may be a little faster.
    const double expected = curve->expected_nats(*point), y = y_of(*curve, expected);
    diamond_->addData(x, y);
    predicted_label_->position->setCoords(x, y);
    predicted_label_->set_lines({{tr("predicted %1").arg(curve->unit.text(expected)), c.text}});
    movable.push_back(predicted_label_);
  }
  std::vector<QRectF> taken = taken_;
  place_labels(movable, taken, QRectF(plot_->axisRect()->rect()));
}

/// Only now it is known where the axes are.
void TradeoffPlot::after_layout() {
  const SearchCurve* curve = review_->curve();
  const auto baseline = curve == nullptr ? std::nullopt : curve->baseline_ms();
  if (!baseline) return;
  taken_.clear();
  for (const Mark& point : marks_) {
    const QPointF at(plot_->xAxis->coordToPixel(point.x), plot_->yAxis->coordToPixel(point.y));
    // The mark with its interval.
    const double half =
        std::max(6.0, std::abs(plot_->yAxis->coordToPixel(point.y + point.half_width) - at.y()));
    taken_.push_back(QRectF(at - QPointF(6, half), QSizeF(12, 2 * half)));
  }
  // Lines as well, every few pixels.
  for (const auto& line : lines_) {
    QPointF last(-1e9, -1e9);
    for (const QPointF& point : line) {
      const QPointF at(plot_->xAxis->coordToPixel(point.x()),
                       plot_->yAxis->coordToPixel(point.y()));
      if (QLineF(at, last).length() < 5) continue;
      taken_.push_back(QRectF(at - QPointF(3, 3), QSizeF(6, 6)));
      last = at;
    }
  }
  place_labels(labels_, taken_, QRectF(plot_->axisRect()->rect()));
  place_target();
  const QCPRange range = plot_->xAxis->range();
  const double unit = fractions_ ? 1.0 : *baseline;
  Q_EMIT axis_placed(plot_->x() + plot_->xAxis->coordToPixel(range.lower),
                     plot_->x() + plot_->xAxis->coordToPixel(range.upper), range.lower / unit,
                     range.upper / unit);
}

void TradeoffPlot::show_read_out(QMouseEvent* event) {
  const SearchCurve* curve = review_->curve();
  if (curve == nullptr || !curve->baseline_ms() || event->buttons() != Qt::NoButton ||
      !plot_->axisRect()->rect().contains(event->pos()))
    return QToolTip::hideText();
  for (const Mark& point : marks_) {
    const QPointF at(plot_->xAxis->coordToPixel(point.x), plot_->yAxis->coordToPixel(point.y));
    if (QLineF(at, event->position()).length() >= pick_radius) continue;
    const PlanerEntry& entry = *point.entry;
    QStringList words{entry_title(entry)};
    if (!entry.network.empty()) words.back() += QStringLiteral(" · ") + text_of(entry.network);
    if (entry.latency)
      words << tr("%1, quartiles %2 apart")
                   .arg(ms_text(entry.latency->median_ms), ms_text(entry.latency->spread_ms));
    if (entry.loss) words << tr("%1 %2").arg(curve->unit.text(*entry.loss), curve->unit.name());
    if (entry.parameters)
      words << tr("%1 parameters, %2 active per token")
                   .arg(parameters_text(entry.parameters->all),
                        parameters_text(entry.parameters->active));
    return QToolTip::showText(event->globalPosition().toPoint(), words.join(u'\n'), plot_);
  }
  const double x = plot_->xAxis->pixelToCoord(event->position().x());
  const double y = plot_->yAxis->pixelToCoord(event->position().y());
  const double ms = fractions_ ? x * *curve->baseline_ms() : x;
  QToolTip::showText(event->globalPosition().toPoint(),
                     tr("%1 = %2 × baseline\n%3 %4")
                         .arg(ms_text(ms), decimal(ms / *curve->baseline_ms(), 2),
                              decimal(y, curve->unit.digits()), curve->unit.name()),
                     plot_);
}

bool TradeoffPlot::save(const QString& file) {
  // On paper it is always light.
  const Theme theme = current_theme();
  detail::set_current_theme(Theme::light);
  rebuild();
  plot_->replot(QCustomPlot::rpImmediateRefresh);
  const int width = plot_->width(), height = plot_->height();
  bool saved = false;
  if (file.endsWith(QStringLiteral(".pdf"), Qt::CaseInsensitive)) {
    saved = plot_->savePdf(file, width, height);
  } else if (file.endsWith(QStringLiteral(".svg"), Qt::CaseInsensitive)) {
    QFile target(file);
    if (target.open(QIODevice::WriteOnly)) {
      QSvgGenerator generator;
      generator.setOutputDevice(&target);
      generator.setSize(QSize(width, height));
      generator.setViewBox(QRect(0, 0, width, height));
      generator.setTitle(tr("Accuracy against latency"));
      QCPPainter painter;
      if (painter.begin(&generator)) {
        painter.setMode(QCPPainter::pmVectorized);
        painter.setMode(QCPPainter::pmNoCaching);
        plot_->toPainter(&painter, width, height);
        painter.end();
        saved = target.error() == QFileDevice::NoError;
      }
    }
  } else {
    saved = plot_->savePng(file, width, height, 2);
  }
  detail::set_current_theme(theme);
  rebuild();
  return saved;
}

void TradeoffPlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) rebuild();
}

}  // namespace plumbline

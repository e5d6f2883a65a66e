#include "widgets/runs/accuracy_plot.h"

#include <QEvent>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/plot/plot_style.h"
#include "widgets/plot/qcustomplot.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int label_height = 15;

QVector<double> steps_of(const std::vector<JobMetricPoint>& points) {
  QVector<double> steps;
  for (const auto& point : points) steps << static_cast<double>(point.step);
  return steps;
}

}  // namespace

AccuracyPlot::AccuracyPlot(QWidget* parent) : QWidget(parent), plot_(new QCustomPlot(this)) {
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->addWidget(plot_);
  setAccessibleName(tr("Live accuracy"));
  plot_->setAccessibleName(accessibleName());
  plot_->setMinimumSize(200, 140);
  plot_->xAxis->setLabel(tr("samples"));
  plot_->setInteractions(QCP::iRangeZoom | QCP::iRangeDrag);
  plot_->axisRect()->setRangeZoomAxes(plot_->xAxis, nullptr);
  connect(plot_, &QCustomPlot::mouseDoubleClick, this, &AccuracyPlot::rebuild);
  connect(plot_, &QCustomPlot::afterLayout, this, &AccuracyPlot::place_labels);
}

void AccuracyPlot::clear() {
  lines_.clear();
  mean_.clear();
  rebuild();
}

void AccuracyPlot::show_run(const std::vector<Voter>& voters, std::int64_t samples,
                            const JobLog& log) {
  lines_.clear();
  voters_ = voters.size();
  samples_ = samples;
  RunCourse run = run_course(voters, log);
  of_objects_ = run.of_objects;
  mean_ = std::move(run.mean);
  // Voters of the identity view are drawn, unless all of them were there before: then those that
  // are being computed are.
  const bool identities = std::ranges::any_of(run.voters, [&](const VoterCourse& course) {
    return voters[course.voter].view == View() && !course.is_level();
  });
  for (VoterCourse& course : run.voters) {
    const Voter& voter = voters[course.voter];
    // The baseline always, and at most as many others as there are colours.
    const bool wanted = identities ? voter.view == View() : !course.is_level();
    if (course.voter > 0 && (lines_.size() > 5 || !wanted)) continue;
    QString name = text_of(voter.view == View() ? voter.model : to_string(voter));
    if (course.voter == 0) name += tr(" (baseline)");
    // What was computed before is drawn as the level that it is.
    if (course.is_level()) {
      course.points.insert(course.points.begin(), {1, course.points.front().value});
      // As sure as all of its samples make it.
      if (!course.intervals.empty())
        course.intervals.insert(course.intervals.begin(), course.intervals.front());
    }
    lines_.push_back({name, std::move(course)});
  }
  rebuild();
}

void AccuracyPlot::rebuild() {
  const Colours& c = colours();
  plot_->clearPlottables();
  plot_->clearItems();
  apply_plot_style(plot_);
  ends_.clear();
  labels_.clear();
  double low = 1, high = 0;
  std::int64_t done = 0;
  const auto add = [&](const QString& name, const std::vector<JobMetricPoint>& points,
                       const QPen& pen, const QColor& words) {
    auto* graph = plot_->addGraph();
    QVector<double> values;
    // The first hundred samples wander far: they do not set the range.
    for (const auto& point : points) {
      values << 100 * point.value;
      if (point.step < std::min<std::int64_t>(samples_ / 20, 500)) continue;
      low = std::min(low, point.value);
      high = std::max(high, point.value);
    }
    graph->setData(steps_of(points), values, true);
    graph->setPen(pen);
    const JobMetricPoint& last = points.back();
    done = std::max(done, last.step);
    ends_.push_back({static_cast<double>(last.step), 100 * last.value,
                     QStringLiteral("%1 %2").arg(name, decimal(100 * last.value, 1)), words});
  };
  const Line* baseline =
      !lines_.empty() && lines_.front().course.voter == 0 ? &lines_.front() : nullptr;
  // How many objects a share is of is not known: it has no interval.
  if (baseline != nullptr && !of_objects_) {
    const auto& points = baseline->course.points;
    auto* above = plot_->addGraph();
    auto* below = plot_->addGraph();
    QVector<double> upper, lower;
    for (const Interval& interval : baseline->course.intervals) {
      upper << 100 * interval.high;
      lower << 100 * interval.low;
    }
    above->setData(steps_of(points), upper, true);
    below->setData(steps_of(points), lower, true);
    above->setPen(Qt::NoPen);
    below->setPen(Qt::NoPen);
    QColor band = c.baseline;
    band.setAlphaF(0.14F);
    above->setBrush(band);
    above->setChannelFillGraph(below);
  }
  std::size_t others = 0;
  for (const Line& line : lines_)
    if (&line != baseline)
      add(line.name, line.course.points, QPen(series_colour(others++), 1.5), c.text);
  if (baseline != nullptr) {
    QPen dashed(c.baseline, 1.5);
    dashed.setDashPattern({5, 4});
    add(baseline->name, baseline->course.points, dashed, c.secondary_text);
  }
  if (!mean_.empty()) add(tr("mean of %1").arg(voters_), mean_, QPen(c.accent, 2), c.accent);

  plot_->yAxis->setLabel({});
  // Where the lines end near the edge, their labels stand beside the plot.
  int widest = 0;
  for (const End& end : ends_)
    if (end.x > 0.72 * static_cast<double>(samples_))
      widest =
          std::max(widest, QFontMetrics(ui_font(TextSize::caption)).horizontalAdvance(end.text));
  plot_->axisRect()->setMinimumMargins(QMargins(40, 22, 10 + (widest > 0 ? widest + 8 : 0), 30));
  auto* title = new QCPItemText(plot_);
  title->position->setType(QCPItemPosition::ptAbsolute);
  title->position->setCoords(6, 4);
  title->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
  title->setText(of_objects_ ? tr("objects found so far (%)") : tr("accuracy so far (%)"));
  title->setFont(ui_font(TextSize::caption));
  title->setColor(c.secondary_text);
  title->setClipToAxisRect(false);

  plot_->xAxis->setRange(0, static_cast<double>(std::max<std::int64_t>(samples_, 1)));
  if (low > high) {
    low = 0;
    high = 1;
  }
  const double margin = std::max(0.01, 0.15 * (high - low));
  plot_->yAxis->setRange(100 * std::max(0.0, low - margin), 100 * std::min(1.0, high + margin));
  plot_->yAxis->setNumberPrecision(high - low + 2 * margin < 0.06 ? 1 : 0);
  // The samples that are still to come are shaded.
  if (done > 0 && done < samples_) {
    auto* rest = new QCPItemRect(plot_);
    rest->setBrush(c.alternate_base);
    rest->setPen(Qt::NoPen);
    rest->topLeft->setTypeX(QCPItemPosition::ptPlotCoords);
    rest->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
    rest->topLeft->setCoords(static_cast<double>(done), 0);
    rest->bottomRight->setTypeX(QCPItemPosition::ptPlotCoords);
    rest->bottomRight->setTypeY(QCPItemPosition::ptAxisRectRatio);
    rest->bottomRight->setCoords(static_cast<double>(samples_), 1);
    rest->setLayer(QStringLiteral("background"));
  }
  std::ranges::sort(ends_, std::ranges::greater(), &End::y);
  for (const End& end : ends_) {
    auto* label = new QCPItemText(plot_);
    label->position->setTypeX(QCPItemPosition::ptPlotCoords);
    label->position->setTypeY(QCPItemPosition::ptAbsolute);
    label->setPositionAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    label->setPadding(QMargins(6, 0, 6, 0));
    label->setText(end.text);
    label->setColor(end.colour);
    label->setFont(ui_font(TextSize::caption));
    label->setClipToAxisRect(false);
    labels_.push_back(label);
  }
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

/// At the line ends, pushed apart where they would lie on each other. Only after the layout it is
/// known where that is.
void AccuracyPlot::place_labels() {
  double previous = -1e9;
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    const double y = std::max(plot_->yAxis->coordToPixel(ends_[i].y), previous + label_height);
    previous = y;
    labels_[i]->position->setCoords(ends_[i].x, y);
  }
}

void AccuracyPlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) rebuild();
}

}  // namespace plumbline

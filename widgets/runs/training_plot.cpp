#include "widgets/runs/training_plot.h"

#include <QEvent>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

#include "widgets/plot/plot_style.h"
#include "widgets/plot/qcustomplot.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/numbers.h"

namespace plumbline {

TrainingPlot::TrainingPlot(QWidget* parent) : QWidget(parent), plot_(new QCustomPlot(this)) {
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->addWidget(plot_);
  setAccessibleName(tr("Loss and accuracy of the training"));
  plot_->setAccessibleName(accessibleName());
  plot_->setObjectName(QStringLiteral("training_plot"));
  plot_->setMinimumSize(200, 140);
  plot_->setInteractions(QCP::iRangeZoom | QCP::iRangeDrag);
  plot_->axisRect()->setRangeZoomAxes(plot_->xAxis, nullptr);
  connect(plot_, &QCustomPlot::mouseDoubleClick, this, &TrainingPlot::rebuild);
}

void TrainingPlot::clear() { show_training({}); }

void TrainingPlot::show_training(TrainingCourse course) {
  course_ = std::move(course);
  rebuild();
}

void TrainingPlot::rebuild() {
  const Colours& c = colours();
  plot_->clearPlottables();
  plot_->clearItems();
  apply_plot_style(plot_);
  plot_->xAxis->setLabel(tr("epochs"));
  plot_->xAxis->setRange(0, static_cast<double>(course_.epochs));
  plot_->yAxis->setLabel(tr("loss (nats)"));
  plot_->yAxis2->setVisible(true);
  plot_->yAxis2->setTickLabels(true);
  plot_->yAxis2->setLabel(course_.of_objects ? tr("objects found (%)") : tr("accuracy (%)"));
  plot_->yAxis2->setLabelFont(plot_->yAxis->labelFont());
  plot_->yAxis2->setLabelColor(plot_->yAxis->labelColor());
  plot_->yAxis2->setTickLabelFont(plot_->yAxis->tickLabelFont());
  plot_->yAxis2->setTickLabelColor(plot_->yAxis->tickLabelColor());
  plot_->yAxis2->setBasePen(plot_->yAxis->basePen());
  plot_->yAxis2->setTickPen(plot_->yAxis->tickPen());
  plot_->yAxis2->setSubTicks(false);
  plot_->yAxis2->grid()->setVisible(false);

  double highest_loss = 0, lowest = 100, highest = 0;
  int line = 0;
  const auto add = [&](const std::vector<JobMetricPoint>& points, QCPAxis* axis, double factor,
                       const QPen& pen, const QString& name) {
    if (points.empty()) return;
    QVector<double> x, y;
    for (const JobMetricPoint& point : points) {
      x << course_.epoch_of(point.step);
      y << factor * point.value;
      if (axis == plot_->yAxis)
        highest_loss = std::max(highest_loss, y.back());
      else {
        lowest = std::min(lowest, y.back());
        highest = std::max(highest, y.back());
      }
    }
    auto* graph = plot_->addGraph(plot_->xAxis, axis);
    graph->setName(name);
    graph->setData(x, y, true);
    graph->setPen(pen);
    if (points.size() == 1) graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, 5));
    // Above the plot, with the value so far: nothing lies on the lines.
    auto* label = new QCPItemText(plot_);
    label->position->setType(QCPItemPosition::ptAbsolute);
    label->position->setCoords(56 + 190 * line++, 4);
    label->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
    label->setText(
        QStringLiteral("%1 %2 %3")
            .arg(pen.style() == Qt::CustomDashLine ? QStringLiteral("╌╌") : QStringLiteral("—"),
                 name,
                 axis == plot_->yAxis ? decimal(y.back(), 3) : decimal(y.back(), 1) + tr(" %")));
    label->setFont(ui_font(TextSize::caption));
    label->setColor(pen.color());
    label->setClipToAxisRect(false);
  };
  QPen faint(c.baseline, 1.2), dashed(c.baseline, 1.5);
  dashed.setStyle(Qt::CustomDashLine);
  dashed.setDashPattern({5, 4});
  add(course_.loss, plot_->yAxis, 1, faint, tr("loss, training"));
  add(course_.validation_loss, plot_->yAxis, 1, dashed, tr("loss, validation"));
  add(course_.accuracy, plot_->yAxis2, 100, QPen(series_colour(0), 1.5),
      course_.of_objects ? tr("found, training") : tr("accuracy, training"));
  add(course_.validation_accuracy, plot_->yAxis2, 100, QPen(c.accent, 2),
      course_.of_objects ? tr("found, validation") : tr("accuracy, validation"));
  plot_->axisRect()->setMinimumMargins(QMargins(52, 24, 52, 30));
  plot_->yAxis->setRange(0, highest_loss > 0 ? 1.08 * highest_loss : 1);
  for (QCPAxis* axis : {plot_->yAxis, plot_->yAxis2}) axis->setNumberFormat(QStringLiteral("f"));
  plot_->yAxis->setNumberPrecision(highest_loss < 0.3 ? 2 : 1);
  plot_->yAxis2->setNumberPrecision(highest - lowest < 6 && lowest < highest ? 1 : 0);
  plot_->yAxis2->setRange(lowest < highest ? std::max(0.0, lowest - 3) : 0,
                          lowest < highest ? std::min(100.0, highest + 3) : 100);
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void TrainingPlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) rebuild();
}

}  // namespace plumbline

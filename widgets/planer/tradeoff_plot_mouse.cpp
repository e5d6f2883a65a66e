// What the mouse does in the plot: zoom, move, choose, read.
#include "widgets/planer/tradeoff_plot.h"

#include <QToolTip>

#include "widgets/planer/planer_words.h"
#include "widgets/plot/qcustomplot.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double pick_radius = 10;

}  // namespace

void TradeoffPlot::connect_mouse() {
  plot_->setInteractions(QCP::iRangeZoom | QCP::iRangeDrag);
  plot_->axisRect()->setRangeZoomAxes(plot_->xAxis, nullptr);
  plot_->axisRect()->setRangeDrag(Qt::Horizontal | Qt::Vertical);
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
}

void TradeoffPlot::show_read_out(QMouseEvent* event) {
  const SearchCurve* curve = review_->curve();
  if (curve == nullptr || !curve->baseline_cost() || event->buttons() != Qt::NoButton ||
      !plot_->axisRect()->rect().contains(event->pos()))
    return QToolTip::hideText();
  for (const Mark& point : marks_) {
    const QPointF at(plot_->xAxis->coordToPixel(point.x), plot_->yAxis->coordToPixel(point.y));
    if (QLineF(at, event->position()).length() >= pick_radius) continue;
    const PlanerEntry& entry = *point.entry;
    QStringList words{entry_title(entry)};
    if (!entry.network.empty()) words.back() += QStringLiteral(" · ") + text_of(entry.network);
    if (const auto own = entry.measured())
      words << tr("%1, quartiles %2 apart").arg(curve->text(own->median), curve->text(own->spread));
    if (const auto fraction = entry.fraction();
        fraction && entry.role != PlanerEntry::Role::baseline)
      words << tr("%1 the baseline's %2, measured in turns")
                   .arg(target_text(*fraction), curve->text(entry.beside()->median));
    if (entry.loss) words << tr("%1 %2").arg(curve->unit.text(*entry.loss), curve->unit.name());
    if (entry.parameters)
      words << tr("%1 parameters, %2 active per token")
                   .arg(parameters_text(entry.parameters->all),
                        parameters_text(entry.parameters->active));
    return QToolTip::showText(event->globalPosition().toPoint(), words.join(u'\n'), plot_);
  }
  const double x = plot_->xAxis->pixelToCoord(event->position().x());
  const double y = plot_->yAxis->pixelToCoord(event->position().y());
  const double cost = fractions_ ? x * *curve->baseline_cost() : x;
  QToolTip::showText(event->globalPosition().toPoint(),
                     tr("%1 = %2 × baseline\n%3 %4")
                         .arg(curve->text(cost), decimal(cost / *curve->baseline_cost(), 2),
                              decimal(y, curve->unit.digits()), curve->unit.name()),
                     plot_);
}

}  // namespace plumbline

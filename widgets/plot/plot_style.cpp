#include "widgets/plot/plot_style.h"

#include <array>

#include "widgets/plot/qcustomplot.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"

namespace plumbline {

void apply_plot_style(QCustomPlot* plot) {
  const Colours& c = colours();
  plot->setBackground(c.base);
  const QFont numbers = ui_font(TextSize::caption);
  for (QCPAxis* axis : {plot->xAxis, plot->yAxis}) {
    axis->setBasePen(QPen(c.plot_axis, 1));
    axis->setTickPen(QPen(c.plot_axis, 1));
    axis->setSubTicks(false);
    axis->setTickLength(0, 4);
    axis->setTickLabelColor(c.secondary_text);
    axis->setTickLabelFont(numbers);
    axis->setLabelColor(c.secondary_text);
    axis->setLabelFont(numbers);
    axis->setNumberFormat(QStringLiteral("f"));
    axis->setNumberPrecision(0);
  }
  plot->xAxis->grid()->setVisible(false);
  plot->yAxis->grid()->setPen(QPen(c.plot_grid, 1));
  plot->yAxis->grid()->setZeroLinePen(Qt::NoPen);
  plot->setAutoAddPlottableToLegend(false);
}

QColor series_colour(std::size_t index) {
  const auto& series = colours().series;
  return series[index % series.size()];
}

QColor baseline_colour() { return colours().baseline; }

}  // namespace plumbline

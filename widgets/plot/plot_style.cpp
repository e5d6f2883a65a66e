#include "widgets/plot/plot_style.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <typeinfo>

#include "widgets/plot/qcustomplot.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"

namespace plumbline {

namespace {

/// Writes as many decimals as its steps need, and no fewer than the axis asks for: at steps of 2.5 a
/// whole number would be another one.
class StepTicker : public QCPAxisTicker {
 protected:
  double getTickStep(const QCPRange& range) override {
    return step_ = QCPAxisTicker::getTickStep(range);
  }
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override {
    return QCPAxisTicker::getTickLabel(tick, locale, format, std::max(precision, decimals()));
  }

 private:
  int decimals() const {
    double scaled = step_;
    for (int digits = 0; digits < 4; ++digits, scaled *= 10)
      if (std::abs(scaled - std::round(scaled)) < 1e-6 * std::max(1.0, scaled)) return digits;
    return 4;
  }
  double step_ = 1;
};

}  // namespace

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
    // A plot that has a ticker of its own keeps it.
    const QCPAxisTicker& ticker = *axis->ticker();
    if (typeid(ticker) == typeid(QCPAxisTicker)) axis->setTicker(QSharedPointer<StepTicker>::create());
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

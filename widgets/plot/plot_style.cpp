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

constexpr int gap_px = 8;  // between two labels

bool is_horizontal(const QCPAxis& axis) {
  return axis.axisType() == QCPAxis::atBottom || axis.axisType() == QCPAxis::atTop;
}

/// How long the axis is drawn. Ticks are chosen before a plot lays itself out, so that after a
/// change of size its axis' own rectangle would be the one before.
int length_of(const QCPAxis& axis) {
  const QCPAxisRect& place = *axis.axisRect();
  const bool along = is_horizontal(axis);
  if (axis.parentPlot()->axisRectCount() != 1) return along ? place.width() : place.height();
  const QMargins margins = place.margins();
  const QSize whole = axis.parentPlot()->viewport().size();
  return along ? whole.width() - margins.left() - margins.right()
               : whole.height() - margins.top() - margins.bottom();
}

/// Writes as many decimals as its steps need, and no fewer than the axis asks for: at steps of 2.5
/// a whole number would be another one. Of the numbers that are asked for it leaves out as many as
/// keeps them apart.
class StepTicker : public QCPAxisTicker {
 public:
  explicit StepTicker(const QCPAxis* axis) : axis_(axis) {}

  void generate(const QCPRange& range, const QLocale& locale, QChar format, int precision,
                QVector<double>& ticks, QVector<double>* sub_ticks,
                QVector<QString>* labels) override {
    locale_ = locale;
    format_ = format;
    precision_ = precision;
    QCPAxisTicker::generate(range, locale, format, precision, ticks, sub_ticks, labels);
  }

 protected:
  double getTickStep(const QCPRange& range) override {
    const int wanted = mTickCount;
    for (; mTickCount >= 1; --mTickCount) {
      step_ = QCPAxisTicker::getTickStep(range);
      if (stands_apart(range)) break;
    }
    mTickCount = wanted;
    return step_;
  }
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override {
    return QCPAxisTicker::getTickLabel(tick, locale, format, std::max(precision, decimals()));
  }

 private:
  bool stands_apart(const QCPRange& range) {
    if (range.size() <= 0) return true;
    const QFontMetrics font(axis_->tickLabelFont());
    int needed = font.height();
    if (is_horizontal(*axis_)) {
      needed = gap_px;
      for (const double end : {range.lower, range.upper})
        needed = std::max(needed, gap_px + font.horizontalAdvance(
                                               getTickLabel(end, locale_, format_, precision_)));
    }
    return step_ / range.size() * length_of(*axis_) >= needed;
  }
  int decimals() const {
    double scaled = step_;
    for (int digits = 0; digits < 4; ++digits, scaled *= 10)
      if (std::abs(scaled - std::round(scaled)) < 1e-6 * std::max(1.0, scaled)) return digits;
    return 4;
  }

  const QCPAxis* axis_;  ///< which owns the ticker
  QLocale locale_;
  QChar format_ = u'f';
  int precision_ = 0;
  double step_ = 1;
};

int widest_line(const QFontMetrics& font, const QString& words) {
  int widest = 0;
  for (const QString& line : words.split(u'\n'))
    widest = std::max(widest, font.horizontalAdvance(line));
  return widest;
}

class WordTicker : public QCPAxisTickerText {
 public:
  WordTicker(const QCPAxis* axis, Narrow narrow) : axis_(axis), narrow_(narrow) {}

 protected:
  QVector<QString> createLabelVector(const QVector<double>& ticks, const QLocale& locale,
                                     QChar format, int precision) override {
    auto labels = QCPAxisTickerText::createLabelVector(ticks, locale, format, precision);
    const QFontMetrics font(axis_->tickLabelFont());
    const double pitch = length_of(*axis_) / std::max(1e-9, axis_->range().size());
    int widest = 1;
    for (const QString& label : labels) widest = std::max(widest, widest_line(font, label));
    if (narrow_ == Narrow::shorten) {
      if (widest + gap_px <= pitch) return labels;
      constexpr int letters_apart = 2;
      for (QString& label : labels) {
        label = label.section(u'\n', 0, 0);
        while (label.size() > 1 && font.horizontalAdvance(label) + letters_apart > pitch)
          label.chop(1);
      }
      return labels;
    }
    const auto every = static_cast<qint64>(std::ceil((widest + gap_px) / std::max(1.0, pitch)));
    for (qsizetype i = 0; i < labels.size(); ++i)
      if (std::llround(ticks[i]) % every != 0) labels[i].clear();
    return labels;
  }

 private:
  const QCPAxis* axis_;
  Narrow narrow_;
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
    if (typeid(ticker) == typeid(QCPAxisTicker))
      axis->setTicker(QSharedPointer<StepTicker>::create(axis));
  }
  plot->xAxis->grid()->setVisible(false);
  plot->yAxis->grid()->setPen(QPen(c.plot_grid, 1));
  plot->yAxis->grid()->setZeroLinePen(Qt::NoPen);
  plot->setAutoAddPlottableToLegend(false);
}

void set_axis_words(QCPAxis* axis, const QStringList& words, Narrow narrow) {
  const auto ticker = QSharedPointer<WordTicker>::create(axis, narrow);
  for (qsizetype i = 0; i < words.size(); ++i) ticker->addTick(static_cast<double>(i), words[i]);
  axis->setTicker(ticker);
}

QString axis_name(const QString& name, int pixels) {
  return QFontMetrics(ui_font(TextSize::caption)).elidedText(name, Qt::ElideRight, pixels);
}

QColor series_colour(std::size_t index) {
  const auto& series = colours().series;
  return series[index % series.size()];
}

QColor baseline_colour() { return colours().baseline; }

}  // namespace plumbline

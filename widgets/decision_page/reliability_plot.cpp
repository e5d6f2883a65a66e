#include "widgets/decision_page/reliability_plot.h"

#include <algorithm>
#include <cmath>

#include "widgets/decision_page/decision_words.h"
#include "widgets/plot/plot_label.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double bin_mark = 7, bar_share = 0.22;  // of the height, for the fullest bin

QString ece_text(const DecisionFigures& figures) {
  const auto ece = figures.value("ece");
  return ece ? percent(*ece) : QString(no_value);
}

}  // namespace

ReliabilityPlot::ReliabilityPlot(DecisionAnalysis* analysis, QWidget* parent)
    : DecisionPlot(analysis,
                   {tr("Reliability"), tr("15 bins, 95 % intervals"), tr("accuracy (%)"),
                    tr("confidence, 15 bins"), "reliability_plot", "decision.reliability"},
                   parent) {}

std::optional<DecisionPlot::Ranges> ReliabilityPlot::whole() const {
  double from = 0.8;
  QString name;
  for (const DecisionFigures* figures :
       {analysis()->calibrated(&name),
        static_cast<const DecisionFigures*>(analysis()->baseline().figures.get())})
    if (figures != nullptr)
      for (const ReliabilityBin& bin : figures->reliability)
        if (bin.samples > 0) from = std::min(from, std::floor(5 * bin.lower) / 5);
  return Ranges{{from, 1.005}, {0, 101}};
}

void ReliabilityPlot::draw_samples(const std::vector<ReliabilityBin>& bins) {
  std::int64_t most = 1;
  for (const ReliabilityBin& bin : bins) most = std::max(most, bin.samples);
  auto* bars = new QCPBars(plot()->xAxis, plot()->yAxis);
  bars->setPen(Qt::NoPen);
  bars->setBrush(colours().groove);
  bars->setWidth(0.7 / static_cast<double>(bins.size()));
  const double height = bar_share * plot()->yAxis->range().size();
  for (const ReliabilityBin& bin : bins)
    bars->addData((bin.lower + bin.upper) / 2,
                  height * static_cast<double>(bin.samples) / static_cast<double>(most));
  PlotLabel* label = add_label();
  label->position->setType(QCPItemPosition::ptAxisRectRatio);
  label->position->setCoords(0.94, 1 - bar_share + 0.05);
  label->set_sides({{Qt::AlignLeft, 0}});
  label->set_lines({{tr("samples per bin"), colours().secondary_text}});
}

void ReliabilityPlot::draw_bins(const std::vector<ReliabilityBin>& bins, bool main) {
  const Colours& c = colours();
  const QColor colour = main ? c.accent : c.baseline;
  QCPGraph* line = add_line(colour, main ? 2 : 1.5, !main);
  line->setScatterStyle(
      QCPScatterStyle(main ? QCPScatterStyle::ssSquare : QCPScatterStyle::ssCircle,
                      QPen(colour, 1.4), QBrush(main ? colour : c.base), bin_mark));
  QVector<double> below, above;
  for (const ReliabilityBin& bin : bins) {
    if (bin.samples == 0) continue;
    line->addData(bin.confidence, 100 * bin.accuracy);
    below << 100 * (bin.accuracy - bin.interval.low);
    above << 100 * (bin.interval.high - bin.accuracy);
  }
  if (!main) return;
  auto* errors = new QCPErrorBars(plot()->xAxis, plot()->yAxis);
  errors->setDataPlottable(line);
  errors->setPen(QPen(colour, 1.3));
  errors->setWhiskerWidth(8);
  errors->setSymbolGap(0);
  errors->setData(below, above);
}

void ReliabilityPlot::draw() {
  const Colours& c = colours();
  plot()->xAxis->setNumberPrecision(1);
  QString name;
  const DecisionFigures* policy = analysis()->calibrated(&name);
  const DecisionFigures* baseline = analysis()->baseline().figures.get();
  if (policy != nullptr) draw_samples(policy->reliability);
  add_line(c.control_line, 1)->setData({0, 1}, {0, 100}, true);
  if (baseline != nullptr && !baseline->reliability.empty())
    draw_bins(baseline->reliability, false);
  if (policy != nullptr) draw_bins(policy->reliability, true);
  PlotLabel* label = add_label();
  label->position->setType(QCPItemPosition::ptAxisRectRatio);
  label->position->setCoords(0.03, 0.02);
  label->set_sides({{Qt::AlignRight | Qt::AlignBottom, 0}});
  std::vector<PlotLabel::Line> words;
  if (policy != nullptr)
    words.push_back(
        {tr("%1 of %2, ECE %3").arg(name, voters_text(*analysis()->review()), ece_text(*policy)),
         c.accent});
  if (baseline != nullptr)
    words.push_back({tr("mcp, %1, ECE %2")
                         .arg(text_of(analysis()->review()->run().info.voters.front().model),
                              ece_text(*baseline)),
                     c.secondary_text});
  label->set_lines(words);
}

QString ReliabilityPlot::read_out(QPointF, double x, double /*y*/) const {
  QString name;
  QStringList words;
  const auto add = [&](const QString& whose, const DecisionFigures* figures) {
    if (figures == nullptr) return;
    for (const ReliabilityBin& bin : figures->reliability) {
      if (x <= bin.lower || x > bin.upper) continue;
      if (words.isEmpty())
        words << tr("confidence %1 to %2").arg(decimal(bin.lower, 3), decimal(bin.upper, 3));
      words << (bin.samples == 0
                    ? tr("%1: no samples").arg(whose)
                    : tr("%1: %2 of %3 right, %4 (%5 to %6)")
                          .arg(whose, with_thousands(bin.right), with_thousands(bin.samples),
                               percent(bin.accuracy), decimal(100 * bin.interval.low, 1),
                               decimal(100 * bin.interval.high, 1)));
    }
  };
  const DecisionFigures* policy = analysis()->calibrated(&name);
  add(name, policy);
  add(QStringLiteral("mcp"), analysis()->baseline().figures.get());
  return words.join(u'\n');
}

PlotTable ReliabilityPlot::table() const {
  PlotTable table{{QStringLiteral("policy"), QStringLiteral("lower"), QStringLiteral("upper"),
                   QStringLiteral("samples"), QStringLiteral("right"), QStringLiteral("confidence"),
                   QStringLiteral("accuracy"), QStringLiteral("low"), QStringLiteral("high")},
                  {}};
  QString name;
  const auto add = [&](const QString& whose, const DecisionFigures* figures) {
    if (figures == nullptr) return;
    for (const ReliabilityBin& bin : figures->reliability) {
      const auto number = [&](double value) {
        return bin.samples > 0 ? QVariant(value) : QVariant();
      };
      table.rows.push_back({whose, bin.lower, bin.upper, static_cast<qlonglong>(bin.samples),
                            static_cast<qlonglong>(bin.right), number(bin.confidence),
                            number(bin.accuracy), number(bin.interval.low),
                            number(bin.interval.high)});
    }
  };
  const DecisionFigures* policy = analysis()->calibrated(&name);
  add(name, policy);
  add(QStringLiteral("mcp"), analysis()->baseline().figures.get());
  return table;
}

}  // namespace plumbline

#include "widgets/decision_page/front_plot.h"

#include <algorithm>
#include <cmath>

#include "widgets/decision_page/damage_analysis.h"
#include "widgets/decision_page/decision_words.h"
#include "widgets/plot/plot_label.h"
#include "widgets/plot/plot_style.h"
#include "widgets/style/colours.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double click_radius = 10, dot_size = 3, damaged_size = 10;
constexpr double room_for_gain = 26;  // pixels that a gain needs to have its words at its line
/// How much of the front is shown at first: what keeps less is of no use to anybody.
constexpr double shown_from = 0.72;

/// As a step: between two points of a front the worse of them is what there is.
void add_steps(QCPGraph* line, const std::vector<OperatingPoint>& front) {
  QVector<double> x, y;
  for (const OperatingPoint& point : front) {
    x << static_cast<double>(point.kept);
    y << static_cast<double>(point.undetected);
  }
  line->setData(x, y, true);
}

}  // namespace

FrontPlot::FrontPlot(DecisionAnalysis* analysis, DamageAnalysis* damage, QWidget* parent)
    : DecisionPlot(
          analysis,
          {tr("Kept against undetected"), tr("click a point to go there"),
           tr("undetected mispredictions (samples)"), tr("kept correct (samples)"), "front_plot"},
          parent),
      damage_(damage) {
  connect(damage_, &DamageAnalysis::changed, this, [this] {
    if (this->analysis()->review() != nullptr) rebuild();
  });
}

std::optional<DecisionPlot::Ranges> FrontPlot::whole() const {
  const VerdictCounts& counts = analysis()->counts();
  const auto right =
      static_cast<double>(counts[Verdict::kept] + counts[Verdict::needlessly_rejected]);
  const auto kept = static_cast<double>(counts[Verdict::kept]);
  const auto points = analysis()->review()->run().baseline->points();
  double most = right;
  if (!points.empty()) most = std::max(most, static_cast<double>(points.back().kept));
  if (most <= 0) return Ranges{{0, 1}, {0, 1}};
  const double from = std::min(shown_from * most, std::max(0.0, kept - 0.08 * most));
  double highest = static_cast<double>(counts[Verdict::undetected]);
  if (const OperatingCurve* curve = analysis()->curve())
    for (const OperatingPoint& point : curve->front)
      highest = std::max(highest, static_cast<double>(point.undetected));
  for (const EqualKept& point : points)
    if (static_cast<double>(point.kept) <= most * 0.995)
      highest = std::max(highest, static_cast<double>(point.undetected));
  double least = from;
  if (const DamageAnalysis::Outcome* damaged = damage_->outcome()) {
    highest = std::max(highest, static_cast<double>(damaged->counts[Verdict::undetected]));
    least = std::min(least, 0.97 * static_cast<double>(damaged->counts[Verdict::kept]));
  }
  return Ranges{{least, most * 1.01}, {0, std::max(1.0, highest * 1.06)}};
}

void FrontPlot::draw() {
  const Colours& c = colours();
  plot()->xAxis->setNumberFormat(QStringLiteral("f"));
  const auto points = analysis()->review()->run().baseline->points();
  QCPGraph* baseline = add_line(c.baseline, 1.5, true);
  QVector<double> x, y;
  for (const EqualKept& point : points) {
    x << static_cast<double>(point.kept);
    y << static_cast<double>(point.undetected);
  }
  baseline->setData(x, y, true);
  if (x.size() > 1) {
    // High up, where nothing of the policy's own is.
    const double high = plot()->yAxis->range().lower + 0.8 * plot()->yAxis->range().size();
    const auto at = static_cast<qsizetype>(std::ranges::lower_bound(y, high) - y.begin());
    const auto place = std::min(at, x.size() - 1);
    PlotLabel* label = add_label();
    label->position->setCoords(x[place], y[place]);
    label->set_sides({{Qt::AlignLeft, 10}});
    label->set_lines(
        {{tr("mcp, %1").arg(text_of(analysis()->review()->run().info.voters.front().model)),
          c.secondary_text}});
  }
  const RunReview& review = *analysis()->review();
  set_fact(tr("%1 of %2; click a point")
               .arg(text_of(review.rules().kind().name), voters_text(review)));
  draw_damaged();
  const OperatingCurve* curve = analysis()->curve();
  if (curve == nullptr) return;
  const bool current = analysis()->curve_is_current();
  QCPGraph* dots = add_line(c.control_line, 1);
  dots->setLineStyle(QCPGraph::lsNone);
  dots->setScatterStyle(
      QCPScatterStyle(QCPScatterStyle::ssDisc, QPen(Qt::NoPen), QBrush(c.control_line), dot_size));
  add_steps(dots, curve->others);
  QCPGraph* front = add_line(current ? c.accent : c.control_line, 2);
  add_steps(front, curve->front);
}

void FrontPlot::draw_damaged() {
  const DamageAnalysis::Outcome* damaged = damage_->outcome();
  if (damaged == nullptr) return;
  const QColor colour =
      damage_->is_current() ? verdict_fill(Verdict::undetected) : colours().control_line;
  add_steps(add_line(colour, 1.5), damaged->curve.front);
  QCPGraph* place = add_line(colour, 1);
  place->setLineStyle(QCPGraph::lsNone);
  place->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDiamond, QPen(colour, 1.6),
                                         QBrush(colours().base), damaged_size));
  const auto kept = static_cast<double>(damaged->counts[Verdict::kept]),
             undetected = static_cast<double>(damaged->counts[Verdict::undetected]);
  place->addData(kept, undetected);
  PlotLabel* label = add_label();
  label->position->setCoords(kept, undetected);
  label->set_sides({{Qt::AlignLeft | Qt::AlignTop, 6}, {Qt::AlignRight | Qt::AlignTop, 6}});
  label->set_lines({{tr("%1 damaged %2").arg(text_of(to_string(damaged->damage.voter)),
                                             with_thousands(damaged->counts[Verdict::undetected])),
                     colour}});
}

void FrontPlot::make_marks() {
  const Colours& c = colours();
  plot()->setCurrentLayer(QStringLiteral("marks"));
  gain_ = new QCPItemLine(plot());
  gain_->setPen(QPen(c.text, 1));
  plot()->setCurrentLayer(QStringLiteral("main"));
  ring_ = add_mark(false, c.baseline);
  diamond_ = add_mark(true, c.accent);
  here_ = add_label(true);
  baseline_ = add_label(true);
  gain_label_ = add_label(true);
}

QString FrontPlot::gain_text() const {
  const auto& baseline = analysis()->baseline_point();
  if (!baseline) return {};
  const std::int64_t gain = analysis()->counts()[Verdict::undetected] - baseline->undetected;
  const QString number = (gain > 0 ? QStringLiteral("+") : QString()) + with_thousands(gain);
  if (baseline->undetected == 0) return number;
  const double share = static_cast<double>(gain) / static_cast<double>(baseline->undetected);
  return tr("%1 (%2%3)")
      .arg(number, share > 0 ? QStringLiteral("+") : QString(), percent(share, 0));
}

void FrontPlot::place_marks() {
  if (diamond_ == nullptr || analysis()->review() == nullptr) return;
  const Colours& c = colours();
  const VerdictCounts& counts = analysis()->counts();
  const auto kept = static_cast<double>(counts[Verdict::kept]);
  const auto undetected = static_cast<double>(counts[Verdict::undetected]);
  diamond_->data()->clear();
  diamond_->addData(kept, undetected);
  here_->position->setCoords(kept, undetected);
  here_->set_lines({{tr("%1 %2").arg(short_policy(*analysis()->review()),
                                     with_thousands(counts[Verdict::undetected])),
                     c.text, true}});
  here_->set_sides({{Qt::AlignRight | Qt::AlignBottom, 5},
                    {Qt::AlignLeft | Qt::AlignBottom, 5},
                    {Qt::AlignRight | Qt::AlignTop, 5},
                    {Qt::AlignLeft | Qt::AlignTop, 5}});
  const auto& baseline = analysis()->baseline_point();
  ring_->data()->clear();
  for (QCPAbstractItem* item :
       {static_cast<QCPAbstractItem*>(gain_), static_cast<QCPAbstractItem*>(baseline_),
        static_cast<QCPAbstractItem*>(gain_label_)})
    item->setVisible(baseline.has_value());
  std::vector<PlotLabel*> labels{here_};
  if (baseline) {
    const auto x = static_cast<double>(baseline->kept),
               y = static_cast<double>(baseline->undetected);
    ring_->addData(x, y);
    gain_->start->setCoords(x, y);
    gain_->end->setCoords(kept, undetected);
    baseline_->position->setCoords(x, y);
    baseline_->set_lines(
        {{tr("%1 %2").arg(analysis()->baseline_name(), with_thousands(baseline->undetected)),
          c.secondary_text}});
    baseline_->set_sides({{Qt::AlignLeft | Qt::AlignTop, 5},
                          {Qt::AlignLeft, 8},
                          {Qt::AlignRight | Qt::AlignTop, 5}});
    const bool apart = std::abs(pixel(x, y).y() - pixel(kept, undetected).y()) >= room_for_gain;
    gain_label_->setVisible(apart);
    gain_label_->position->setCoords(kept, (y + undetected) / 2);
    gain_label_->set_lines({{gain_text(), c.text}});
    gain_label_->set_sides({{Qt::AlignRight, 6}, {Qt::AlignLeft, 6}});
    labels.push_back(baseline_);
    if (apart) labels.push_back(gain_label_);
    // Where the two are near each other the gain stands behind the policy's own figure.
    if (!apart)
      here_->set_lines({{tr("%1 %2, %3")
                             .arg(short_policy(*analysis()->review()),
                                  with_thousands(counts[Verdict::undetected]), gain_text()),
                         c.text, true}});
  }
  std::vector<QRectF> taken{QRectF(pixel(kept, undetected) - QPointF(6, 6), QSizeF(12, 12))};
  place_labels(labels, taken, QRectF(plot()->axisRect()->rect()));
}

const OperatingPoint* FrontPlot::setting_at(QPointF at) const {
  const OperatingCurve* curve = analysis()->curve();
  if (curve == nullptr || !analysis()->curve_is_current()) return nullptr;
  const OperatingPoint* nearest = nullptr;
  double least = click_radius;
  // The front comes first, so that it is taken before a dot that is as near.
  for (const auto* points : {&curve->front, &curve->others})
    for (const OperatingPoint& point : *points) {
      const QPointF away =
          pixel(static_cast<double>(point.kept), static_cast<double>(point.undetected)) - at;
      const double distance = std::hypot(away.x(), away.y());
      if (distance >= least) continue;
      least = distance;
      nearest = &point;
    }
  return nearest;
}

void FrontPlot::pressed(QPointF at) {
  if (const OperatingPoint* point = setting_at(at)) Q_EMIT point_chosen(OperatingPoint(*point));
}

QString FrontPlot::words_of(const OperatingPoint& point) const {
  const BoundPolicy there =
      at_point(analysis()->review()->bound_policy(), point.value, point.counted);
  return tr("%1\n%2 kept, %3 undetected\nclick to take its parameters")
      .arg(text_of(to_string(there.policy)), with_thousands(point.kept),
           with_thousands(point.undetected));
}

QString FrontPlot::read_out(QPointF at, double x, double y) const {
  if (const OperatingPoint* point = setting_at(at)) return words_of(*point);
  QString words = tr("%1 kept, %2 undetected")
                      .arg(with_thousands(std::llround(x)), with_thousands(std::llround(y)));
  if (const auto baseline = analysis()->review()->run().baseline->at(std::llround(x)))
    words += tr("\nmcp(%1): %2 undetected")
                 .arg(decimal(static_cast<double>(baseline->threshold), 2),
                      with_thousands(baseline->undetected));
  return words;
}

PlotTable FrontPlot::table() const {
  PlotTable table{{QStringLiteral("series"), QStringLiteral("kept_correct"),
                   QStringLiteral("undetected_mispredictions"), QStringLiteral("policy")},
                  {}};
  const RunReview& review = *analysis()->review();
  const auto add = [&](const char* series, std::int64_t kept, std::int64_t undetected,
                       const QString& policy) {
    table.rows.push_back({QString::fromLatin1(series), static_cast<qlonglong>(kept),
                          static_cast<qlonglong>(undetected), policy});
  };
  add("chosen", analysis()->counts()[Verdict::kept], analysis()->counts()[Verdict::undetected],
      text_of(to_string(review.policy())));
  if (const OperatingCurve* curve = analysis()->curve();
      curve != nullptr && analysis()->curve_is_current())
    for (const auto& [series, points] :
         {std::pair("front", &curve->front), std::pair("other setting", &curve->others)})
      for (const OperatingPoint& point : *points)
        add(series, point.kept, point.undetected,
            text_of(to_string(at_point(review.bound_policy(), point.value, point.counted).policy)));
  if (const auto* damaged = damage_->outcome(); damaged != nullptr && damage_->is_current()) {
    add("chosen, a voter damaged", damaged->counts[Verdict::kept],
        damaged->counts[Verdict::undetected], text_of(to_string(damaged->damage)));
    for (const OperatingPoint& point : damaged->curve.front)
      add("front, a voter damaged", point.kept, point.undetected,
          text_of(to_string(at_point(review.bound_policy(), point.value, point.counted).policy)));
  }
  for (const EqualKept& point : review.run().baseline->points())
    if (std::isfinite(point.threshold))
      add("baseline", point.kept, point.undetected,
          QStringLiteral("mcp(t=%1)").arg(static_cast<double>(point.threshold)));
  return table;
}

}  // namespace plumbline

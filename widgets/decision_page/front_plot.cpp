#include "widgets/decision_page/front_plot.h"

#include <QComboBox>

#include <algorithm>
#include <cmath>

#include "core/decision/threshold_parameter.h"
#include "widgets/decision_page/damage_analysis.h"
#include "widgets/decision_page/decision_words.h"
#include "widgets/decision_page/harm_analysis.h"
#include "widgets/plot/plot_label.h"
#include "widgets/plot/plot_style.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double click_radius = 10, dot_size = 3, damaged_size = 10;
constexpr double room_for_gain = 26;  // pixels that a gain needs to have its words at its line
/// How much of the front is shown at first: what keeps less is of no use to anybody.
constexpr double shown_from = 0.72;
constexpr int harm_digits = 4;

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

FrontPlot::FrontPlot(DecisionAnalysis* analysis, DamageAnalysis* damage, HarmAnalysis* harm,
                     QWidget* parent)
    : DecisionPlot(analysis,
                   {tr("Kept against undetected"), tr("click a point to go there"),
                    tr("undetected mispredictions (samples)"), tr("kept correct (samples)"),
                    "front_plot", "decision.front"},
                   parent),
      damage_(damage),
      harm_(harm),
      axis_(new QComboBox) {
  axis_->setObjectName(QStringLiteral("front_axis"));
  axis_->setFont(ui_font(TextSize::small));
  axis_->addItems({tr("errors"), tr("harm")});
  axis_->setAccessibleName(tr("What is plotted against what is kept"));
  axis_->setToolTip(
      tr("undetected mispredictions, each counted alike; or harm, by the costs below"));
  add_control(axis_);
  connect(axis_, &QComboBox::activated, this, [this](int chosen) {
    harm_->set_axis(chosen == 1 ? FrontAxis::harm : FrontAxis::undetected);
    fit();  // another scale
  });
  connect(damage_, &DamageAnalysis::changed, this, [this] {
    if (this->analysis()->review() != nullptr) rebuild();
  });
  connect(harm_, &HarmAnalysis::changed, this, &FrontPlot::show_axis);
}

void FrontPlot::show_axis() {
  axis_->setCurrentIndex(in_harm() ? 1 : 0);
  set_words(in_harm() ? tr("Kept against harm") : tr("Kept against undetected"),
            in_harm() ? tr("mean harm per image (1: any error at plain costs)")
                      : tr("undetected mispredictions (samples)"));
  rebuild();
}

bool FrontPlot::in_harm() const { return harm_->axis() == FrontAxis::harm; }

template <class Use>
void FrontPlot::each_setting(const Use& use) const {
  if (in_harm()) {
    if (const auto* front = harm_->front())
      for (const HarmPoint& point : *front) use(Setting{point, point.harm, true});
  } else if (const OperatingCurve* curve = analysis()->curve()) {
    for (const OperatingPoint& point : curve->front)
      use(Setting{point, static_cast<double>(point.undetected), true});
    for (const OperatingPoint& point : curve->others)
      use(Setting{point, static_cast<double>(point.undetected), false});
  }
}

bool FrontPlot::settings_are_current() const {
  return in_harm() ? harm_->front_is_current() : analysis()->curve_is_current();
}

double FrontPlot::y_of_decision() const {
  return in_harm() ? harm_->harm().value_or(0)
                   : static_cast<double>(analysis()->counts()[Verdict::undetected]);
}

std::optional<double> FrontPlot::y_of_baseline() const {
  if (in_harm()) return harm_->baseline_harm();
  const auto& baseline = analysis()->baseline_point();
  if (!baseline) return std::nullopt;
  return static_cast<double>(baseline->undetected);
}

double FrontPlot::y_of_baseline(std::size_t place) const {
  return in_harm() ? harm_->baseline_curve()[place]
                   : static_cast<double>(
                         analysis()->review()->run().baseline->points()[place].undetected);
}

QString FrontPlot::y_text(double y) const {
  return in_harm() ? decimal(y, harm_digits) : with_thousands(std::llround(y));
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
  double from = std::min(shown_from * most, std::max(0.0, kept - 0.08 * most));
  double highest = y_of_decision(), lowest = highest;
  const auto take = [&](double y) {
    highest = std::max(highest, y);
    lowest = std::min(lowest, y);
  };
  each_setting([&](const Setting& setting) {
    if (setting.on_front && (!in_harm() || static_cast<double>(setting.point.kept) >= from))
      take(setting.y);
  });
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto x = static_cast<double>(points[i].kept);
    if (x <= most * 0.995 && (!in_harm() || x >= from)) take(y_of_baseline(i));
  }
  if (const auto* damaged = in_harm() ? nullptr : damage_->outcome()) {
    highest = std::max(highest, static_cast<double>(damaged->counts[Verdict::undetected]));
    from = std::min(from, 0.97 * static_cast<double>(damaged->counts[Verdict::kept]));
  }
  if (!in_harm()) return Ranges{{from, most * 1.01}, {0, std::max(1.0, highest * 1.06)}};
  const double room = std::max(0.06 * (highest - lowest), 1e-4);
  return Ranges{{from, most * 1.01}, {std::max(0.0, lowest - 2 * room), highest + room}};
}

void FrontPlot::draw() {
  const Colours& c = colours();
  plot()->xAxis->setNumberFormat(QStringLiteral("f"));
  if (in_harm()) {
    const double height = plot()->yAxis->range().size();
    plot()->yAxis->setNumberPrecision(height < 0.03 ? 3 : height < 3 ? 2 : 1);
  }
  const auto points = analysis()->review()->run().baseline->points();
  QCPGraph* baseline = add_line(c.baseline, 1.5, true);
  QVector<double> x, y;
  for (std::size_t i = 0; i < points.size(); ++i) {
    x << static_cast<double>(points[i].kept);
    y << y_of_baseline(i);
  }
  baseline->setData(x, y, true);
  if (x.size() > 1) {
    // High up, where nothing of the policy's own is.
    const double high = plot()->yAxis->range().lower + 0.8 * plot()->yAxis->range().size();
    const auto from = std::ranges::lower_bound(x, plot()->xAxis->range().lower) - x.begin();
    auto place = std::min<qsizetype>(from, x.size() - 1);
    while (place + 1 < x.size() && y[place] < high) ++place;
    PlotLabel* label = add_label();
    label->position->setCoords(x[place], y[place]);
    label->set_sides({{Qt::AlignLeft, 10}});
    label->set_lines(
        {{tr("mcp, %1").arg(text_of(analysis()->review()->run().info.voters.front().model)),
          c.secondary_text}});
  }
  const RunReview& review = *analysis()->review();
  set_fact(
      tr("%1 of %2; click a point").arg(text_of(review.rules().kind().name), voters_text(review)));
  if (!in_harm()) draw_damaged();
  QCPGraph* dots = add_line(c.control_line, 1);
  dots->setLineStyle(QCPGraph::lsNone);
  dots->setScatterStyle(
      QCPScatterStyle(QCPScatterStyle::ssDisc, QPen(Qt::NoPen), QBrush(c.control_line), dot_size));
  QCPGraph* front = add_line(settings_are_current() ? c.accent : c.control_line, 2);
  QVector<double> front_x, front_y;
  each_setting([&](const Setting& setting) {
    const auto kept = static_cast<double>(setting.point.kept);
    if (!setting.on_front) return dots->addData(kept, setting.y);
    front_x << kept;
    front_y << setting.y;
  });
  front->setData(front_x, front_y, true);
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
  label->set_lines({{tr("%1 damaged %2")
                         .arg(text_of(to_string(damaged->damage.voter)),
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

std::vector<PlotLabel::Side> FrontPlot::sides_of_decision() {
  return {{Qt::AlignRight | Qt::AlignBottom, 5},
          {Qt::AlignLeft | Qt::AlignBottom, 5},
          {Qt::AlignRight | Qt::AlignTop, 5},
          {Qt::AlignLeft | Qt::AlignTop, 5}};
}

std::vector<PlotLabel::Side> FrontPlot::sides_of_baseline() {
  constexpr double over_a_line = 21;  // as high as the decision's words above their mark
  return {{Qt::AlignLeft | Qt::AlignTop, 5},
          {Qt::AlignLeft, 8},
          {Qt::AlignRight | Qt::AlignTop, 5},
          {Qt::AlignTop, over_a_line}};
}

QString FrontPlot::gain_text() const {
  const auto baseline = y_of_baseline();
  if (!baseline) return {};
  const double gain = y_of_decision() - *baseline;
  const QString number = (gain > 0 ? QStringLiteral("+") : QString()) + y_text(gain);
  if (*baseline == 0) return number;
  const double share = gain / *baseline;
  return tr("%1 (%2%3)")
      .arg(number, share > 0 ? QStringLiteral("+") : QString(), percent(share, 0));
}

void FrontPlot::place_marks() {
  if (diamond_ == nullptr || analysis()->review() == nullptr) return;
  const Colours& c = colours();
  const VerdictCounts& counts = analysis()->counts();
  const auto kept = static_cast<double>(counts[Verdict::kept]);
  const double here = y_of_decision();
  diamond_->data()->clear();
  diamond_->addData(kept, here);
  here_->position->setCoords(kept, here);
  here_->set_lines(
      {{tr("%1 %2").arg(short_policy(*analysis()->review()), y_text(here)), c.text, true}});
  here_->set_sides(sides_of_decision());
  const auto& baseline = analysis()->baseline_point();
  const double there = y_of_baseline().value_or(0);
  ring_->data()->clear();
  for (QCPAbstractItem* item :
       {static_cast<QCPAbstractItem*>(gain_), static_cast<QCPAbstractItem*>(baseline_),
        static_cast<QCPAbstractItem*>(gain_label_)})
    item->setVisible(baseline.has_value());
  std::vector<PlotLabel*> labels{here_};
  if (baseline) {
    const auto x = static_cast<double>(baseline->kept);
    ring_->addData(x, there);
    gain_->start->setCoords(x, there);
    gain_->end->setCoords(kept, here);
    baseline_->position->setCoords(x, there);
    baseline_->set_lines(
        {{tr("%1 %2").arg(analysis()->baseline_name(), y_text(there)), c.secondary_text}});
    baseline_->set_sides(sides_of_baseline());
    const bool apart = std::abs(pixel(x, there).y() - pixel(kept, here).y()) >= room_for_gain;
    gain_label_->setVisible(apart);
    gain_label_->position->setCoords(kept, (there + here) / 2);
    gain_label_->set_lines({{gain_text(), c.text}});
    gain_label_->set_sides({{Qt::AlignRight, 6}, {Qt::AlignLeft, 6}});
    labels.push_back(baseline_);
    if (apart) labels.push_back(gain_label_);
    // Where the two are near each other the gain stands behind the policy's own figure.
    if (!apart)
      here_->set_lines(
          {{tr("%1 %2, %3").arg(short_policy(*analysis()->review()), y_text(here), gain_text()),
            c.text, true}});
  }
  std::vector<QRectF> taken{QRectF(pixel(kept, here) - QPointF(6, 6), QSizeF(12, 12))};
  place_labels(labels, taken, QRectF(plot()->axisRect()->rect()));
}

std::optional<FrontPlot::Setting> FrontPlot::setting_at(QPointF at) const {
  if (!settings_are_current()) return std::nullopt;
  std::optional<Setting> nearest;
  double least = click_radius;
  // The front comes first, so that it is taken before a dot that is as near.
  each_setting([&](const Setting& setting) {
    const QPointF away = pixel(static_cast<double>(setting.point.kept), setting.y) - at;
    const double distance = std::hypot(away.x(), away.y());
    if (distance >= least) return;
    least = distance;
    nearest = setting;
  });
  return nearest;
}

void FrontPlot::pressed(QPointF at) {
  if (const auto setting = setting_at(at)) Q_EMIT point_chosen(setting->point);
}

QString FrontPlot::words_of(const Setting& setting) const {
  const OperatingPoint& point = setting.point;
  const BoundPolicy there =
      at_point(analysis()->review()->bound_policy(), point.value, point.counted);
  QString words = tr("%1\n%2 kept, %3 undetected")
                      .arg(text_of(to_string(there.policy)), with_thousands(point.kept),
                           with_thousands(point.undetected));
  if (in_harm()) words += tr(", harm %1 per image").arg(y_text(setting.y));
  return words + tr("\nclick to take its parameters");
}

QString FrontPlot::read_out(QPointF at, double x, double y) const {
  if (const auto setting = setting_at(at)) return words_of(*setting);
  QString words = (in_harm() ? tr("%1 kept, harm %2 per image") : tr("%1 kept, %2 undetected"))
                      .arg(with_thousands(std::llround(x)), y_text(y));
  const auto points = analysis()->review()->run().baseline->points();
  const auto baseline = std::ranges::lower_bound(points, std::llround(x), {}, &EqualKept::kept);
  if (baseline == points.end()) return words;
  const double there = y_of_baseline(static_cast<std::size_t>(baseline - points.begin()));
  return words + (in_harm() ? tr("\nmcp(%1): harm %2 per image") : tr("\nmcp(%1): %2 undetected"))
                     .arg(decimal(static_cast<double>(baseline->threshold), 2), y_text(there));
}

PlotTable FrontPlot::table() const {
  PlotTable table{{QStringLiteral("series"), QStringLiteral("kept_correct"),
                   QStringLiteral("undetected_mispredictions")},
                  {}};
  if (in_harm()) table.columns << QStringLiteral("harm");
  table.columns << QStringLiteral("policy");
  const RunReview& review = *analysis()->review();
  const auto add = [&](const char* series, std::int64_t kept, std::int64_t undetected,
                       const QString& policy, std::optional<double> harm) {
    auto& row = table.rows.emplace_back();
    row = {QString::fromLatin1(series), static_cast<qlonglong>(kept),
           static_cast<qlonglong>(undetected)};
    if (in_harm()) row.push_back(harm ? QVariant(*harm) : QVariant());
    row.emplace_back(policy);
  };
  const auto at = [&](const OperatingPoint& point) {
    return text_of(to_string(at_point(review.bound_policy(), point.value, point.counted).policy));
  };
  add("chosen", analysis()->counts()[Verdict::kept], analysis()->counts()[Verdict::undetected],
      text_of(to_string(review.policy())), harm_->harm());
  if (settings_are_current())
    each_setting([&](const Setting& setting) {
      add(setting.on_front ? "front" : "other setting", setting.point.kept,
          setting.point.undetected, at(setting.point), setting.y);
    });
  if (const auto* damaged = damage_->outcome();
      damaged != nullptr && damage_->is_current() && !in_harm()) {
    add("chosen, with a voter damaged", damaged->counts[Verdict::kept],
        damaged->counts[Verdict::undetected], text_of(to_string(damaged->damage)), {});
    for (const OperatingPoint& point : damaged->curve.front)
      add("front, with a voter damaged", point.kept, point.undetected, at(point), {});
  }
  const auto points = review.run().baseline->points();
  for (std::size_t i = 0; i < points.size(); ++i)
    if (std::isfinite(points[i].threshold))
      add("baseline", points[i].kept, points[i].undetected,
          QStringLiteral("mcp(t=%1)").arg(static_cast<double>(points[i].threshold)),
          in_harm() ? std::optional(y_of_baseline(i)) : std::nullopt);
  return table;
}

}  // namespace plumbline

#include "widgets/decision_page/cost_plot.h"

#include <QComboBox>
#include <QPushButton>
#include <QStandardItemModel>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "widgets/decision_page/decision_words.h"
#include "widgets/decision_page/voter_searcher.h"
#include "widgets/plot/plot_label.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double reach = 10, choice_dot = 4, open_size = 11;

double missed(const VoterChoice& choice) { return static_cast<double>(choice.shown.undetected); }

}  // namespace

CostPlot::CostPlot(DecisionAnalysis* analysis, VoterSearcher* searcher, QWidget* parent)
    : DecisionPlot(analysis,
                   {tr("Cost"),
                    {},
                    tr("undetected mispredictions (samples)"),
                    tr("expected latency (× of the single model)"),
                    "cost_plot",
                    "decision.cost"},
                   parent),
      searcher_(searcher),
      button_(new QPushButton(tr("Search voters"))),
      axis_(new QComboBox) {
  axis_->setObjectName(QStringLiteral("cost_axis"));
  axis_->setFont(ui_font(TextSize::small));
  axis_->addItems({tr("latency"), tr("energy")});
  axis_->setAccessibleName(tr("What costs are counted in"));
  add_control(axis_);
  connect(axis_, &QComboBox::activated, this, [this](int chosen) {
    this->analysis()->set_cost_axis(chosen == 1 ? CostAxis::energy : CostAxis::latency);
    show_axis();
  });
  connect(analysis, &DecisionAnalysis::figures_changed, this, &CostPlot::show_axis);
  show_axis();
  button_->setObjectName(QStringLiteral("search_voters"));
  button_->setFont(ui_font(TextSize::small));
  add_control(button_);
  connect(button_, &QPushButton::clicked, this, [this] {
    if (searcher_->running()) {
      searcher_->stop();
      show_search();
    } else {
      Q_EMIT search_wanted();
    }
  });
  connect(searcher_, &VoterSearcher::changed, this, [this] {
    show_search();
    // Progress changes no line.
    if (!searcher_->running()) rebuild();
  });
  show_search();
}

void CostPlot::show_axis() {
  const std::string& missing = analysis()->no_energy();
  auto* model = qobject_cast<QStandardItemModel*>(axis_->model());
  model->item(1)->setEnabled(missing.empty());
  const QString reason =
      missing.empty() ? QString() : tr("Energy cannot be chosen: %1.").arg(text_of(missing));
  axis_->setItemData(1, reason, Qt::ToolTipRole);
  axis_->setToolTip(missing.empty() ? tr("What costs are counted in") : reason);
  axis_->setCurrentIndex(analysis()->cost_axis() == CostAxis::energy ? 1 : 0);
}

void CostPlot::show_search() {
  const RunReview* review = analysis()->review();
  button_->setEnabled(review != nullptr);
  button_->setText(searcher_->running() ? tr("Stop") : tr("Search voters"));
  button_->setToolTip(
      tr("Tries every choice of the run's voters (above 16 the most promising ones) under this "
         "policy at every setting, by the goal at the left, on the split that selects"));
  const VoterSearch* found = searcher_->found();
  if (searcher_->running())
    set_fact(searcher_->total() == 0
                 ? tr("searching…")
                 : tr("%1 of %2 choices")
                       .arg(with_thousands(static_cast<qint64>(searcher_->done())),
                            with_thousands(static_cast<qint64>(searcher_->total()))));
  else if (found != nullptr && !searcher_->is_current())
    set_fact(tr("found for another policy"));
  else if (found != nullptr && review != nullptr)
    set_fact((found->split == review->run().split ? tr("%1 tried, by %2, on %3 itself")
                                                  : tr("%1 tried, by %2, on %3"))
                 .arg(with_thousands(static_cast<qint64>(found->tried)),
                      text_of(to_string(found->rule)), text_of(found->split)));
  else
    set_fact(tr("which few are worth it?"));
}

bool CostPlot::is_timed() const {
  const auto costs = analysis()->voter_costs().latency_ms;
  return !costs.empty() &&
         std::ranges::all_of(costs, [](const auto& cost) { return cost.has_value(); }) &&
         *costs.front() > 0;
}

std::optional<double> CostPlot::cost_of_shares(const std::vector<double>& shares) const {
  const auto& voters = analysis()->review()->policy_voters();
  if (shares.size() != voters.size()) return std::nullopt;
  if (!is_timed()) return std::accumulate(shares.begin(), shares.end(), 0.0);
  const VoterTimes costs = analysis()->voter_costs();
  const auto sum = costs.of(voters).expected_ms(shares);
  return sum ? std::optional(*sum / *costs.latency_ms.front()) : std::nullopt;
}

std::optional<double> CostPlot::cost() const {
  return analysis()->review() == nullptr ? std::nullopt : cost_of_shares(analysis()->shares());
}

QString CostPlot::cost_text(double cost) const {
  return is_timed() ? decimal(cost, 2) + QStringLiteral("×")
                    : tr("%1 voters").arg(decimal(cost, 2));
}

std::optional<DecisionPlot::Ranges> CostPlot::whole() const {
  double most_cost = std::max(1.5, cost().value_or(1));
  const auto voters = analysis()->review()->policy_voters().size();
  if (const auto all = cost_of_shares(std::vector<double>(voters, 1)))
    most_cost = std::max(most_cost, *all);
  double least = static_cast<double>(analysis()->counts()[Verdict::undetected]), most = least;
  const auto take = [&](double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  };
  if (const auto& baseline = analysis()->baseline_point())
    take(static_cast<double>(baseline->undetected));
  if (const VoterSearch* found = searcher_->found())
    for (const VoterChoice& choice : found->choices) {
      most_cost = std::max(most_cost, choice.least_cost());
      take(missed(choice));
    }
  const double room = std::max(1.0, 0.2 * (most - least));
  return Ranges{{0.7, most_cost * 1.06 + 0.1}, {std::max(0.0, least - room), most + room}};
}

/// As much as the axis has room for: what 1 stands for, then what costs how many times that.
void CostPlot::name_axis() {
  QString whole = tr("expected voters per sample (nothing was timed)");
  QString brief = tr("expected voters per sample");
  if (is_timed()) {
    const bool energy = analysis()->cost_axis() == CostAxis::energy;
    whole = (energy ? tr("expected energy (× of %1, %2 J for 1,000 images)")
                    : tr("expected latency (× of %1, %2 ms per batch)"))
                .arg(text_of(analysis()->review()->run().info.voters.front().model),
                     decimal(*analysis()->voter_costs().latency_ms.front(), 2));
    brief = energy ? tr("expected energy (× of the baseline)")
                   : tr("expected latency (× of the baseline)");
  }
  const int needed = QFontMetrics(plot()->xAxis->labelFont()).horizontalAdvance(whole);
  plot()->xAxis->setLabel(needed <= plot()->axisRect()->width() ? whole : brief);
}

void CostPlot::draw() {
  const Colours& c = colours();
  name_axis();
  plot()->xAxis->setNumberPrecision(1);
  const QCPRange upright = plot()->yAxis->range();
  add_line(c.baseline, 1, true)->setData({1, 1}, {upright.lower, upright.upper}, true);
  const VoterSearch* found = searcher_->found();
  if (found == nullptr) return;
  const bool current = searcher_->is_current();
  QCPGraph* dots = add_line(c.control_line, 1);
  dots->setLineStyle(QCPGraph::lsNone);
  dots->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, QPen(Qt::NoPen),
                                        QBrush(c.control_line), choice_dot));
  QVector<double> x, y;
  for (const VoterChoice& choice : found->choices) {
    if (!choice.on_front) {
      dots->addData(choice.least_cost(), missed(choice));
      continue;
    }
    // What more may be paid for buys nothing until the next step.
    if (!x.isEmpty()) {
      x << choice.least_cost();
      y << y.back();
    }
    x << choice.least_cost();
    y << missed(choice);
  }
  if (x.isEmpty()) return;
  x << plot()->xAxis->range().upper;
  y << y.back();
  // A parametric line, since steps go straight up.
  auto* steps = new QCPCurve(plot()->xAxis, plot()->yAxis);
  steps->setPen(QPen(current ? c.accent : c.control_line, 2));
  steps->setData(x, y);
  QCPGraph* corners = add_line(current ? c.accent : c.control_line, 1);
  corners->setLineStyle(QCPGraph::lsNone);
  corners->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, QPen(Qt::NoPen),
                                           QBrush(current ? c.accent : c.control_line),
                                           choice_dot + 1));
  for (const VoterChoice& choice : found->choices)
    if (choice.on_front) corners->addData(choice.least_cost(), missed(choice));
  PlotLabel* label = add_label();
  label->position->setCoords(x.back(), y.back());
  label->set_sides({{Qt::AlignLeft | Qt::AlignBottom, 6}});
  label->set_lines({{found->staged ? tr("frontier of staged choices") : tr("frontier of choices"),
                     current ? c.accent : c.secondary_text}});
}

void CostPlot::make_marks() {
  const Colours& c = colours();
  plot()->setCurrentLayer(QStringLiteral("marks"));
  gain_ = add_line(c.text, 1);
  plot()->setCurrentLayer(QStringLiteral("main"));
  QPen dotted(c.secondary_text, 1);
  dotted.setDashPattern({1.5, 2.5});
  gain_->setPen(dotted);
  ring_ = add_mark(false, c.baseline);
  open_ = add_mark(true, c.accent);
  open_->setScatterStyle(
      QCPScatterStyle(QCPScatterStyle::ssDiamond, QPen(c.accent, 1.6), QBrush(c.base), open_size));
  diamond_ = add_mark(true, c.accent);
  baseline_ = add_label(true);
  all_ = add_label(true);
  here_ = add_label(true);
}

void CostPlot::place_marks() {
  if (diamond_ == nullptr || analysis()->review() == nullptr) return;
  const Colours& c = colours();
  for (QCPGraph* graph : {diamond_, open_, ring_, gain_}) graph->data()->clear();
  name_axis();  // the room for it may be another one
  const auto undetected = static_cast<double>(analysis()->counts()[Verdict::undetected]);
  const bool staged = analysis()->review()->is_staged();
  const bool current = analysis()->cost_is_current();
  const auto now = cost();
  const auto all = cost_of_shares(std::vector<double>(analysis()->shares().size(), 1));
  std::vector<PlotLabel*> labels;
  std::vector<QRectF> taken;
  const auto mark = [&](QCPGraph* graph, PlotLabel* label, double x, double y) {
    graph->addData(x, y);
    label->position->setCoords(x, y);
    taken.emplace_back(pixel(x, y) - QPointF(6, 6), QSizeF(12, 12));
    labels.push_back(label);
  };
  here_->setVisible(now.has_value());
  all_->setVisible(staged && all && now && *all > *now + 0.02);
  if (now) {
    mark(diamond_, here_, *now, undetected);
    here_->set_lines({{tr("%1 %2").arg(staged ? tr("staged") : short_policy(*analysis()->review()),
                                       cost_text(*now)),
                       current ? c.text : c.disabled_text, true}});
    here_->set_sides({{Qt::AlignLeft | Qt::AlignBottom, 5},
                      {Qt::AlignRight | Qt::AlignBottom, 5},
                      {Qt::AlignRight | Qt::AlignTop, 5},
                      {Qt::AlignLeft | Qt::AlignTop, 5}});
  }
  if (all_->visible()) {
    gain_->addData(*now, undetected);
    gain_->addData(*all, undetected);
    mark(open_, all_, *all, undetected);
    all_->set_lines({{tr("all voters %1").arg(cost_text(*all)), c.secondary_text}});
    all_->set_sides({{Qt::AlignRight | Qt::AlignTop, 5},
                     {Qt::AlignLeft | Qt::AlignTop, 5},
                     {Qt::AlignLeft | Qt::AlignBottom, 5}});
  }
  const auto& baseline = analysis()->baseline_point();
  baseline_->setVisible(baseline.has_value());
  if (baseline) {
    mark(ring_, baseline_, 1, static_cast<double>(baseline->undetected));
    baseline_->set_lines({{analysis()->baseline_name(), c.secondary_text}});
    baseline_->set_sides({{Qt::AlignRight | Qt::AlignTop, 5}, {Qt::AlignRight, 8}});
  }
  place_labels(labels, taken, QRectF(plot()->axisRect()->rect()));
}

const VoterChoice* CostPlot::choice_at(QPointF at) const {
  const VoterSearch* found = searcher_->found();
  if (found == nullptr || !searcher_->is_current()) return nullptr;
  const VoterChoice* nearest = nullptr;
  double least = reach;
  for (const bool front : {true, false})
    for (const VoterChoice& choice : found->choices) {
      if (choice.on_front != front) continue;
      const QPointF away = pixel(choice.least_cost(), missed(choice)) - at;
      const double distance = std::hypot(away.x(), away.y());
      if (distance >= least) continue;
      least = distance;
      nearest = &choice;
    }
  return nearest;
}

void CostPlot::pressed(QPointF at) {
  if (const VoterChoice* choice = choice_at(at)) searcher_->take(VoterChoice(*choice));
}

QString CostPlot::words_of(const VoterChoice& choice) const {
  const OpenedRun& run = analysis()->review()->run();
  QStringList voters;
  for (const std::size_t voter : choice.voters)
    voters << text_of(to_string(run.info.voters[voter]));
  QString words =
      voters.join(QStringLiteral(", ")) + u'\n' + text_of(to_string(choice.policy.policy)) +
      tr("\n%1 kept, %2 undetected on %3, %4 undetected on %5")
          .arg(with_thousands(choice.shown.kept), with_thousands(choice.shown.undetected),
               text_of(run.split), with_thousands(choice.chosen.undetected),
               text_of(searcher_->found()->split));
  words += choice.staged_cost ? tr("\n%1 staged, %2 with all of them")
                                    .arg(cost_text(*choice.staged_cost), cost_text(choice.cost))
                              : u'\n' + cost_text(choice.cost);
  return words + tr("\nclick to take it");
}

QString CostPlot::read_out(QPointF at, double x, double y) const {
  if (const VoterChoice* choice = choice_at(at)) return words_of(*choice);
  return tr("%1, %2 undetected").arg(cost_text(x), with_thousands(std::llround(y)));
}

PlotTable CostPlot::table() const {
  PlotTable table{
      {QStringLiteral("series"), QStringLiteral("voters"), QStringLiteral("policy"),
       QStringLiteral("cost"), QStringLiteral("staged_cost"), QStringLiteral("kept_correct"),
       QStringLiteral("undetected_mispredictions"), QStringLiteral("chosen_on_undetected")},
      {}};
  const RunReview& review = *analysis()->review();
  const auto voters_of_run = [&](const std::vector<std::size_t>& voters) {
    QStringList names;
    for (const std::size_t voter : voters)
      names << text_of(to_string(review.run().info.voters[voter]));
    return names.join(u',');
  };
  const auto number = [](std::optional<double> value) {
    return value ? QVariant(*value) : QVariant();
  };
  const auto all = cost_of_shares(std::vector<double>(analysis()->shares().size(), 1));
  table.rows.push_back(
      {tr("chosen"), voters_of_run(review.policy_voters()), text_of(to_string(review.policy())),
       number(all),
       review.is_staged() && analysis()->cost_is_current() ? number(cost()) : QVariant(),
       static_cast<qlonglong>(analysis()->counts()[Verdict::kept]),
       static_cast<qlonglong>(analysis()->counts()[Verdict::undetected]), QVariant()});
  if (const auto& baseline = analysis()->baseline_point())
    table.rows.push_back({tr("baseline"), voters_of_run({0}), analysis()->baseline_name(), 1.0,
                          QVariant(), static_cast<qlonglong>(baseline->kept),
                          static_cast<qlonglong>(baseline->undetected), QVariant()});
  if (const VoterSearch* found = searcher_->found(); found != nullptr && searcher_->is_current())
    for (const VoterChoice& choice : found->choices)
      table.rows.push_back({choice.on_front ? tr("front") : tr("other choice"),
                            voters_of_run(choice.voters), text_of(to_string(choice.policy.policy)),
                            choice.cost, number(choice.staged_cost),
                            static_cast<qlonglong>(choice.shown.kept),
                            static_cast<qlonglong>(choice.shown.undetected),
                            static_cast<qlonglong>(choice.chosen.undetected)});
  return table;
}

}  // namespace plumbline

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTabBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>
#include <QUndoStack>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/decision/staging.h"
#include "core/review/figures.h"
#include "core/study/decide_run.h"
#include "tests/widgets/synthetic_study.h"
#include "tests/widgets/tests.h"
#include "widgets/decision_page/confusion_view.h"
#include "widgets/decision_page/cost_plot.h"
#include "widgets/decision_page/decision_analysis.h"
#include "widgets/decision_page/decision_page.h"
#include "widgets/decision_page/figure_model.h"
#include "widgets/decision_page/front_plot.h"
#include "widgets/decision_page/policy_panel.h"
#include "widgets/decision_page/reliability_plot.h"
#include "widgets/decision_page/risk_plot.h"
#include "widgets/decision_page/select_panel.h"
#include "widgets/decision_page/stage_panel.h"
#include "widgets/decision_page/view_effects_view.h"
#include "widgets/decision_page/voter_pairs_view.h"
#include "widgets/decision_page/voter_searcher.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/page/settings.h"
#include "widgets/style/colours.h"
#include "widgets/text/numbers.h"
#include "widgets/window/main_window.h"

using namespace plumbline;

namespace {

constexpr std::int64_t shown_samples = 900, held_samples = 500;

}  // namespace

/// The Decision page in the real window.
class TestDecisionPage : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir directory_, other_directory_;
  std::filesystem::path folder_, alone_;
  std::unique_ptr<MainWindow> window_;
  DecisionPage* page_ = nullptr;

  RunReview& review() const { return *window_->review(); }
  DecisionAnalysis& analysis() const { return *page_->analysis(); }

  template <class T>
  T* find(const char* name) const {
    auto* found = page_->findChild<T*>(QString::fromLatin1(name));
    if (found == nullptr) qFatal("no widget '%s'", name);
    return found;
  }

  static std::filesystem::path make(const QTemporaryDir& directory, std::int64_t validation) {
    SyntheticStudy request;
    request.folder = directory.filePath("shapes.plumb").toStdString();
    request.samples = shown_samples;
    request.validation_samples = validation;
    if (const auto made = make_study(request); !made) qFatal("%s", to_string(made.error()).c_str());
    return request.folder;
  }

  void open(const std::filesystem::path& folder) {
    window_ = std::make_unique<MainWindow>(nullptr);
    window_->resize(1600, 1000);
    page_ = window_->page<DecisionPage>();
    QSignalSpy opened(window_.get(), &MainWindow::run_opened);
    QVERIFY(window_->open_study(QString::fromStdString(folder.string())).has_value());
    QVERIFY(window_->go({.page = QStringLiteral("decision")}).has_value());
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    if (opened.isEmpty()) QVERIFY(opened.wait(20000));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000);
  }

  /// What core/ says of a policy on the identity voters, without any widget.
  Decisions decide_alone(const std::string& policy, const std::string& split = "test",
                         std::vector<std::size_t> voters = {0, 3, 6, 9}) const {
    const Study study = *Study::open(folder_, Access::read_only);
    const RunInfo run = *study.run("r1");
    const RunVotes votes = *load_votes(study, run, split);
    return *decide_run(study, run, split, votes, voters,
                       *bind(*parse_policy(policy, voters.size())));
  }

  QString cell(const char* metric, FigureModel::Column column) const {
    const int row = page_->figures()->row_of(metric);
    return page_->figures()->index(row, column).data().toString();
  }
  bool is_faded(const char* metric, FigureModel::Column column) const {
    const int row = page_->figures()->row_of(metric);
    return page_->figures()->index(row, column).data(Qt::ForegroundRole).value<QColor>() ==
           colours().disabled_text;
  }

  static void click(QWidget* widget, QPointF at) {
    QTest::mouseClick(widget, Qt::LeftButton, {}, at.toPoint());
  }

 private Q_SLOTS:
  void initTestCase() {
    folder_ = make(directory_, held_samples);
    alone_ = make(other_directory_, 0);
  }
  void init() { open(folder_); }
  void cleanup() { window_.reset(); }

  void counts_stand_beside_the_baselines() {
    const Decisions decisions = decide_alone(to_string(review().policy()));
    QVERIFY(decisions.counts[Verdict::undetected] > 5);  // or the test would say little
    for (const Verdict verdict :
         {Verdict::kept, Verdict::undetected, Verdict::caught, Verdict::needlessly_rejected})
      QCOMPARE(page_->panel()->count_text(verdict), with_thousands(decisions.counts[verdict]));
    // The baseline by brute force: the fewest undetected of all thresholds that keep as many.
    const VoteTable& votes = review().votes();
    std::int64_t fewest = -1, its_kept = 0;
    for (std::size_t t = 0; t < votes.samples(); ++t) {
      std::int64_t kept = 0, undetected = 0;
      for (std::size_t i = 0; i < votes.samples(); ++i)
        if (votes.voters[0].confidence[i] >= votes.voters[0].confidence[t])
          ++(votes.voters[0].predicted[i] == votes.labels[i] ? kept : undetected);
      if (kept < decisions.counts[Verdict::kept]) continue;
      // Of equally many undetected the strictest threshold.
      if (fewest >= 0 && (undetected > fewest || (undetected == fewest && kept >= its_kept)))
        continue;
      fewest = undetected;
      its_kept = kept;
    }
    QVERIFY(fewest >= 0);
    QCOMPARE(page_->panel()->baseline_text(Verdict::undetected), with_thousands(fewest));
    QCOMPARE(page_->panel()->baseline_text(Verdict::kept), with_thousands(its_kept));
    // Nothing was timed in this study, and nothing is made up.
    QCOMPARE(page_->panel()->latency_text(), QString(no_value));
  }

  void the_front_is_exact() {
    const OperatingCurve* curve = analysis().curve();
    QVERIFY(curve != nullptr && analysis().curve_is_current());
    QVERIFY(curve->front.size() > 10);
    for (std::size_t i = 0; i < curve->front.size(); i += 7) {
      const OperatingPoint& point = curve->front[i];
      const auto there = at_point(review().bound_policy(), point.value, point.counted);
      const Decisions decisions = decide_alone(to_string(there.policy));
      QCOMPARE(decisions.counts[Verdict::kept], point.kept);
      QCOMPARE(decisions.counts[Verdict::undetected], point.undetected);
    }
    // No setting of a grid is better than all of them.
    for (int step = 0; step <= 40; ++step)
      for (int votes = 1; votes <= 4; ++votes) {
        const Decisions decisions =
            decide_alone("polygraph(thr_conf=" + std::to_string(step / 40.0) +
                         ",thr_freq=" + std::to_string(votes) + ")");
        QVERIFY(std::ranges::any_of(curve->front, [&](const OperatingPoint& point) {
          return point.kept >= decisions.counts[Verdict::kept] &&
                 point.undetected <= decisions.counts[Verdict::undetected];
        }));
      }
    QVERIFY(page_->front()->gain_text().contains(QStringLiteral("%")));
  }

  void figures_are_those_of_the_core() {
    const Decisions decisions = decide_alone(to_string(review().policy()));
    const MetricData data =
        metric_data(review().bound_policy(), decisions, review().policy_votes());
    QCOMPARE(cell("accuracy", FigureModel::shown), decimal(100 * decisions.counts.accuracy(), 1));
    QCOMPARE(cell("augrc", FigureModel::shown), decimal(*value_of(*find_metric("augrc"), data), 4));
    const Interval interval = wilson_interval(decisions.counts[Verdict::undetected], shown_samples);
    QCOMPARE(cell("undetected_mispredictions", FigureModel::shown_half),
             QStringLiteral("± ") + decimal(50 * (interval.high - interval.low), 1));
    const auto resampled = bootstrap(data, nullptr);
    QVERIFY(resampled.has_value());
    const auto aurc = std::ranges::find(*resampled, find_metric("aurc"), &ResampledFigure::metric);
    QCOMPARE(cell("aurc", FigureModel::shown_half),
             QStringLiteral("± ") + decimal((aurc->interval->high - aurc->interval->low) / 2, 4));
    // On validation the same policy, unchanged.
    const Decisions held = decide_alone(to_string(review().policy()), "validation");
    QCOMPARE(held.counts.judged(), held_samples);
    QCOMPARE(cell("coverage", FigureModel::validation), decimal(100 * held.counts.coverage(), 1));
    const double drift = 100 * (decisions.counts.coverage() - held.counts.coverage());
    QCOMPARE(cell("coverage", FigureModel::drift),
             (drift >= 0 ? QStringLiteral("+") : QString()) + decimal(drift, 1));
    QVERIFY(find<QLabel>("figures_lack")->isHidden());
  }

  void a_drag_moves_everything_and_nothing_stale_stands_as_current() {
    auto* slider = find<QSlider>("thr_conf_slider");
    const QPointF somewhere = page_->front()->pixel(500, 20);
    QVERIFY(!is_faded("augrc", FigureModel::shown));
    slider->setSliderDown(true);
    slider->setSliderPosition(550);
    const Decisions decisions = decide_alone("polygraph(thr_conf=0.55,thr_freq=3)");
    QCOMPARE(review().decisions().counts.by_verdict, decisions.counts.by_verdict);
    // In the same call of the event: counts, marks, matrix, shares.
    QCOMPARE(page_->panel()->count_text(Verdict::undetected),
             with_thousands(decisions.counts[Verdict::undetected]));
    QCOMPARE(cell("selective_risk", FigureModel::shown),
             decimal(100 * decisions.counts.selective_risk(), 1));
    QVERIFY(!is_faded("selective_risk", FigureModel::shown));
    // What cannot follow says so.
    QVERIFY(is_faded("augrc", FigureModel::shown));
    QVERIFY(is_faded("coverage", FigureModel::validation));
    std::int64_t wrong = 0;
    for (const auto& pair : analysis().confusion().wrong_pairs()) wrong += pair.samples;
    QCOMPARE(wrong, decisions.counts[Verdict::undetected]);
    // The curve of risk bends under the slider: its last point is the error rate.
    QVERIFY(std::abs(analysis().risk().back().risk - (1 - decisions.counts.accuracy())) < 1e-12);
    // Ranges stand still while it is held.
    QCOMPARE(page_->front()->pixel(500, 20), somewhere);
    slider->setSliderDown(false);
    QTRY_VERIFY_WITH_TIMEOUT(analysis().settled(), 30000);
    QVERIFY(!is_faded("augrc", FigureModel::shown));
    QVERIFY(!is_faded("coverage", FigureModel::validation));
    const MetricData data =
        metric_data(review().bound_policy(), decisions, review().policy_votes());
    QCOMPARE(cell("augrc", FigureModel::shown), decimal(*value_of(*find_metric("augrc"), data), 4));
  }

  void a_click_takes_a_points_parameters_and_undo_goes_back() {
    const std::string before = to_string(review().policy());
    const auto& front = analysis().curve()->front;
    // One that stands away from others, so that the click means it.
    const OperatingPoint* chosen = nullptr;
    for (const OperatingPoint& point : front)
      if (point.kept > analysis().counts()[Verdict::kept] * 9 / 10 &&
          std::abs(point.kept - analysis().counts()[Verdict::kept]) > 8)
        chosen = &point;
    QVERIFY(chosen != nullptr);
    const OperatingPoint point = *chosen;
    click(page_->front()->plot(), page_->front()->pixel(static_cast<double>(point.kept),
                                                        static_cast<double>(point.undetected)));
    QTRY_VERIFY_WITH_TIMEOUT(analysis().settled(), 30000);
    QVERIFY(to_string(review().policy()) != before);
    QCOMPARE(analysis().counts()[Verdict::kept], point.kept);
    QCOMPARE(analysis().counts()[Verdict::undetected], point.undetected);
    window_->undo_stack()->undo();
    QCOMPARE(to_string(review().policy()), before);
    QTRY_VERIFY_WITH_TIMEOUT(analysis().settled(), 30000);
    QCOMPARE(page_->panel()->count_text(Verdict::kept),
             with_thousands(decide_alone(before).counts[Verdict::kept]));
    window_->undo_stack()->redo();
    QCOMPARE(analysis().counts()[Verdict::kept], point.kept);
  }

  void parameters_are_chosen_on_validation_and_saved() {
    const Decisions shown = decide_alone(to_string(review().policy()));
    auto* goal = find<QComboBox>("goal");
    goal->setCurrentIndex(1);
    Q_EMIT goal->activated(1);
    find<QDoubleSpinBox>("goal_bound")->setValue(4);
    find<QPushButton>("select_parameters")->click();
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000);
    const std::string policy = to_string(review().policy());
    const Decisions held = decide_alone(policy, "validation");
    QVERIFY(held.counts.selective_risk() <= 0.04);
    QVERIFY(
        page_->selection()->outcome().contains(with_thousands(held.counts[Verdict::undetected])));
    // By brute force over every confidence on validation: nothing keeps more at that risk.
    const Study study = *Study::open(folder_, Access::read_only);
    const RunVotes votes = *load_votes(study, *study.run("r1"), "validation");
    for (std::size_t i = 0; i < static_cast<std::size_t>(held_samples); i += 5)
      for (const std::size_t voter : {0, 3, 6, 9})
        for (int least = 1; least <= 4; ++least) {
          const auto other = make_policy(
              "polygraph", 4,
              std::vector<PolicyArgument>{
                  {"thr_conf",
                   QString::number(static_cast<double>(votes.table().voters[voter].confidence[i]),
                                   'g', 17)
                       .toStdString()},
                  {"thr_freq", std::to_string(least)}});
          Decisions decisions;
          decide(*bind(*other), select_voters(votes.table(), std::vector<std::size_t>{0, 3, 6, 9}),
                 decisions);
          if (decisions.counts.accepted() > 0 && decisions.counts.selective_risk() <= 0.04)
            QVERIFY(decisions.counts[Verdict::kept] <= held.counts[Verdict::kept]);
        }
    // The figures that are shown are of the other split, and follow.
    QVERIFY(decide_alone(policy).counts.by_verdict != shown.counts.by_verdict);
    QCOMPARE(analysis().counts().by_verdict, decide_alone(policy).counts.by_verdict);

    QVERIFY(page_->selection()->save(QStringLiteral("chosen")).has_value());
    QVERIFY(!page_->selection()->save(QStringLiteral("chosen")).has_value());
    QVERIFY(page_->selection()->save(QStringLiteral("chosen"), true).has_value());
    const auto stored = Study::open(folder_, Access::read_only)->decision("chosen");
    QVERIFY(stored.has_value());
    QCOMPARE(to_string(stored->policy.policy), policy);
    QCOMPARE(stored->run, std::string("r1"));
    QCOMPARE(stored->selected_on, std::string("validation"));
    QCOMPARE(stored->rule, std::string("risk<=0.04"));
    QCOMPARE(stored->voters.size(), std::size_t{4});
    // What is moved by hand afterwards was not chosen.
    find<QDoubleSpinBox>("thr_conf")->setValue(0.9);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000);
    QVERIFY(page_->selection()->outcome().isEmpty());
    QVERIFY(page_->selection()->save(QStringLiteral("by hand")).has_value());
    QVERIFY(Study::open(folder_, Access::read_only)->decision("by hand")->selected_on.empty());
  }

  void policies_stand_beside_each_other() {
    RiskPlot* risk = page_->risk();
    QVERIFY(risk->legend().size() >= 4);
    for (const RiskPlot::Entry& entry : risk->legend()) {
      const auto policy = parse_policy(entry.policy.toStdString(), 4);
      QVERIFY2(policy.has_value(), qPrintable(entry.policy));
      if (policy->traits().asks_first_only) continue;
      const Decisions decisions = decide_alone(to_string(*policy));
      const MetricData data = metric_data(*bind(*policy), decisions, review().policy_votes());
      QCOMPARE(decimal(entry.augrc.value_or(-1), 6),
               decimal(*value_of(*find_metric("augrc"), data), 6));
    }
    const RiskPlot::Entry entry = risk->legend()[1];
    click(risk->plot(), entry.box.center());
    QVERIFY(risk->legend()[1].hidden);
    click(risk->plot(), entry.box.center());
    QVERIFY(!risk->legend()[1].hidden);
    QTest::mouseDClick(risk->plot(), Qt::LeftButton, {}, entry.box.center().toPoint());
    QTRY_COMPARE(QString::fromStdString(to_string(review().policy())),
                 QString::fromStdString(to_string(*parse_policy(entry.policy.toStdString(), 4))));
    QTRY_VERIFY_WITH_TIMEOUT(analysis().settled(), 30000);
  }

  void a_search_finds_the_few_voters_that_are_worth_it() {
    auto* cost = page_->cost();
    QVERIFY(page_->searcher()->found() == nullptr);
    cost->search_button()->click();
    QVERIFY(page_->searcher()->running());
    QTRY_VERIFY_WITH_TIMEOUT(page_->settled(), 60000);
    const VoterSearch* found = page_->searcher()->found();
    QVERIFY(found != nullptr && page_->searcher()->is_current());
    QVERIFY(found->exhaustive && found->staged && !found->timed);
    QCOMPARE(found->tried, std::size_t{4095});  // of 12 voters
    QCOMPARE(found->split, std::string("validation"));
    // The goal is that of the panel: as many kept as mcp on validation.
    const double least = *found->rule.least_kept;
    QVERIFY(cost->fact().contains(QStringLiteral("4,095")));
    double before = 0;
    std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
    for (const VoterChoice& choice : found->choices) {
      const std::string policy = to_string(choice.policy.policy);
      const Decisions held = decide_alone(policy, "validation", choice.voters);
      const Decisions shown = decide_alone(policy, "test", choice.voters);
      QCOMPARE(held.counts[Verdict::undetected], choice.chosen.undetected);
      QVERIFY(static_cast<double>(held.counts[Verdict::kept]) >= least);
      QCOMPARE(shown.counts[Verdict::undetected], choice.shown.undetected);
      QCOMPARE(shown.counts[Verdict::kept], choice.shown.kept);
      QCOMPARE(choice.cost, static_cast<double>(choice.voters.size()));
      if (choice.staged_cost) QVERIFY(*choice.staged_cost <= choice.cost + 1e-9);
      QVERIFY(choice.least_cost() >= before);
      before = choice.least_cost();
      QCOMPARE(choice.on_front, choice.chosen.undetected < fewest);
      fewest = std::min(fewest, choice.chosen.undetected);
    }
    // A click takes voters and setting, staged, and the verdicts are the inner policy's own.
    const VoterChoice chosen = *std::ranges::find_if(found->choices, [](const VoterChoice& choice) {
      return choice.on_front && choice.voters.size() > 1 && choice.staged_cost;
    });
    click(cost->plot(), cost->pixel(chosen.least_cost(),
                                    static_cast<double>(chosen.shown.undetected)));
    QTRY_VERIFY_WITH_TIMEOUT(analysis().settled(), 30000);
    QCOMPARE(review().policy_voters(), chosen.voters);
    QVERIFY(review().is_staged());
    QCOMPARE(to_string(review().rules()), to_string(chosen.policy.policy));
    QCOMPARE(analysis().counts()[Verdict::undetected], chosen.shown.undetected);
    QVERIFY(analysis().cost_is_current());
    // On what is shown the shares are those of that split.
    const VoteTable votes = select_voters(review().votes(), chosen.voters);
    const auto shares = staged_shares(chosen.policy, votes, chosen.order);
    double expected = 0;
    for (const double share : shares) expected += share;
    QVERIFY(std::abs(*cost->cost() - expected) < 1e-9);
    QVERIFY(cost->table().rows.size() > found->choices.size());
    // The stages' controls are those of the policy that is staged; a drag keeps the order.
    auto* slider = find<QSlider>("thr_conf_slider");
    slider->setSliderDown(true);
    slider->setSliderPosition(610);
    QVERIFY(review().is_staged());
    QVERIFY(!analysis().cost_is_current());
    slider->setSliderDown(false);
    QTRY_VERIFY_WITH_TIMEOUT(analysis().settled(), 30000);
    QVERIFY(analysis().cost_is_current());
    window_->undo_stack()->undo();
    window_->undo_stack()->undo();
    QCOMPARE(review().policy_voters(), (std::vector<std::size_t>{0, 3, 6, 9}));
    QVERIFY(!review().is_staged());
  }

  void stages_say_who_is_asked_how_often() {
    StagePanel* stages = page_->panel()->stages();
    const VerdictCounts before = analysis().counts();
    QVERIFY(stages->staged()->isEnabled() && !stages->staged()->isChecked());
    QVERIFY(stages->stage_texts().isEmpty());
    stages->staged()->click();
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && review().is_staged(), 30000);
    QVERIFY(stages->staged()->isChecked());
    QCOMPARE(analysis().counts().by_verdict, before.by_verdict);  // staging is exact
    const BoundPolicy& policy = review().bound_policy();
    QCOMPARE(policy.learned.split, std::string("validation"));
    std::vector<std::size_t> order;
    for (const double place : policy.learned["order"])
      order.push_back(static_cast<std::size_t>(place));
    const auto shares = staged_shares(policy.inner.front(), review().policy_votes(), order);
    const QStringList texts = stages->stage_texts();
    QCOMPARE(texts.size(), 4);
    for (std::size_t i = 0; i < 4; ++i)
      QVERIFY(texts[static_cast<qsizetype>(i)].endsWith(percent(shares[order[i]])));
    QVERIFY(texts.front().endsWith(percent(1.0)));
    stages->staged()->click();
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000);
    QVERIFY(!review().is_staged());
    review().set_policy("mean");
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000);
    QVERIFY(!stages->staged()->isEnabled());
    QVERIFY(stages->staged()->toolTip().contains(QStringLiteral("all of its voters")));
  }

  void a_search_can_be_stopped() {
    page_->cost()->search_button()->click();
    QVERIFY(page_->searcher()->running());
    page_->cost()->search_button()->click();
    QVERIFY(!page_->searcher()->running());
    QTRY_VERIFY_WITH_TIMEOUT(page_->settled(), 30000);
    QVERIFY(page_->searcher()->found() == nullptr);
  }

  void reliability_counts_every_sample() {
    QString name;
    const DecisionFigures* figures = analysis().calibrated(&name);
    QVERIFY(figures != nullptr);
    QCOMPARE(figures->reliability.size(), std::size_t{15});
    std::int64_t samples = 0;
    double distance = 0;
    for (const ReliabilityBin& bin : figures->reliability) {
      samples += bin.samples;
      if (bin.samples > 0)
        distance += static_cast<double>(bin.samples) * std::abs(bin.confidence - bin.accuracy);
    }
    QCOMPARE(samples, shown_samples);
    QVERIFY(std::abs(distance / static_cast<double>(samples) - *figures->value("ece")) < 1e-12);
  }

  void a_cell_opens_its_images() {
    const auto& pairs = analysis().confusion().wrong_pairs();
    QVERIFY(!pairs.empty());
    const ConfusionMatrix::Pair pair = pairs.front();
    QVERIFY(page_->confusion()->is_matrix());
    click(page_->confusion()->viewport(),
          page_->confusion()->cell_rect(pair.truth, pair.label).center());
    auto* failures = window_->page<FailuresPage>();
    QVERIFY(window_->current_page() == failures);
    QCOMPARE(static_cast<std::int64_t>(failures->content().size()), pair.samples);
    for (std::size_t row = 0; row < failures->content().size(); ++row) {
      const std::uint32_t sample = failures->content().item(row).sample();
      QCOMPARE(review().votes().labels[sample], pair.truth);
      QCOMPARE(review().decisions().label[sample], pair.label);
      QVERIFY(review().decisions().verdict[sample] == Verdict::undetected);
    }
  }

  void pairs_of_voters_open_what_tells_them_apart() {
    const VoteTable& votes = review().votes();
    find<QTabBar>("matrix_tabs")->setCurrentIndex(1);
    QVERIFY(page_->pairs()->isVisible());
    // Voter 9 is the weakest model; counted here by hand.
    std::int64_t differ = 0;
    std::set<std::uint32_t> wanted;
    for (std::uint32_t i = 0; i < votes.samples(); ++i) {
      const ClassIndex first = votes.voters[0].predicted[i], second = votes.voters[9].predicted[i];
      differ += first != second;
      if (first != votes.labels[i] && second == votes.labels[i]) wanted.insert(i);
    }
    QVERIFY(wanted.size() > 1);
    QCOMPARE(page_->pairs()->cell_text(0, 9),
             decimal(100 * static_cast<double>(differ) / static_cast<double>(shown_samples), 1));
    QVERIFY(page_->pairs()->read_out(0, 9).contains(
        with_thousands(static_cast<qint64>(wanted.size()))));
    click(page_->pairs()->viewport(), page_->pairs()->cell_rect(0, 9).center());
    auto* failures = window_->page<FailuresPage>();
    QVERIFY(window_->current_page() == failures);
    std::set<std::uint32_t> shown;
    for (std::size_t row = 0; row < failures->content().size(); ++row)
      shown.insert(failures->content().item(row).sample());
    QVERIFY(shown == wanted);
    auto* voters = failures->findChild<QComboBox*>(QStringLiteral("agreement"));
    QVERIFY(voters->currentText().contains(QStringLiteral("wrong")));
    // Another choice of the box lets go of it.
    voters->setCurrentIndex(0);
    Q_EMIT voters->activated(0);
    QCOMPARE(failures->content().size(), static_cast<std::size_t>(shown_samples));
  }

  void views_say_what_they_correct_and_corrupt() {
    const VoteTable& votes = review().votes();
    find<QTabBar>("matrix_tabs")->setCurrentIndex(2);
    const auto& effects = page_->effects()->effects();
    QCOMPARE(effects.size(), std::size_t{8});  // four models, two views beside the identity
    for (const auto& effect : effects) {
      QCOMPARE(effect.reference, effect.voter / 3 * 3);
      std::int64_t corrected = 0, corrupted = 0;
      for (std::size_t i = 0; i < votes.samples(); ++i) {
        const bool before = votes.voters[effect.reference].predicted[i] == votes.labels[i];
        const bool after = votes.voters[effect.voter].predicted[i] == votes.labels[i];
        corrected += !before && after;
        corrupted += before && !after;
      }
      QCOMPARE(effect.corrected, corrected);
      QCOMPARE(effect.corrupted, corrupted);
    }
    const auto effect = effects.back();
    QVERIFY(effect.corrupted > 0);
    click(page_->effects()->viewport(),
          page_->effects()->number_rect(effects.size() - 1, true).center());
    auto* failures = window_->page<FailuresPage>();
    QVERIFY(window_->current_page() == failures);
    QCOMPARE(static_cast<std::int64_t>(failures->content().size()), effect.corrupted);
  }

  void a_saved_decision_stands_in_the_tree_and_is_chosen_on_failures() {
    // Not a moment ago saved ones of other tests: names of their own.
    find<QDoubleSpinBox>("thr_conf")->setValue(0.83);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000);
    const std::string wanted = to_string(review().policy());
    QVERIFY(page_->selection()->save(QStringLiteral("strict one"), true).has_value());
    window_->reload_study();
    review().set_policy("mean");
    review().set_voters({0, 1, 2});
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000);
    auto* tree = window_->findChild<QTreeView*>(QStringLiteral("study_tree"));
    const auto found = tree->model()->match(tree->model()->index(0, 0), Qt::DisplayRole,
                                            QStringLiteral("strict one"), 1,
                                            Qt::MatchExactly | Qt::MatchRecursive);
    QCOMPARE(found.size(), 1);
    click(tree->viewport(), tree->visualRect(found.front()).center());
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000);
    QVERIFY(window_->current_page() == page_);  // a page about decisions stays
    QCOMPARE(to_string(review().policy()), wanted);
    QCOMPARE(review().policy_voters(), (std::vector<std::size_t>{0, 3, 6, 9}));
    window_->undo_stack()->undo();
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000);
    QCOMPARE(review().policy_voters(), (std::vector<std::size_t>{0, 1, 2}));
    // On Failures it is an entry of the box of policies.
    QVERIFY(window_->go({.page = QStringLiteral("failures")}).has_value());
    auto* kinds =
        window_->page<FailuresPage>()->findChild<QComboBox*>(QStringLiteral("policy"));
    const int entry = kinds->findText(QStringLiteral("strict one"));
    QVERIFY(entry > 0);
    kinds->setCurrentIndex(entry);
    Q_EMIT kinds->activated(entry);
    QCOMPARE(to_string(review().policy()), wanted);
    QCOMPARE(kinds->currentText(), QStringLiteral("strict one"));
    // No name of a policy is cut.
    QVERIFY(kinds->width() >= kinds->sizeHint().width());
  }

  void what_learns_is_fitted_on_validation_and_says_so() {
    auto* kinds = find<QComboBox>("policy");
    const int entry = kinds->findText(QStringLiteral("learned"));
    kinds->setCurrentIndex(entry);
    Q_EMIT kinds->activated(entry);
    QTRY_COMPARE(QString::fromUtf8(review().policy().kind().name.data()),
                 QStringLiteral("learned"));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000);
    QCOMPARE(fitted_on(review().bound_policy()), std::vector<std::string>{"validation"});
    // Its decisions are those of the same fit without any widget.
    const Study study = *Study::open(folder_, Access::read_only);
    const RunInfo run = *study.run("r1");
    const RunVotes votes = *load_votes(study, run, "test");
    const auto held = open_run(folder_, "r1", "validation");
    const std::vector<std::size_t> voters = {0, 3, 6, 9};
    const auto bound = held->source->fit(*make_policy("learned", 4), voters, {});
    QVERIFY(bound.has_value());
    QCOMPARE(review().decisions().counts.by_verdict,
             decide_run(study, run, "test", votes, voters, *bound)->counts.by_verdict);
    QVERIFY(page_->panel()->stages()->learned_text().startsWith(
        QStringLiteral("Fitted on validation")));
    const auto before = review().bound_policy().learned;
    window_->undo_stack()->undo();
    QCOMPARE(QString::fromUtf8(review().policy().kind().name.data()), QStringLiteral("polygraph"));
    window_->undo_stack()->redo();
    QVERIFY(review().bound_policy().learned == before);
  }

  void the_list_has_the_pairs_that_matter_first() {
    page_->confusion()->set_listed(true);
    QVERIFY(!page_->confusion()->is_matrix());
    const auto pairs = analysis().confusion().wrong_pairs();
    QVERIFY(std::ranges::is_sorted(pairs, std::ranges::greater(), &ConfusionMatrix::Pair::samples));
    page_->confusion()->setFocus();
    QTest::keyClick(page_->confusion(), Qt::Key_Down);
    QTest::keyClick(page_->confusion(), Qt::Key_Return);
    auto* failures = window_->page<FailuresPage>();
    QVERIFY(window_->current_page() == failures);
    QCOMPARE(static_cast<std::int64_t>(failures->content().size()), pairs[1].samples);
  }

  void plots_leave_as_pictures_and_numbers() {
    const QTemporaryDir out;
    for (DecisionPlot* plot : page_->findChildren<DecisionPlot*>()) {
      for (const char* ending : {"pdf", "svg", "png"}) {
        const QString file = out.filePath(QStringLiteral("p.") + QString::fromLatin1(ending));
        QVERIFY(plot->save(file));
        QVERIFY(QFile(file).size() > 500);
      }
      QVERIFY(!plot->save(out.filePath(QStringLiteral("nowhere/p.svg"))));
      const QString file = out.filePath(QStringLiteral("p.json"));
      QVERIFY(plot->save_numbers(file));
      QFile json(file);
      QVERIFY(json.open(QIODevice::ReadOnly));
      const QJsonObject all = QJsonDocument::fromJson(json.readAll()).object();
      QVERIFY(all["command"].toString().startsWith(QStringLiteral("plumbline-engine decide ")));
      // Where nothing was searched for, cost has the policy and the baseline alone.
      QVERIFY(all["rows"].toArray().size() > (plot == page_->cost() ? 1 : 3));
      QVERIFY(plot->save_numbers(out.filePath(QStringLiteral("p.csv"))));
      QFile csv(out.filePath(QStringLiteral("p.csv")));
      QVERIFY(csv.open(QIODevice::ReadOnly));
      QCOMPARE(csv.readAll().count("\r\n"), all["rows"].toArray().size() + 1);
    }
  }

  void without_validation_a_line_says_which_run_would_fill_it() {
    window_.reset();
    open(alone_);
    // What learns has nowhere to learn, and says what would help.
    QSignalSpy failed(&review(), &RunReview::failed);
    review().set_policy("learned");
    QVERIFY(failed.wait(20000));
    const auto error = failed.front().front().value<Error>();
    QVERIFY(error.message.find("learns from a split other than 'test'") != std::string::npos);
    QVERIFY(error.hint.find("run the same voters") != std::string::npos);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000);
    QCOMPARE(QString::fromUtf8(review().policy().kind().name.data()), QStringLiteral("polygraph"));
    QCOMPARE(cell("coverage", FigureModel::validation), QString(no_value));
    QCOMPARE(cell("coverage", FigureModel::drift), QString(no_value));
    QVERIFY(find<QLabel>("figures_lack")->isVisible());
    QVERIFY(find<QLabel>("figures_lack")->text().contains(QStringLiteral("shapes")));
    QVERIFY(!find<QPushButton>("select_parameters")->isEnabled());
  }

  void without_a_run_it_says_what_to_do() {
    const MainWindow window(nullptr);
    const auto* page = window.page<DecisionPage>();
    QVERIFY(page->findChild<QLabel*>(QStringLiteral("decision_notice"))
                ->text()
                .contains(QStringLiteral("Open a study")));
  }
};

int test_decision_page(int argc, char** argv) {
  TestDecisionPage test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_decision_page.moc"

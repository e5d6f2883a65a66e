#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSlider>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

#include <algorithm>
#include <cmath>

#include "core/review/figures.h"
#include "core/study/decide_run.h"
#include "tests/widgets/decision_page_fixture.h"
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
#include "widgets/decision_page/voter_searcher.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/page/settings.h"
#include "widgets/plot/plot_label.h"
#include "widgets/style/colours.h"
#include "widgets/text/numbers.h"
#include "widgets/window/main_window.h"

using namespace plumbline;

/// Figures, plots and choices of the Decision page.
class TestDecisionPage : public DecisionPageFixture {
  Q_OBJECT

 private Q_SLOTS:
  void the_policys_figures_are_not_below_a_scroll_bar() {
    const auto* area = find<QScrollArea>("policy_panel_area");
    const int whole = area->viewport()->width();
    QVERIFY(!area->verticalScrollBar()->isVisible());
    window_->resize(1024, 700);
    QTRY_VERIFY(area->verticalScrollBar()->isVisible());
    QTRY_COMPARE(area->viewport()->width(), whole);
    QCOMPARE(window_->size(), QSize(1024, 700));
    window_->resize(1600, 1000);
    QTRY_VERIFY(!area->verticalScrollBar()->isVisible());
    QTRY_COMPARE(area->width(), whole);
  }

  void figures_are_near_their_names() {
    window_->resize(2560, 1440);
    QCoreApplication::processEvents();
    const auto* table = find<QTableView>("figures_table");
    const int names = table->columnWidth(FigureModel::name);
    QVERIFY2(names >= 180 && names <= 320, qPrintable(QString::number(names)));
    // Heads say less where there is less room, rather than a part of everything.
    const auto heads_fit = [&] {
      QCoreApplication::processEvents();
      const QFontMetrics metrics(table->horizontalHeader()->font());
      for (const auto column : {FigureModel::validation, FigureModel::shown, FigureModel::baseline})
        if (metrics.horizontalAdvance(
                table->model()->headerData(column, Qt::Horizontal).toString()) +
                16 >
            table->columnWidth(column))
          return false;
      return true;
    };
    QVERIFY(heads_fit());
    window_->resize(1280, 800);
    QTRY_VERIFY(heads_fit());
  }

  void words_of_a_plot_are_not_cut_off() {
    QCustomPlot plot;
    const QRectF bounds(40, 10, 250, 170);
    auto* label = new PlotLabel(&plot);
    label->position->setType(QCPItemPosition::ptAbsolute);
    label->set_lines({{QStringLiteral("polygraph(0.8751, 4) 72, −35 (−33 %)"), Qt::black, true}});
    label->set_sides({{Qt::AlignRight | Qt::AlignBottom, 5}, {Qt::AlignLeft | Qt::AlignTop, 5}});
    const auto place = [&](QPointF at) {
      std::vector<QRectF> taken;
      label->position->setCoords(at);
      place_labels({label}, taken, bounds);
      return label->box();
    };
    // Where there is room the words stand at their point.
    const QRectF usual = place({60, 100});
    QCOMPARE(usual.topLeft(), QPointF(65, 105));
    // Where there is none at any side they move as little as it takes.
    for (const QPointF at : {QPointF(170, 100), QPointF(200, 175), QPointF(120, 178)}) {
      const QRectF box = place(at);
      QVERIFY(box.width() > 150);
      QVERIFY2(bounds.contains(box), qPrintable(QString::number(at.x())));
    }
    // What has left the axes does not point at their edge.
    QVERIFY(!bounds.intersects(place({600, 100})));
  }

  void words_of_two_near_marks_keep_apart() {
    QCustomPlot plot;
    const QRectF bounds(0, 0, 216, 95);  // of the front in a window of 1024 pixels
    PlotLabel *decision = new PlotLabel(&plot), *baseline = new PlotLabel(&plot);
    for (PlotLabel* label : {decision, baseline})
      label->position->setType(QCPItemPosition::ptAbsolute);
    decision->set_lines(
        {{QStringLiteral("polygraph(0.8751, 4) 72, −35 (−33 %)"), Qt::black, true}});
    baseline->set_lines({{QStringLiteral("mcp(0.91) 107"), Qt::black}});
    decision->set_sides(FrontPlot::sides_of_decision());
    baseline->set_sides(FrontPlot::sides_of_baseline());
    const QPointF mark(101, 81);
    for (const double higher : {0.0, 7.0, 16.0}) {
      decision->position->setCoords(mark);
      baseline->position->setCoords(mark - QPointF(0, higher));
      std::vector<QRectF> taken{QRectF(mark - QPointF(6, 6), QSizeF(12, 12))};
      place_labels({decision, baseline}, taken, bounds);
      QVERIFY2(!decision->box().intersects(baseline->box()), qPrintable(QString::number(higher)));
      QVERIFY(bounds.contains(baseline->box()));
    }
  }

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

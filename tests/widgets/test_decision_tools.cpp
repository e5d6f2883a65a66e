#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QStandardItemModel>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>
#include <QUndoStack>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/decision/staging.h"
#include "core/selection/operating_points.h"
#include "core/stress/damage.h"
#include "core/study/decide_run.h"
#include "core/study/hold_split.h"
#include "core/study/run_energies.h"
#include "tests/widgets/decision_page_fixture.h"
#include "tests/widgets/tests.h"
#include "widgets/decision_page/cost_plot.h"
#include "widgets/decision_page/damage_analysis.h"
#include "widgets/decision_page/damage_panel.h"
#include "widgets/decision_page/decision_analysis.h"
#include "widgets/decision_page/decision_page.h"
#include "widgets/decision_page/figure_model.h"
#include "widgets/decision_page/front_plot.h"
#include "widgets/decision_page/policy_panel.h"
#include "widgets/decision_page/select_panel.h"
#include "widgets/decision_page/stage_panel.h"
#include "widgets/decision_page/stress_view.h"
#include "widgets/decision_page/view_effects_view.h"
#include "widgets/decision_page/voter_pairs_view.h"
#include "widgets/decision_page/voter_searcher.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/style/colours.h"
#include "widgets/text/numbers.h"
#include "widgets/window/main_window.h"

using namespace plumbline;

/// What the Decision page finds, fits and keeps: voters, stages, pairs, views, saved decisions.
class TestDecisionTools : public DecisionPageFixture {
  Q_OBJECT

 private Q_SLOTS:
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
    click(cost->plot(),
          cost->pixel(chosen.least_cost(), static_cast<double>(chosen.shown.undetected)));
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

  void costs_may_be_counted_in_energy() {
    CostPlot* cost = page_->cost();
    QComboBox* axis = cost->axis_box();
    const auto* items = qobject_cast<QStandardItemModel*>(axis->model());
    QVERIFY(!items->item(1)->isEnabled());
    QVERIFY2(axis->toolTip().contains(QStringLiteral("no energy was measured")),
             qPrintable(axis->toolTip()));
    QCOMPARE(axis->currentIndex(), 0);
    const double voters = *cost->cost();  // nothing was timed: four voters
    {
      const Study study = *Study::open(folder_, Access::read_write);
      const RunInfo run = *study.run("r1");
      RunEnergies energies{"NVIDIA H200", "NVML", "2026-11-29T18:00:00Z", 74, {}, {}};
      for (std::size_t v = 0; v < run.voters.size(); ++v) {
        const double joules = 100.0 * static_cast<double>(v + 1);
        energies.voters.emplace_back(VoterEnergy{joules, 1, 10, 1, 64, 5});
        energies.reasons.emplace_back();
      }
      QVERIFY(write_run_energies(study, run, energies).has_value());
    }
    open(folder_);
    std::filesystem::remove_all(folder_ / "energies");
    cost = page_->cost();
    axis = cost->axis_box();
    items = qobject_cast<QStandardItemModel*>(axis->model());
    QVERIFY(items->item(1)->isEnabled());
    QCOMPARE(*cost->cost(), voters);
    axis->setCurrentIndex(1);
    Q_EMIT axis->activated(1);
    QCOMPARE(analysis().cost_axis(), CostAxis::energy);
    // Voters 0, 3, 6 and 9: 100 + 400 + 700 + 1,000 J, of which the first has 100.
    QVERIFY(std::abs(*cost->cost() - 22) < 1e-9);
    QVERIFY2(cost->plot()->xAxis->label().contains(QStringLiteral("100.00 J for 1,000 images")),
             qPrintable(cost->plot()->xAxis->label()));
    // Choices that are found then cost energy.
    cost->search_button()->click();
    QTRY_VERIFY_WITH_TIMEOUT(page_->settled(), 60000);
    const VoterSearch* found = page_->searcher()->found();
    QVERIFY(found != nullptr && found->timed);
    for (const VoterChoice& choice : found->choices) {
      double joules = 0;
      for (const std::size_t voter : choice.voters)
        joules += 100.0 * static_cast<double>(voter + 1);
      QVERIFY(std::abs(choice.cost - joules / 100) < 1e-9);
    }
    axis->setCurrentIndex(0);
    Q_EMIT axis->activated(0);
    QVERIFY(page_->searcher()->found() == nullptr);
    QCOMPARE(*cost->cost(), voters);
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

  void conditions_are_drawn_and_open_their_failures() {
    find<QTabBar>("matrix_tabs")->setCurrentIndex(3);
    StressView* stress = page_->stress();
    QTRY_VERIFY_WITH_TIMEOUT(stress->is_current() && stress->settled(), 30000);
    QCOMPARE(stress->curves().size(), std::size_t{2});
    QCOMPARE(stress->curves()[0].family, std::string("noise"));
    QCOMPARE(stress->curves()[0].points.size(), std::size_t{3});
    const Study study = *Study::open(folder_, Access::read_only);
    const RunInfo run = *study.run("r1");
    const std::vector<std::size_t> voters = {0, 3, 6, 9};
    for (const SeverityCurve& curve : stress->curves())
      for (const SeverityPoint& point : curve.points) {
        const RunInfo seen = under(run, point.condition);
        const RunVotes votes = *load_votes(study, seen, "test");
        const Decisions decisions =
            *decide_run(study, seen, "test", votes, voters, review().bound_policy());
        QCOMPARE(point.policy.counts.by_verdict, decisions.counts.by_verdict);
        QVERIFY(point.baseline.has_value() && point.complete);
      }
    // The baseline is fixed where it keeps as many on the run as it is.
    QCOMPARE(stress->curves()[0].points[0].baseline->counts[Verdict::undetected],
             analysis().baseline_point()->undetected);
    // Also beside voters of which it is none: it is the run's first voter, as on the whole page.
    review().set_voters({3, 6, 9});
    QTRY_VERIFY_WITH_TIMEOUT(stress->is_current() && window_->settled(), 30000);
    const auto& clean = stress->curves()[0].points[0].baseline->counts;
    QCOMPARE(clean[Verdict::kept], analysis().baseline_point()->kept);
    QCOMPARE(clean[Verdict::undetected], analysis().baseline_point()->undetected);
    review().set_voters(voters);
    QTRY_VERIFY_WITH_TIMEOUT(stress->is_current() && window_->settled(), 30000);
    // A worse camera, fewer right: the study is drawn so.
    QVERIFY(stress->curves()[0].points[2].policy.counts.accuracy() <
            stress->curves()[0].points[0].policy.counts.accuracy());
    // A drag fades it.
    auto* slider = find<QSlider>("thr_conf_slider");
    slider->setSliderDown(true);
    slider->setSliderPosition(640);
    QVERIFY(!stress->is_current());
    slider->setSliderDown(false);
    QTRY_VERIFY_WITH_TIMEOUT(stress->is_current() && window_->settled(), 30000);
    const std::string policy = to_string(review().policy());
    const VerdictCounts expected = stress->curves()[0].points[2].policy.counts;
    click(stress->viewport(), stress->point_rect(0, 2).center());
    QTRY_VERIFY_WITH_TIMEOUT(window_->review() != nullptr && window_->settled(), 30000);
    QVERIFY(window_->current_page() == window_->page<FailuresPage>());
    QCOMPARE(to_string(review().run().info.condition), std::string("noise=8"));
    QCOMPARE(to_string(review().policy()), policy);
    QCOMPARE(review().decisions().counts.by_verdict, expected.by_verdict);
    // And back.
    QVERIFY(window_->go({.page = QStringLiteral("decision"), .condition = QStringLiteral("none")})
                .has_value());
    QTRY_VERIFY_WITH_TIMEOUT(window_->review() != nullptr && window_->settled(), 30000);
    QVERIFY(review().run().info.condition == View());
  }

  void a_damaged_voter_redraws_verdicts_and_front() {
    find<QTabBar>("matrix_tabs")->setCurrentIndex(3);
    auto* damage = page_->damage();
    auto* voter = find<QComboBox>("damaged_voter");
    auto* kind = find<QComboBox>("damage_kind");
    auto* rate = find<QSpinBox>("damage_rate");
    QVERIFY(voter->isVisible() && !rate->isEnabled());
    QCOMPARE(voter->count(), 5);  // nobody, and the four that decide
    QVERIFY(damage->outcome() == nullptr && page_->damage_panel()->outcome().isEmpty());
    const auto choose = [](QComboBox* box, int entry) {
      box->setCurrentIndex(entry);
      Q_EMIT box->activated(entry);
    };
    // What core/ says of the same damage, without any widget.
    const Study study = *Study::open(folder_, Access::read_only);
    const RunInfo run = *study.run("r1");
    const auto expect = [&](DamageKind how, double share, ClassIndex constant) {
      const std::vector<std::size_t> voters = review().policy_voters();
      const auto held = *hold_split(study, run, "test", voters, true);
      const Damage said{run.voters[3], how, share, 0, constant};
      const DamagedSplit damaged =
          damage_voter(held.split, 1, said, review().run().dataset.classes.size());
      Decisions decisions;
      decide(review().bound_policy(), damaged.split, decisions);
      QVERIFY(damage->outcome() != nullptr && damage->is_current());
      QCOMPARE(damage->outcome()->hit, damaged.hit);
      QCOMPARE(damage->outcome()->counts.by_verdict, decisions.counts.by_verdict);
      const CountVerdicts count = [&](const BoundPolicy& at) {
        Decisions moved;
        decide(at, damaged.split, moved);
        return moved.counts;
      };
      QVERIFY(damage->outcome()->curve.front ==
              pareto_front(review().bound_policy(), damaged.split.votes, decisions, count));
      const QString words = page_->damage_panel()->outcome();
      QVERIFY2(words.contains(tr("undetected %1 → %2")
                                  .arg(with_thousands(analysis().counts()[Verdict::undetected]),
                                       with_thousands(decisions.counts[Verdict::undetected]))),
               qPrintable(words));
      QVERIFY(!page_->damage_panel()->is_faded());
      // The front plot has both fronts.
      std::size_t drawn = 0;
      for (const auto& row : page_->front()->table().rows)
        drawn += row.front().toString() == QStringLiteral("front, with a voter damaged");
      QCOMPARE(drawn, damage->outcome()->curve.front.size());
    };
    choose(voter, 2);
    QVERIFY(!damage->settled() && page_->damage_panel()->is_faded());
    QTRY_VERIFY_WITH_TIMEOUT(damage->settled() && window_->settled(), 30000);
    expect(DamageKind::noise, 0.2, 0);
    const std::int64_t few = damage->outcome()->hit;
    rate->setValue(100);
    QTRY_VERIFY_WITH_TIMEOUT(damage->settled() && damage->is_current(), 30000);
    expect(DamageKind::noise, 1, 0);
    QVERIFY(damage->outcome()->hit > 3 * few);
    auto* constant = find<QComboBox>("damage_class");
    QVERIFY(!constant->isVisible());
    choose(kind, 1);
    QVERIFY(constant->isVisible());
    choose(constant, 2);
    QTRY_VERIFY_WITH_TIMEOUT(damage->settled() && damage->is_current(), 30000);
    expect(DamageKind::constant, 1, 2);
    choose(kind, 2);
    QTRY_VERIFY_WITH_TIMEOUT(damage->settled() && damage->is_current(), 30000);
    expect(DamageKind::shuffle, 1, 0);
    // A drag fades it; it follows once the slider rests. So do distributions.
    auto* slider = find<QSlider>("thr_conf_slider");
    slider->setSliderDown(true);
    slider->setSliderPosition(640);
    QVERIFY(!damage->is_current() && page_->damage_panel()->is_faded());
    slider->setSliderDown(false);
    QTRY_VERIFY_WITH_TIMEOUT(damage->settled() && damage->is_current(), 30000);
    expect(DamageKind::shuffle, 1, 0);
    review().set_policy("mean");
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && damage->is_current(), 30000);
    expect(DamageKind::shuffle, 1, 0);
    // Who no longer decides is no longer damaged.
    review().set_voters({0, 6});
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), 30000);
    QVERIFY(!damage->damage() && damage->outcome() == nullptr);
    QCOMPARE(voter->currentIndex(), 0);
    QVERIFY(page_->damage_panel()->outcome().isEmpty());
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
    auto* kinds = window_->page<FailuresPage>()->findChild<QComboBox*>(QStringLiteral("policy"));
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
};

int test_decision_tools(int argc, char** argv) {
  TestDecisionTools test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_decision_tools.moc"

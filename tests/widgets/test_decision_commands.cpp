#include <QJsonArray>
#include <QTableView>

#include <cmath>
#include <string>

#include "tests/widgets/figure_commands_fixture.h"
#include "tests/widgets/tests.h"
#include "widgets/decision_page/costs_view.h"
#include "widgets/decision_page/decision_analysis.h"
#include "widgets/decision_page/decision_page.h"
#include "widgets/decision_page/figure_model.h"
#include "widgets/decision_page/harm_analysis.h"
#include "widgets/decision_page/policy_panel.h"
#include "widgets/decision_page/stage_panel.h"
#include "widgets/text/numbers.h"

using namespace plumbline;

/// What the Decision page draws beside its figures, against what its commands print.
class TestDecisionCommands : public FigureCommandsFixture {
  Q_OBJECT

 private Q_SLOTS:
  void what_is_confused() {
    open(folder_, "decision");
    auto* page = window_->page<DecisionPage>();
    const OpenedRun& run = window_->review()->run();
    const auto confusion =
        printed_for("decision.confusion", figure_source_at(*page, {}))["confusion"].toObject();
    const ConfusionMatrix& matrix = page->analysis()->confusion();
    const auto right = confusion["right"].toArray(), wrong = confusion["wrong"].toArray();
    QCOMPARE(right.size(), qsizetype(matrix.classes()));
    for (qsizetype i = 0; i < right.size(); ++i) {
      const auto index = static_cast<ClassIndex>(i);
      const auto cell = right[i].toObject();
      QCOMPARE(cell["class"].toString(), text_of(run.class_name(index)));
      QCOMPARE(cell["samples"].toInt(), int(matrix.right(index)));
    }
    QVERIFY(!wrong.isEmpty());
    QCOMPARE(wrong.size(), qsizetype(matrix.wrong_pairs().size()));
    for (qsizetype i = 0; i < wrong.size(); ++i) {
      const auto& pair = matrix.wrong_pairs()[static_cast<std::size_t>(i)];
      const auto cell = wrong[i].toObject();
      QCOMPARE(cell["true"].toString(), text_of(run.class_name(pair.truth)));
      QCOMPARE(cell["label"].toString(), text_of(run.class_name(pair.label)));
      QCOMPARE(cell["samples"].toInt(), int(pair.samples));
    }
  }

  /// Of votes another policy's bins are drawn; of a mean its own.
  void how_sure_and_how_right() {
    open(folder_, "decision");
    auto* page = window_->page<DecisionPage>();
    const auto hold_bins = [](const QJsonArray& bins, const DecisionFigures& figures) {
      QCOMPARE(bins.size(), qsizetype(figures.reliability.size()));
      for (qsizetype i = 0; i < bins.size(); ++i) {
        const ReliabilityBin& bin = figures.reliability[static_cast<std::size_t>(i)];
        const auto own = bins[i].toObject();
        QCOMPARE(own["samples"].toInt(), int(bin.samples));
        QCOMPARE(own["right"].toInt(), int(bin.right));
        if (bin.samples == 0) continue;
        QVERIFY(is_near(own["confidence"].toDouble(), bin.confidence));
        QVERIFY(is_near(own["accuracy"].toDouble(), bin.accuracy));
        QVERIFY(is_near(own["interval"].toArray()[0].toDouble(), bin.interval.low));
        QVERIFY(is_near(own["interval"].toArray()[1].toDouble(), bin.interval.high));
      }
    };
    for (const char* policy : {"polygraph", "mean"}) {
      window_->review()->set_policy(policy);
      QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), commands_patience);
      QString name;
      const DecisionFigures* drawn = page->analysis()->calibrated(&name);
      QVERIFY(drawn != nullptr);
      QCOMPARE(page->analysis()->calibrated_line() != nullptr, policy == std::string("polygraph"));
      const auto printed = printed_for("decision.reliability", figure_source_at(*page, {}));
      QVERIFY(printed["policy"].toString().startsWith(name));
      QVERIFY(is_near(printed["ece"].toDouble(), *drawn->value("ece")));
      const auto reliability = printed["reliability"].toObject();
      hold_bins(reliability["bins"].toArray(), *drawn);
      const DecisionFigures& baseline = *page->analysis()->baseline().figures;
      const auto beside = reliability["baseline"].toObject();
      QVERIFY(is_near(beside["ece"].toDouble(), *baseline.value("ece")));
      hold_bins(beside["bins"].toArray(), baseline);
    }
  }

  void who_is_asked_how_often() {
    open(folder_, "decision");
    auto* page = window_->page<DecisionPage>();
    RunReview& review = *window_->review();
    review.set_staged(true);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && review.is_staged(), commands_patience);
    const auto hold = [&] {
      const auto printed = printed_for("decision.stages", figure_source_at(*page, {}));
      const auto stages = printed["stages"].toArray();
      const QStringList shown = page->panel()->stages()->stage_texts();
      QVERIFY(!shown.isEmpty());
      QCOMPARE(stages.size(), shown.size());
      for (qsizetype i = 0; i < shown.size(); ++i) {
        const auto stage = stages[i].toObject();
        QCOMPARE(stage["voter"].toString() + u' ' + percent(stage["share"].toDouble()), shown[i]);
      }
    };
    hold();
    // Its order stays while the threshold moves, in the command too.
    review.set_value(0, 0.95, true);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), commands_patience);
    hold();
  }

  void what_errors_cost() {
    open(folder_, "decision");
    auto* page = window_->page<DecisionPage>();
    RunReview& review = *window_->review();
    const ConfusionMatrix::Pair pair = page->analysis()->confusion().wrong_pairs().front();
    CostMatrix costs = *review.costs().matrix;
    costs.costs[pair.truth * costs.size() + pair.label] = 20;
    review.set_costs({std::make_shared<const CostMatrix>(costs), 0.3});
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), commands_patience);
    const FigureSource source = figure_source_at(*page, {});
    const auto printed = printed_for("decision.harm", source);
    QVERIFY(is_near(printed["harm"].toDouble(), *page->harm()->harm()));
    QVERIFY(page->costs()->summary().contains(decimal(printed["harm"].toDouble(), 4)));
    const auto own = printed_for("decision.costs", source)["costs"].toObject();
    QCOMPARE(own["reject"].toDouble(), 0.3);
    const auto changed = own["changed"].toArray();
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed[0].toObject()["true"].toString(),
             text_of(review.run().class_name(pair.truth)));
    QCOMPARE(changed[0].toObject()["label"].toString(),
             text_of(review.run().class_name(pair.label)));
    QCOMPARE(changed[0].toObject()["cost"].toDouble(), 20.0);
    // Other figures have their command as before.
    QCOMPARE(printed_for("kept_correct", source)["kept_correct"].toInt(),
             int(page->analysis()->counts()[Verdict::kept]));
    // The row of the figures: here, on validation, between both, and the baseline's.
    const FigureModel& figures = *page->figures();
    const auto* table = page->findChild<QTableView*>(QStringLiteral("figures_table"));
    QVERIFY(table != nullptr);
    const auto cell = [&](FigureModel::Column column) {
      return figures.index(figures.row_of("harm"), column);
    };
    const auto printed_of = [&](FigureModel::Column column) {
      return printed_for(qPrintable(cell(column).data(figure_role).toString()),
                         figure_source_of_item(*table, cell(column)));
    };
    for (const auto column : {FigureModel::shown, FigureModel::validation, FigureModel::baseline})
      // Both sum in their own order: half a last digit may fall on either side.
      QVERIFY2(std::abs(cell(column).data().toString().toDouble() -
                        printed_of(column)["harm"].toDouble()) < 0.5e-4 + 1e-9,
               qPrintable(cell(column).data().toString()));
    const double drift = printed_of(FigureModel::drift)["drift"]
                             .toObject()["harm"]
                             .toObject()["difference"]
                             .toDouble();
    QCOMPARE(cell(FigureModel::drift).data().toString(),
             (drift >= 0 ? QStringLiteral("+") : QString()) + decimal(drift, 4));
    const auto interval =
        printed_of(FigureModel::shown_half)["intervals"].toObject()["harm"].toArray();
    QCOMPARE(
        cell(FigureModel::shown_half).data().toString(),
        QStringLiteral("± ") + decimal((interval[1].toDouble() - interval[0].toDouble()) / 2, 4));
  }
};

int test_decision_commands(int argc, char** argv) {
  TestDecisionCommands test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_decision_commands.moc"

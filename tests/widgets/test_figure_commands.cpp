#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QProcess>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

#include <algorithm>
#include <cmath>
#include <memory>
#include <tuple>

#include <nlohmann/json.hpp>

#include "core/jobs/job.h"
#include "core/review/box_review.h"
#include "tests/support/box_study.h"
#include "tests/widgets/figure_commands_fixture.h"
#include "tests/widgets/tests.h"
#include "widgets/compare/compare_page.h"
#include "widgets/compare/compare_side.h"
#include "widgets/decision/run_review.h"
#include "widgets/decision_page/damage_analysis.h"
#include "widgets/decision_page/decision_analysis.h"
#include "widgets/decision_page/decision_page.h"
#include "widgets/decision_page/figure_model.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/gallery_content.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/inspector/class_probabilities.h"
#include "widgets/inspector/sample_inspector.h"
#include "widgets/inspector/vote_table.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_table_model.h"
#include "widgets/page/settings.h"
#include "widgets/plot/qcustomplot.h"
#include "widgets/runs/accuracy_plot.h"
#include "widgets/runs/live_voter_model.h"
#include "widgets/runs/run_progress.h"
#include "widgets/runs/runs_page.h"
#include "widgets/runs/training_plot.h"
#include "widgets/runs/voter_choice_model.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"
#include "widgets/window/main_window.h"

using namespace plumbline;

/// The command that a figure's tooltip names prints what the window shows.
class TestFigureCommands : public FigureCommandsFixture {
  Q_OBJECT

  /// Everything on the Compare page, against what its command prints.
  void hold_comparison() {
    auto* page = window_->page<ComparePage>();
    QTRY_VERIFY_WITH_TIMEOUT(page->comparison() != nullptr && page->settled(), commands_patience);
    const Comparison& shown = *page->comparison();
    const auto printed = printed_for("compare.summary", figure_source_at(*page, {}));
    QCOMPARE(printed["gained"].toInt(), int(shown[Change::gained]));
    QCOMPARE(printed["lost"].toInt(), int(shown[Change::lost]));
    QCOMPARE(printed["changed"].toInt(), int(shown[Change::changed]));
    QCOMPARE(printed["same"].toInt(), int(shown[Change::same]));
    const auto hold = [](const QJsonObject& row, const ClassComparison& entry) {
      const ComparedShares shares = shares_of(entry);
      QCOMPARE(row["items"].toInt(), int(entry.items));
      QCOMPARE(row["undetected_first"].toInt(), int(entry.undetected_first));
      QCOMPARE(row["undetected_second"].toInt(), int(entry.undetected_second));
      QCOMPARE(row["gained"].toInt(), int(entry.gained));
      QCOMPARE(row["lost"].toInt(), int(entry.lost));
      QVERIFY(is_near(row["right_first"].toDouble(), shares.first));
      QVERIFY(is_near(row["right_second"].toDouble(), shares.second));
      QVERIFY(is_near(row["difference"].toDouble(), shares.difference));
      QVERIFY(is_near(row["difference_interval"].toArray()[1].toDouble(),
                      shares.difference_interval.high));
    };
    hold(printed["all"].toObject(), shown.all);
    const auto classes = printed["classes"].toArray();
    QCOMPARE(classes.size(), qsizetype(shown.classes.size()));
    for (qsizetype i = 0; i < classes.size(); ++i)
      hold(classes[i].toObject(), shown.classes[static_cast<std::size_t>(i)]);
    for (const auto& [side, key] :
         {std::pair(page->first(), "first"), std::pair(page->second(), "second")}) {
      const auto row = printed[key].toObject();
      QCOMPARE(row["policy"].toString(), side->policy());
      QCOMPARE(row["voters"].toArray().size(), qsizetype(side->review()->policy_voters().size()));
      if (const auto boxes = side->review()->boxes()) {
        QCOMPARE(row["found"].toInt(), int(boxes->found));
        QCOMPARE(row["false_detections"].toInt(), int(boxes->false_detections));
      } else {
        const VerdictCounts& counts = side->review()->decisions().counts;
        QVERIFY(is_near(row["coverage"].toDouble(), counts.coverage()));
        QCOMPARE(row["kept_correct"].toInt(), int(counts[Verdict::kept]));
        QCOMPARE(row["undetected_mispredictions"].toInt(), int(counts[Verdict::undetected]));
      }
    }
  }

 private Q_SLOTS:
  void a_comparison_of_classes() {
    open(folder_, "compare");
    hold_comparison();
    // At equal kept, and with sides that learn, the command is that of the sides as they stand.
    auto* page = window_->page<ComparePage>();
    page->second()->set_policy(QStringLiteral("polygraph(thr_conf=0.6,thr_freq=2)"));
    page->meet_at_equal_kept();
    QTRY_VERIFY_WITH_TIMEOUT(page->comparison() != nullptr && page->settled(), commands_patience);
    hold_comparison();
    page->first()->set_policy(QStringLiteral("mean(t=0.7)"));
    hold_comparison();
    // What the flag does is what the button does.
    QStringList words{
        QStringLiteral("compare"),      path_text(folder_),
        QStringLiteral("--run"),        QStringLiteral("r1"),
        QStringLiteral("--first"),      QStringLiteral("mcp"),
        QStringLiteral("--second"),     QStringLiteral("polygraph(thr_conf=0.6,thr_freq=2)"),
        QStringLiteral("--equal-kept"), QStringLiteral("--json")};
    page->first()->set_policy(QStringLiteral("mcp"));
    QTRY_VERIFY_WITH_TIMEOUT(page->comparison() != nullptr && page->settled(), commands_patience);
    page->meet_at_equal_kept();
    QTRY_VERIFY_WITH_TIMEOUT(page->settled(), commands_patience);
    const auto met = printed_by(words);
    QCOMPARE(met["first"].toObject()["policy"].toString(), page->first()->policy());
    QCOMPARE(met["all"].toObject()["undetected_first"].toInt(),
             int(page->comparison()->all.undetected_first));
  }

  void a_comparison_of_objects() {
    const test::BoxStudy study;
    open(study.folder(), "compare");
    auto* page = window_->page<ComparePage>();
    QTRY_VERIFY_WITH_TIMEOUT(page->comparison() != nullptr && page->settled(), commands_patience);
    // It begins with the first detector alone.
    QVERIFY(page->first()->policy().startsWith(QStringLiteral("nms")));
    QCOMPARE(page->first()->review()->policy_voters(), std::vector<std::size_t>{0});
    hold_comparison();
    page->first()->set_policy(QStringLiteral("nms"));
    hold_comparison();
    QVERIFY(page->comparison()->all.items > 0);
    window_.reset();
  }

  void what_drifts_and_what_is_damaged() {
    open(folder_, "decision");
    auto* page = window_->page<DecisionPage>();
    const FigureModel& figures = *page->figures();
    auto* table = page->findChild<QTableView*>(QStringLiteral("figures_table"));
    QVERIFY(table != nullptr);
    const auto cell = [&](const char* metric) {
      return figures.index(figures.row_of(metric), FigureModel::drift);
    };
    const auto printed =
        printed_for("decision.drift", figure_source_of_item(*table, cell("coverage")));
    QCOMPARE(printed["drift_from"].toString(), QStringLiteral("validation"));
    const auto drift = printed["drift"].toObject();
    const auto with_sign = [](const QString& text, double difference) {
      return (difference >= 0 ? QStringLiteral("+") : QString()) + text;
    };
    for (const char* key : {"accuracy", "coverage", "selective_risk", "kept_correct",
                            "undetected_mispredictions", "caught_mispredictions"}) {
      const double difference = drift[key].toObject()["difference"].toDouble();
      QCOMPARE(cell(key).data().toString(), with_sign(decimal(100 * difference, 1), difference));
    }
    const double augrc = drift["augrc"].toObject()["difference"].toDouble();
    QCOMPARE(cell("augrc").data().toString(), with_sign(decimal(augrc, 4), augrc));

    // Wilson's of shares, and of verdicts as shares; of AUGRC that of its resamples.
    const auto half_of = [&](const char* metric) {
      return figures.index(figures.row_of(metric), FigureModel::shown_half);
    };
    const auto halves =
        printed_for("decision.half_width", figure_source_of_item(*table, half_of("coverage")));
    for (const char* key : {"accuracy", "coverage", "selective_risk", "kept_correct",
                            "undetected_mispredictions", "augrc"}) {
      const double half = halves["half_widths"].toObject()[QLatin1String(key)].toDouble();
      QVERIFY2(half > 0, key);
      QCOMPARE(half_of(key).data().toString(),
               QStringLiteral("± ") +
                   (key == std::string("augrc") ? decimal(half, 4) : decimal(100 * half, 1)));
    }

    Damage damage;
    damage.voter = window_->review()->run().info.voters[3];
    damage.kind = DamageKind::constant;
    damage.rate = 0.5;
    damage.constant_class = 4;
    page->damage()->set_damage(damage);
    QTRY_VERIFY_WITH_TIMEOUT(page->damage()->is_current() && window_->settled(), commands_patience);
    const auto* outcome = page->damage()->outcome();
    QVERIFY(outcome != nullptr);
    const auto damaged = printed_for("decision.damage", figure_source_at(*page, {}));
    QCOMPARE(damaged["damage"].toObject()["hit"].toArray()[0].toInt(), int(outcome->hit));
    QCOMPARE(damaged["kept_correct"].toInt(), int(outcome->counts[Verdict::kept]));
    QCOMPARE(damaged["undetected_mispredictions"].toInt(),
             int(outcome->counts[Verdict::undetected]));
    QCOMPARE(damaged["damage"].toObject()["undamaged"].toObject()["kept_correct"].toInt(),
             int(page->analysis()->counts()[Verdict::kept]));
  }

  void a_run_before_it_is_started() {
    open(folder_, "runs");
    auto* page = window_->page<RunsPage>();
    VoterChoiceModel* choice = page->choice();
    choice->choose({{"strong", View()},
                    {"strong", *parse_view("gamma=0.5")},
                    {"weak", *parse_view("gamma=0.5")}});
    const RunEstimate cost = choice->cost(page->work().voters);
    auto* total = page->findChild<QWidget*>(QStringLiteral("cost_total"));
    QVERIFY(total != nullptr && cost.predictions > 0 && cost.about);
    const auto printed = printed_for("plan.time", figure_source_at(*total, {}));
    QCOMPARE(printed["images"].toInt(), int(cost.samples));
    QCOMPARE(printed["predictions"].toInt(), int(cost.predictions));
    QVERIFY(is_near(printed["seconds"].toDouble(), cost.seconds));
    QVERIFY(is_near(printed["ms_per_image"].toDouble(), cost.ms_per_image));
    QVERIFY(is_near(printed["times_baseline"].toDouble(), cost.times_baseline));
    QCOMPARE(printed["about"].toBool(), cost.about);
    QCOMPARE(printed["voters"].toArray().size(), 3);
    for (std::size_t i = 0; i < cost.by_model.size(); ++i) {
      const auto model = printed["models"].toArray()[static_cast<int>(i)].toObject();
      QCOMPARE(model["model"].toString().toStdString(), cost.by_model[i].first);
      QVERIFY(is_near(model["seconds"].toDouble(), cost.by_model[i].second));
    }
    // The sum of a row is of its own voters.
    const QModelIndex sum = choice->index(0, choice->columnCount() - 1);
    FigureSource of_row = figure_source_at(*total, {});
    const auto own = sum.data(figure_source_role).value<FigureSource>();
    of_row.insert(QStringLiteral("VOTERS"), own.value(QStringLiteral("VOTERS")));
    QVERIFY(is_near(printed_for("plan.sum", of_row)["seconds"].toDouble(),
                    cost.by_model.front().second));
  }

  void counts_in_the_tree() {
    open(folder_, "runs");
    const auto* tree = window_->findChild<QTreeView*>(QStringLiteral("study_tree"));
    QVERIFY(tree != nullptr);
    const QAbstractItemModel& items = *tree->model();
    const auto text = [](const QModelIndex& index) {
      return index.data(Qt::AccessibleTextRole).toString();
    };
    const auto named = [](const QJsonObject& entry, const char* count) {
      return entry["name"].toString() + QStringLiteral(", ") +
             with_thousands(entry[QLatin1String(count)].toInteger());
    };
    const QModelIndex datasets = items.index(0, 0), runs = items.index(2, 0);
    for (const char* figure : {"tree.entries", "tree.samples", "tree.predictions"}) {
      const auto printed =
          printed_for(figure, figure_source_of_item(*tree, datasets))["contents"].toObject();
      int group = 0;
      for (const char* entries : {"data_sets", "models", "runs"})
        QVERIFY(text(items.index(group++, 0))
                    .endsWith(QStringLiteral(", %1").arg(
                        printed[QLatin1String(entries)].toArray().size())));
      const auto dataset = printed["data_sets"].toArray()[0].toObject();
      const auto run = printed["runs"].toArray()[0].toObject();
      QCOMPARE(text(items.index(0, 0, runs)), named(run, "predictions"));
      QCOMPARE(run["predictions"].toInt(), 600 * run["voters"].toInt());
      for (int split = 0; split < 2; ++split) {
        QCOMPARE(text(items.index(split, 0, items.index(0, 0, datasets))),
                 named(dataset["splits"].toArray()[split].toObject(), "samples"));
        QCOMPARE(text(items.index(split, 0, items.index(0, 0, runs))),
                 named(run["splits"].toArray()[split].toObject(), "predictions"));
      }
    }
  }

  void a_sample_in_the_inspector() {
    open(folder_, "failures");
    auto* page = window_->page<FailuresPage>();
    auto* gallery = page->gallery();
    QVERIFY(gallery->content()->size() > 0);
    gallery->set_current(0);
    auto* found = page->inspector()->findChild<SampleInspector*>();
    QVERIFY(found != nullptr);
    const SampleInspector& inspector = *found;
    QTRY_VERIFY_WITH_TIMEOUT(inspector.detail() != nullptr && inspector.idle(), commands_patience);
    const auto* reason = inspector.findChild<QLabel*>(QStringLiteral("reason"));
    QVERIFY(reason != nullptr);
    const auto sample =
        printed_for(qPrintable(figure_at(*reason, {})), figure_source_at(*reason, {}))["sample"]
            .toObject();
    QCOMPARE(sample["name"].toString(), inspector.detail()->name);
    QCOMPARE(sample["place"].toInt(), int(inspector.item()->sample()));
    QCOMPARE(sample["why"].toString(), reason->text());
    QVERIFY(inspector.votes()->summary().startsWith(QStringLiteral("%1 agree, %2 dissent")
                                                        .arg(sample["agree"].toInt())
                                                        .arg(sample["dissent"].toInt())));
    // The mean of the policy's voters, then the distribution of one that is chosen.
    const ClassProbabilities& drawn = *inspector.probabilities();
    const auto hold_distribution = [&] {
      const auto printed =
          printed_for(qPrintable(figure_at(drawn, {})), figure_source_at(drawn, {}));
      const auto distribution = printed["sample"].toObject()["distribution"].toArray();
      QVERIFY(!drawn.rows().empty());
      for (std::size_t i = 0; i + 1 < drawn.rows().size(); ++i) {
        const auto entry = distribution[static_cast<qsizetype>(i)].toObject();
        QCOMPARE(entry["class"].toString(),
                 text_of(window_->review()->run().class_name(drawn.rows()[i].index)));
        QVERIFY(is_near(entry["probability"].toDouble(), drawn.rows()[i].probability));
      }
    };
    hold_distribution();
    if (QTest::currentTestFailed()) return;
    inspector.votes()->choose(1);
    QTRY_VERIFY_WITH_TIMEOUT(inspector.idle(), commands_patience);
    hold_distribution();
  }

  void the_open_run_in_the_status_line() {
    open(folder_, "runs");
    const auto label = [&](const char* name) {
      auto* found = window_->findChild<QLabel*>(QString::fromLatin1(name));
      if (found == nullptr) qFatal("no label '%s'", name);
      return found;
    };
    const OpenedRun& shown = window_->review()->run();
    for (const char* name : {"status_run", "status_decoder", "status_device"}) {
      const QString key = figure_at(*label(name), {});
      const auto printed = printed_for(qPrintable(key), figure_source_at(*label(name), {}));
      const auto run = printed["contents"].toObject()["runs"].toArray()[0].toObject();
      QCOMPARE(run["name"].toString().toStdString(), shown.info.name);
      QJsonObject split;
      for (const auto& entry : run["splits"].toArray())
        if (entry.toObject()["name"].toString().toStdString() == shown.split)
          split = entry.toObject();
      QCOMPARE(split["samples"].toInt(), split["computed"].toInt());
      QCOMPARE(label("status_run")->text(),
               QStringLiteral("%1 %2 · %3 samples × %4 voters")
                   .arg(run["name"].toString(), split["name"].toString(),
                        with_thousands(split["samples"].toInteger()))
                   .arg(run["voters"].toInt()));
      QVERIFY(label("status_decoder")->text().endsWith(run["decoder"].toString()));
      QCOMPARE(label("status_device")->text(),
               run["device_kind"].toString() + QStringLiteral(" · ") + run["precision"].toString());
    }
  }

  void a_run_at_work() {
    const RunInfo run = *Study::open(folder_, Access::read_only)->run("r1");
    auto job = Job::begin({folder_,
                           "run",
                           {"run"},
                           false,
                           true,
                           "",
                           RunWork{run.name, "shapes", run.splits, run.voters}});
    QVERIFY(job.has_value());
    job->event("progress", {{"done", 600},
                            {"total", 7200},
                            {"phase", "computing"},
                            {"unit", "predictions"},
                            {"rate", 120.0},
                            {"eta_s", 55.0}});
    job->metric("accuracy/strong:identity", 0.8, 50);
    job->metric("accuracy/strong:identity", 0.9, 100);
    job->metric("accuracy/strong:flip_x", 0.85, 100);
    job->metric("latency_ms/strong:identity", 1.25, 100);
    open(folder_, "runs");
    RunProgress* progress = window_->page<RunsPage>()->progress();
    progress->show_run(run.name);
    QCOMPARE(progress->job(), job->id());
    const LiveVoterModel& live = *progress->voters();
    const auto* table = progress->findChild<QTableView*>(QStringLiteral("live_table"));
    QVERIFY(table != nullptr);
    const auto text = [&](int row, LiveVoterModel::Column column) {
      return live.index(row, column).data().toString();
    };
    for (const auto column :
         {LiveVoterModel::samples, LiveVoterModel::time, LiveVoterModel::accuracy,
          LiveVoterModel::interval, LiveVoterModel::against}) {
      const QModelIndex cell = live.index(0, column);
      const auto printed = printed_for(qPrintable(figure_of_item(*table, cell)),
                                       figure_source_of_item(*table, cell));
      QCOMPARE(printed["job"].toString().toStdString(), job->id());
      QCOMPARE(printed["state"].toString(), QStringLiteral("running"));
      QCOMPARE(printed["samples"].toInt(), 600);
      QVERIFY(progress->state_text().startsWith(
          QStringLiteral("%1 / %2").arg(with_thousands(printed["done"].toInteger()),
                                        with_thousands(printed["total"].toInteger()))));
      const auto voters = printed["voters"].toArray();
      QCOMPARE(voters.size(), qsizetype(live.rowCount()));
      for (int row = 0; row < live.rowCount(); ++row) {
        const auto voter = voters[row].toObject();
        const auto shown = [&](const char* key, double times, int digits, const QString& before,
                               const QString& without) {
          const auto value = voter[QLatin1String(key)];
          return value.isNull() ? without : before + decimal(times * value.toDouble(), digits);
        };
        const QString none = QStringLiteral("–");
        QCOMPARE(text(row, LiveVoterModel::samples), with_thousands(voter["samples"].toInteger()));
        QCOMPARE(text(row, LiveVoterModel::time), shown("ms_per_image", 1, 2, {}, none));
        QCOMPARE(text(row, LiveVoterModel::accuracy), shown("accuracy", 100, 1, {}, none));
        QCOMPARE(text(row, LiveVoterModel::interval),
                 shown("half_width", 100, 1, QStringLiteral("± "), {}));
        if (voter["against_identity"].isNull())
          QVERIFY(text(row, LiveVoterModel::against).isEmpty());
      }
    }
    // The plot draws what the course has.
    const auto drawn = printed_for(qPrintable(figure_at(*progress->plot(), {})),
                                   figure_source_at(*progress->plot(), {}));
    const auto baseline = drawn["voters"].toArray()[0].toObject()["course"].toArray();
    QCOMPARE(baseline.size(), 2);
    QCustomPlot* plot = progress->plot()->plot();
    QCOMPARE(plot->graphCount(), 3);  // the band's two edges and the baseline's line
    for (int i = 0; i < 2; ++i) {
      const auto point = baseline[i].toObject();
      QCOMPARE(plot->graph(2)->data()->at(i)->key, point["samples"].toDouble());
      QVERIFY(is_near(plot->graph(2)->data()->at(i)->value, 100 * point["accuracy"].toDouble()));
      QVERIFY(is_near(plot->graph(0)->data()->at(i)->value,
                      100 * point["interval"].toArray()[1].toDouble()));
      QVERIFY(is_near(plot->graph(1)->data()->at(i)->value,
                      100 * point["interval"].toArray()[0].toDouble()));
    }
    // Wilson's of 90 of 100: 0.8256 to 0.9448.
    QCOMPARE(text(0, LiveVoterModel::interval), QStringLiteral("± 6.0"));
    QCOMPARE(text(1, LiveVoterModel::against), QStringLiteral("−5.0"));
    // The list of jobs has what `jobs` prints.
    const auto* jobs = window_->findChild<QTableView*>(QStringLiteral("jobs_table"));
    QVERIFY(jobs != nullptr);
    const auto cell = [&](JobTableModel::Column column) { return jobs->model()->index(0, column); };
    const auto shown = [&](JobTableModel::Column column) { return cell(column).data().toString(); };
    for (const auto column : {JobTableModel::title, JobTableModel::phase, JobTableModel::progress,
                              JobTableModel::done, JobTableModel::rate, JobTableModel::time}) {
      const auto words = find_figure(figure_of_item(*jobs, cell(column)).toStdString());
      QVERIFY(words && figure_command(*words, figure_source_of_item(*jobs, cell(column))));
    }
    const auto listed =
        printed_for("job.done", figure_source_of_item(*jobs, cell(JobTableModel::done)));
    QCOMPARE(listed["running"].toInt(), 1);
    const auto row = listed["jobs"].toArray().last().toObject();
    QCOMPARE(row["job"].toString().toStdString(), job->id());
    QCOMPARE(shown(JobTableModel::state), row["state"].toString());
    QCOMPARE(shown(JobTableModel::phase), row["phase"].toString());
    QCOMPARE(cell(JobTableModel::progress).data(Qt::UserRole).toDouble(), row["share"].toDouble());
    QCOMPARE(shown(JobTableModel::done),
             QStringLiteral("%1 / %2").arg(with_thousands(row["done"].toInteger()),
                                           with_thousands(row["total"].toInteger())));
    QCOMPARE(shown(JobTableModel::rate),
             QStringLiteral("%1 /s").arg(row["per_second"].toInteger()));
    QCOMPARE(shown(JobTableModel::time),
             QStringLiteral("%1 s left").arg(row["seconds_left"].toInteger()));
    job->failed(cancelled_error("go on"));
  }

  /// A bare --resume names nothing but the run, and its data set may have another name by now.
  void a_run_that_goes_on_by_its_name() {
    // A job's name has the second in which it began, and the last one may have begun in this one.
    QTest::qWait(1100);
    auto job = Job::begin({folder_, "run", {"run"}, false, true, "", RunWork{"r1", "", {}, {}}});
    QVERIFY(job.has_value());
    job->metric("accuracy/strong:identity", 0.9, 100);
    {
      auto study = Study::open(folder_, Access::read_write);
      QVERIFY(study.has_value());
      QVERIFY(study->rename_entry(StudyEntry::dataset, "shapes", "forms").has_value());
    }
    open(folder_, "runs");
    RunProgress* progress = window_->page<RunsPage>()->progress();
    progress->show_run("r1");
    QCOMPARE(progress->job(), job->id());
    const auto printed =
        printed_by({"run", path_text(folder_), "--name", "r1", "--progress", "--json"});
    QCOMPARE(printed["dataset"].toString(), QStringLiteral("forms"));
    QCOMPARE(printed["splits"].toArray(), (QJsonArray{"test", "validation"}));
    const LiveRun& live = progress->voters()->run();
    QCOMPARE(live.samples, std::int64_t{600});
    QCOMPARE(printed["samples"].toInt(), 600);
    QVERIFY(!live.voters.empty());
    QCOMPARE(printed["voters"].toArray().size(), qsizetype(live.voters.size()));
    QVERIFY(std::ranges::any_of(progress->findChildren<QLabel*>(), [](const QLabel* label) {
      return label->text().startsWith(QStringLiteral("forms test, validation, "));
    }));
    job->failed(cancelled_error("go on"));
  }

  void a_training_at_work() {
    auto job = Job::begin({folder_,
                           "train",
                           {"train"},
                           false,
                           true,
                           "",
                           TrainWork{"member", "lenet5", "shapes", {"test"}, View(), 4}});
    QVERIFY(job.has_value());
    job->event("progress", {{"done", 600},
                            {"total", 1600},
                            {"phase", "epoch 2 of 4"},
                            {"unit", "images"},
                            {"rate", 120.0},
                            {"eta_s", 8.0}});
    job->metric("loss/train", 2.5, 200);
    job->metric("loss/train", 1.5, 600);
    job->metric("accuracy/train", 0.5, 400);
    open(folder_, "runs");
    RunProgress* progress = window_->page<RunsPage>()->progress();
    QTRY_COMPARE_WITH_TIMEOUT(progress->job(), job->id(), commands_patience);
    auto* figures = progress->findChild<QLabel*>(QStringLiteral("run_figures"));
    QVERIFY(figures != nullptr);
    const auto state =
        printed_for(qPrintable(figure_at(*figures, {})), figure_source_at(*figures, {}));
    QCOMPARE(state["model"].toString(), QStringLiteral("member"));
    QVERIFY(figures->text().startsWith(QStringLiteral("%1 / %2").arg(
        with_thousands(state["done"].toInteger()), with_thousands(state["total"].toInteger()))));
    const auto printed = printed_for(qPrintable(figure_at(*progress->training(), {})),
                                     figure_source_at(*progress->training(), {}));
    QCOMPARE(printed["epochs"].toInt(), 4);
    QCustomPlot* plot = progress->training()->plot();
    QCOMPARE(plot->graphCount(), 2);
    const auto course = printed["course"].toObject();
    for (const auto& [line, key, factor] :
         {std::tuple(0, "loss", 1.0), std::tuple(1, "accuracy", 100.0)}) {
      const auto points = course[QLatin1String(key)].toArray();
      QCOMPARE(plot->graph(line)->dataCount(), int(points.size()));
      for (int i = 0; i < points.size(); ++i) {
        const auto point = points[i].toObject();
        QVERIFY(is_near(plot->graph(line)->data()->at(i)->key, point["epoch"].toDouble()));
        QVERIFY(
            is_near(plot->graph(line)->data()->at(i)->value, factor * point["value"].toDouble()));
      }
    }
    QCOMPARE(course["loss"].toArray()[1].toObject()["epoch"].toDouble(), 1.5);
    job->failed(cancelled_error("go on"));
  }
};

int test_figure_commands(int argc, char** argv) {
  TestFigureCommands test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_figure_commands.moc"

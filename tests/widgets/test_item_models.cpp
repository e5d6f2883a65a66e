#include <QAbstractItemModelTester>
#include <QHeaderView>
#include <QStandardItemModel>
#include <QTableView>
#include <QTemporaryDir>
#include <QtTest>

#include "core/jobs/job.h"
#include "core/review/live_run.h"
#include "tests/widgets/tests.h"
#include "widgets/bars/name_column.h"
#include "widgets/compare/class_comparison_model.h"
#include "widgets/inspector/voter_box_table.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_table_model.h"
#include "widgets/jobs/job_words.h"
#include "widgets/runs/cost_panel.h"
#include "widgets/runs/live_voter_model.h"
#include "widgets/runs/voter_choice_model.h"
#include "widgets/style/colours.h"

using namespace plumbline;

namespace {

using Tester = QAbstractItemModelTester;
constexpr auto fatal = Tester::FailureReportingMode::QtTest;

View view(const char* text) { return *parse_view(text); }

ModelInfo model(std::int64_t id, const char* name, bool file = true) {
  ModelInfo info;
  info.id = id;
  info.name = name;
  if (file) info.file = std::string("/m/") + name + ".pt";
  return info;
}

PredictionSet set(const char* split, const char* name, const char* view_text,
                  std::int64_t committed, std::optional<double> batch_ms,
                  const char* precision = "fp32", const char* device = "cpu") {
  PredictionSet set;
  set.key = {1, split, name, view(view_text), precision, "libjpeg-turbo", device};
  set.committed = committed;
  if (batch_ms) set.latency = VoterLatency{"CPU", 50, 100, *batch_ms, 0.1};
  return set;
}

/// Three models of which one was computed elsewhere; a has run on 200 of the 1,000 images.
RunCatalogue catalogue() {
  RunCatalogue all;
  DatasetInfo data;
  data.id = 1;
  data.name = "d";
  data.splits = {{"test", 1000}, {"validation", 500}};
  all.datasets = {data};
  all.models = {model(1, "a"), model(2, "b"), model(3, "outside", false)};
  all.sets = {set("test", "a", "identity", 200, 100.0),      // 2 ms an image
              set("validation", "a", "flip_x", 500, 150.0),  // 3 ms
              set("test", "outside", "identity", 1000, std::nullopt, "imported", "imported")};
  return all;
}

RunTarget target() { return {1, "test", 1000, "fp32", "cpu"}; }

std::string line(const char* event) { return std::string(event) + "\n"; }

}  // namespace

class TestItemModels : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void models_that_begin_alike_are_told_by_their_ends() {
    const auto mode = [](const std::vector<QString>& models) {
      std::vector<VoterBoxTable::Row> rows(models.size());
      for (std::size_t i = 0; i < models.size(); ++i) rows[i].model = models[i];
      return model_elide_mode(rows);
    };
    QCOMPARE(mode({"centernet-small", "centernet-small", "centernet-medium"}), Qt::ElideLeft);
    QCOMPARE(mode({"yolo", "centernet-medium"}), Qt::ElideRight);
    QCOMPARE(mode({"centernet-small", "centernet-small"}), Qt::ElideRight);
    QCOMPARE(mode({}), Qt::ElideRight);
  }

  void names_stand_near_their_figures() {
    QStandardItemModel rows(3, 4);
    rows.setHorizontalHeaderLabels({"class", "images", "first (%)", "lost"});
    rows.setItem(0, 0, new QStandardItem(QStringLiteral("T-shirt/top")));
    rows.setItem(1, 2, new QStandardItem(QStringLiteral("85.8 ± 2.8")));
    QTableView table;
    table.verticalHeader()->hide();
    table.setFrameShape(QFrame::NoFrame);
    table.setModel(&rows);
    constexpr int widths[] = {90, 160, 90};
    new NameColumn(&table, widths);
    const int name = QFontMetrics(table.font()).horizontalAdvance(QStringLiteral("T-shirt/top"));
    const auto resize = [&](int width) {
      table.resize(width, 200);
      table.show();
      QCoreApplication::processEvents();
    };
    // What is left over stays behind the last column.
    resize(1600);
    QVERIFY(table.columnWidth(0) >= name && table.columnWidth(0) <= name + 100);
    for (int column = 1; column < 4; ++column)
      QCOMPARE(table.columnWidth(column), widths[column - 1]);
    // Where there is little room the names keep theirs, and the figures come closer.
    resize(360);
    QVERIFY(table.columnWidth(0) > name);
    QVERIFY(table.columnWidth(2) < widths[1]);
    QVERIFY(table.columnWidth(2) >
            QFontMetrics(table.font()).horizontalAdvance(QStringLiteral("85.8 ± 2.8")));
    QVERIFY(table.horizontalHeader()->length() <= 360);
  }

  void times_come_from_what_was_measured() {
    const RunCatalogue all = catalogue();
    const auto exact = time_per_image(all, target(), "a", View());
    QVERIFY(exact.has_value());
    QCOMPARE(exact->ms, 2.0);
    QVERIFY(!exact->about);
    QCOMPARE(time_per_image(all, target(), "a", view("flip_x"))->ms, 3.0);
    const auto other_view = time_per_image(all, target(), "a", view("gamma=0.8"));
    QVERIFY(other_view && other_view->about);
    RunTarget half = target();
    half.precision = "bf16";
    QVERIFY(time_per_image(all, half, "a", View())->about);
    half.device_kind = "cuda";
    QVERIFY(!time_per_image(all, half, "a", View()));
    QVERIFY(!time_per_image(all, target(), "b", View()));
    QCOMPARE(samples_there(all, target(), "a", View()), 200);
    QCOMPARE(samples_there(all, target(), "a", view("flip_x")), 0);  // of another split
    QCOMPARE(samples_there(all, target(), "outside", View()), 1000);
  }

  void voters_are_chosen_and_cost_is_their_sum() {
    VoterChoiceModel choice;
    const Tester tester(&choice, fatal);
    choice.set_catalogue(catalogue());
    choice.set_target(target());
    QCOMPARE(choice.rowCount(), 4);  // models and the sums
    QCOMPARE(choice.columnCount(), 2 + 3 + 1);
    QVERIFY(choice.chosen().empty());
    const auto cell = [&](int row, int column) { return choice.index(row, column); };
    QVERIFY(choice.setData(cell(0, 2), Qt::Checked, Qt::CheckStateRole));
    QVERIFY(choice.setData(cell(0, 3), Qt::Checked, Qt::CheckStateRole));
    const auto cost = choice.cost();
    QCOMPARE(cost.voters.size(), std::size_t{2});
    QCOMPARE(cost.predictions, 800 + 1000);
    QCOMPARE(cost.ms_per_image, 5.0);
    QCOMPARE(cost.seconds, 0.8 * 2 + 1.0 * 3);
    QCOMPARE(cost.times_baseline, 2.5);
    QVERIFY(!cost.about);
    QCOMPARE(cost.unknown, std::size_t{0});
    // Partly ticked row and column.
    QCOMPARE(choice.data(cell(0, 0), Qt::CheckStateRole).toInt(), int(Qt::PartiallyChecked));
    QCOMPARE(choice.column_state(2), Qt::PartiallyChecked);
    choice.toggle_column(2);
    QCOMPARE(choice.column_state(2), Qt::Checked);
    QCOMPARE(choice.chosen().size(), std::size_t{4});  // a twice, b, outside
    QCOMPARE(choice.cost().unknown, std::size_t{1});   // b was never measured
    choice.toggle_column(2);
    QCOMPARE(choice.column_state(2), Qt::Unchecked);
    choice.toggle_row(1);
    QCOMPARE(choice.chosen().size(), std::size_t{4});  // a:flip_x and b's three
    // Outputs from elsewhere have no other view.
    QVERIFY(!choice.obstacle(2, 3).isEmpty());
    QVERIFY(!(choice.flags(cell(2, 3)) & Qt::ItemIsEnabled));
    QVERIFY(!choice.setData(cell(2, 3), Qt::Checked, Qt::CheckStateRole));
    choice.toggle_row(2);
    QCOMPARE(choice.data(cell(2, 0), Qt::CheckStateRole).toInt(), int(Qt::Checked));
    // A further view, and filling down to it.
    choice.add_view(view("gamma=0.5"));
    QCOMPARE(choice.columnCount(), 2 + 4 + 1);
    choice.choose({{"a", View()}});
    choice.fill(cell(0, 2), cell(1, 5));
    QCOMPARE(choice.chosen().size(), std::size_t{8});
    QCOMPARE(to_string(choice.chosen().front()), std::string("a:identity"));
    // A model that is gone takes its ticks with it.
    RunCatalogue less = catalogue();
    less.models.erase(less.models.begin());
    choice.set_catalogue(less);
    for (const Voter& voter : choice.chosen()) QVERIFY(voter.model != "a");
  }

  void a_time_that_nobody_measured_is_not_known() {
    VoterChoiceModel choice;
    choice.set_catalogue(catalogue());
    choice.set_target(target());
    CostPanel panel;
    const auto total = [&](const std::vector<Voter>& voters) {
      choice.choose(voters);
      panel.show_cost(choice.cost(), false);
      return panel.total_text();
    };
    const Voter a{"a", View()}, b{"b", View()}, outside{"outside", View()};
    // What is left is b's, which was never measured; the other one is computed.
    QCOMPARE(total({outside, b}), QStringLiteral("not known"));
    const int sum = choice.columnCount() - 1;
    QCOMPARE(choice.index(1, sum).data().toString(), QStringLiteral("not known"));
    QCOMPARE(choice.index(2, sum).data().toString(), QStringLiteral("computed"));
    QCOMPARE(total({a, b}), QStringLiteral("more than ") + duration_text(1.6));
    QCOMPARE(total({outside}), QStringLiteral("nothing to compute"));
  }

  void a_live_run_is_what_its_events_say() {
    JobLog log;
    log.feed(
        line(R"({"v":1,"event":"metric","name":"accuracy/a:identity","value":0.80,"step":100})") +
        line(R"({"v":1,"event":"metric","name":"accuracy/a:flip_x","value":0.75,"step":100})") +
        line(R"({"v":1,"event":"metric","name":"accuracy/b:flip_x","value":0.5,"step":50})") +
        line(R"({"v":1,"event":"metric","name":"latency_ms/a:identity","value":1.25,"step":100})"));
    const auto voters = cross({"a", "b"}, {View(), view("flip_x")});
    const LiveRun run = live_run(voters, 400, log);
    QVERIFY(!run.of_objects);
    QCOMPARE(run.voters[0].samples, 100);
    QCOMPARE(*run.voters[0].accuracy, 0.8);
    QCOMPARE(*run.voters[0].ms_per_image, 1.25);
    QVERIFY(!run.voters[0].against_identity);
    QVERIFY(std::abs(*run.voters[1].against_identity + 0.05) < 1e-12);
    QVERIFY(!run.voters[2].accuracy);
    QVERIFY(!run.voters[3].against_identity);  // its identity view has nothing yet
    // Wilson's interval of 80 of 100: 0.7112 to 0.8666.
    QVERIFY(std::abs(*run.voters[0].half_width - 0.0777) < 1e-4);
    LiveVoterModel model;
    const Tester tester(&model, fatal);
    model.show_run(run);
    QCOMPARE(model.rowCount(), 4);
    const auto text = [&](int row, int column) {
      return model.data(model.index(row, column), Qt::DisplayRole).toString();
    };
    QCOMPARE(text(0, LiveVoterModel::accuracy), QStringLiteral("80.0"));
    QCOMPARE(text(0, LiveVoterModel::interval), QStringLiteral("± 7.8"));
    QCOMPARE(text(1, LiveVoterModel::against), QStringLiteral("−5.0"));
    QCOMPARE(text(1, LiveVoterModel::model), QString());  // named once
    QCOMPARE(text(2, LiveVoterModel::accuracy), QStringLiteral("–"));
    QCOMPARE(model.data(model.index(0, LiveVoterModel::progress), Qt::UserRole).toDouble(), 0.25);
  }

  void a_live_run_of_detectors_says_what_is_found() {
    JobLog log;
    log.feed(line(R"({"v":1,"event":"metric","name":"found/a:identity","value":0.62,"step":100})") +
             line(R"({"v":1,"event":"metric","name":"found/a:flip_x","value":0.6,"step":100})"));
    const auto voters = cross({"a"}, {View(), view("flip_x")});
    const LiveRun run = live_run(voters, 400, log);
    QVERIFY(run.of_objects);
    QCOMPARE(*run.voters[0].accuracy, 0.62);
    QVERIFY(!run.voters[0].half_width);  // of how many objects is not said
    QVERIFY(std::abs(*run.voters[1].against_identity + 0.02) < 1e-12);
    LiveVoterModel model;
    const Tester tester(&model, fatal);
    const auto head = [&] {
      return model.headerData(LiveVoterModel::accuracy, Qt::Horizontal, Qt::DisplayRole).toString();
    };
    QCOMPARE(head(), QStringLiteral("accuracy (%)"));
    model.show_run(run);
    QCOMPARE(head(), QStringLiteral("found (%)"));
    QCOMPARE(model.data(model.index(0, LiveVoterModel::accuracy), Qt::DisplayRole).toString(),
             QStringLiteral("62.0"));
  }

  /// Of imported predictions nothing is computed, and so no event speaks.
  void what_was_there_before_has_its_figures_too() {
    JobLog log;
    log.feed(
        line(R"({"v":1,"event":"metric","name":"accuracy/a:identity","value":0.80,"step":100})") +
        line(R"({"v":1,"event":"finished","summary":{"samples":100,"voters":[)"
             R"({"model":"a","view":"identity","accuracy":0.8},)"
             R"({"model":"outside","view":"identity","accuracy":0.6},)"
             R"({"model":"odd","view":"identity","accuracy":"high"}]}})"));
    const LiveRun run = live_run({{"a", View()}, {"outside", View()}, {"odd", View()}}, 100, log);
    QCOMPARE(run.voters[1].samples, 100);
    QCOMPARE(*run.voters[1].accuracy, 0.6);
    QVERIFY(run.voters[1].half_width.has_value());
    QVERIFY(!run.voters[2].accuracy);
    LiveVoterModel model;
    model.show_run(run);
    QCOMPARE(model.data(model.index(1, LiveVoterModel::samples), Qt::DisplayRole).toString(),
             QStringLiteral("100"));
    QCOMPARE(model.data(model.index(1, LiveVoterModel::accuracy), Qt::DisplayRole).toString(),
             QStringLiteral("60.0"));
  }

  void classes_are_compared_in_rows() {
    Decisions first, second;
    const std::vector<ClassIndex> truth = {0, 0, 0, 1, 1, 1};
    first.label = {0, 1, 1, 1, 0, 1};
    second.label = {0, 0, 0, 1, 1, 0};
    using V = Verdict;
    first.verdict = {V::kept, V::undetected, V::caught, V::kept, V::undetected, V::kept};
    second.verdict = {V::kept, V::kept, V::kept, V::needlessly_rejected, V::kept, V::undetected};
    const auto table = [&truth](const Decisions& decisions) {
      ReviewTable made;
      made.rows = truth.size();
      made.truth = truth;
      made.label = decisions.label;
      made.verdict = decisions.verdict;
      return made;
    };
    const Comparison comparison = compare(table(first), table(second));
    ClassComparisonModel model;
    const Tester tester(&model, fatal);
    model.show(&comparison, {"cat", "dog"}, JudgedItem::sample);
    QCOMPARE(model.rowCount(), 3);
    const auto text = [&](int row, int column) {
      return model.data(model.index(row, column), Qt::DisplayRole).toString();
    };
    QCOMPARE(text(0, ClassComparisonModel::name), QStringLiteral("all"));
    QCOMPARE(text(1, ClassComparisonModel::name), QStringLiteral("cat"));
    QCOMPARE(text(1, ClassComparisonModel::samples), QStringLiteral("3"));
    QCOMPARE(text(1, ClassComparisonModel::undetected_first), QStringLiteral("1"));
    QCOMPARE(text(2, ClassComparisonModel::gained), QStringLiteral("1"));
    QCOMPARE(text(2, ClassComparisonModel::lost), QStringLiteral("2"));
    QVERIFY(text(1, ClassComparisonModel::difference).startsWith(QStringLiteral("+66.7 ± ")));
    QCOMPARE(model.truth(0), no_class);
    QCOMPARE(model.truth(2), ClassIndex{1});
    const auto head = [&] {
      return model.headerData(ClassComparisonModel::samples, Qt::Horizontal, Qt::DisplayRole)
          .toString();
    };
    QCOMPARE(head(), QStringLiteral("images"));
    model.show(nullptr, {}, JudgedItem::object);
    QCOMPARE(head(), QStringLiteral("objects"));
    QCOMPARE(model.rowCount(), 0);
  }

  void jobs_are_rows_newest_first() {
    const QTemporaryDir directory;
    const auto study = std::filesystem::path(directory.path().toStdString());
    // A center without an engine: nothing of this is started here.
    const RunWork run{"r7", "d", {"test"}, cross({"a", "b"}, {View(), view("flip_x")})};
    const auto first = describe_job(study, {"run", {"run", "s", "--name", "r7"}, run});
    QVERIFY(first.has_value());
    {
      auto job = Job::begin({study, "run", {"run", "s", "--name", "r7"}, false, true, *first});
      QVERIFY(job.has_value());
      job->note("decoder", "images are decoded by a library on the host");
      job->progress("computing test", 1234, 40000, "predictions");
      job->failed({ErrorKind::device, "out of memory", "", "take a smaller batch"});
    }
    JobCenter center;
    center.set_engine(QStringLiteral("/bin/false"));
    JobTableModel model(&center);
    const Tester tester(&model, fatal);
    center.set_study(study);
    QCOMPARE(model.rowCount(), 1);
    const auto text = [&](int column) {
      return model.data(model.index(0, column), Qt::DisplayRole).toString();
    };
    QCOMPARE(text(JobTableModel::title), QStringLiteral("Run r7 · d test, 2 models × 2 views"));
    QCOMPARE(text(JobTableModel::done), QStringLiteral("1,234 / 40,000"));
    QCOMPARE(text(JobTableModel::state), QStringLiteral("failed"));
    QCOMPARE(text(JobTableModel::phase), QStringLiteral("out of memory – take a smaller batch"));
    QCOMPARE(model.index(0, JobTableModel::state).data(Qt::ForegroundRole).value<QColor>(),
             colours().failure);
    QVERIFY(center.log_text(*first).contains(QStringLiteral("take a smaller batch")));
    QVERIFY(center.log_text(*first).contains(
        QStringLiteral("\nimages are decoded by a library on the host\n")));
    center.clear_finished();
    QCOMPARE(model.rowCount(), 0);
  }

  void an_engine_that_cannot_start_is_said() {
    const QTemporaryDir directory;
    JobCenter center;
    center.set_engine(QStringLiteral("/nowhere/plumbline-engine"));
    center.set_study(directory.path().toStdString());
    QSignalSpy over(&center, &JobCenter::job_over);
    const auto id = center.submit("run", {QStringLiteral("run"), QStringLiteral("x")},
                                  RunWork{"r", "d", {"test"}, {}});
    QVERIFY(id.has_value());
    QTRY_VERIFY_WITH_TIMEOUT(center.job(*id)->state() == JobState::failed, 5000);
    QVERIFY(center.log_text(*id).contains(QStringLiteral("cannot be started")));
    // One that starts and dies without a word is seen as well.
    center.set_engine(QStringLiteral("/bin/false"));
    const auto other = center.submit("run", {QStringLiteral("run"), QStringLiteral("x")},
                                     RunWork{"r", "d", {"test"}, {}});
    QTRY_VERIFY_WITH_TIMEOUT(center.job(*other)->state() == JobState::failed, 5000);
  }

  void words_for_a_shell() {
    QCOMPARE(shell_line({QStringLiteral("run"), QStringLiteral("a b"), QStringLiteral("it's"),
                         QStringLiteral("gamma=0.8,flip_x")}),
             QStringLiteral("run 'a b' 'it'\\''s' gamma=0.8,flip_x"));
    QCOMPARE(duration_text(0.2), QStringLiteral("1 s"));
    QCOMPARE(duration_text(66), QStringLiteral("1 min 06 s"));
    QCOMPARE(duration_text(3 * 3600 + 5 * 60 + 1), QStringLiteral("3 h 05 min"));
  }
};

int test_item_models(int argc, char** argv) {
  TestItemModels test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_item_models.moc"

#include <QFile>
#include <QtTest>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/review/figures.h"
#include "core/study/decide_run.h"
#include "core/study/import_predictions.h"
#include "core/study/run_gaps.h"
#include "core/study/run_votes.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

/// NumPy's format, written by hand: version 1, C order.
template <class Value>
void write_npy(const std::filesystem::path& path, const std::vector<Value>& values, int rows,
               int columns) {
  std::string head = "{'descr': '<f" + std::to_string(sizeof(Value)) +
                     "', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                     std::to_string(columns) + "), }";
  head.resize((head.size() + 11 + 63) / 64 * 64 - 11, ' ');
  head += '\n';
  QFile file(QString::fromStdString(path.string()));
  if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write");
  file.write(QByteArray("\x93NUMPY\x01\x00", 8));
  file.putChar(static_cast<char>(head.size() % 256));
  file.putChar(static_cast<char>(head.size() / 256));
  file.write(head.data(), static_cast<qint64>(head.size()));
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<qint64>(values.size() * sizeof(Value)));
}

constexpr int rows = 2500, classes = 3;

/// Logits whose softmax is known: class i % 3 leads by `lead`.
std::vector<float> logits(float lead) {
  std::vector<float> values(rows * classes, -1.0F);
  for (int i = 0; i < rows; ++i)
    values[static_cast<std::size_t>(i * classes + i % classes)] += lead;
  return values;
}

}  // namespace

void TestImportPredictions::kinds_are_told_and_agree_data() {
  QTest::addColumn<QString>("kind");
  for (const char* kind : {"probabilities", "log-probabilities", "logits"})
    QTest::newRow(kind) << kind;
}

void TestImportPredictions::kinds_are_told_and_agree() {
  QFETCH(QString, kind);
  StudyFixture fixture(rows, classes);
  auto values = logits(2);
  const double total = std::exp(2.0) + 2;
  if (kind != "logits")
    for (float& v : values) {
      const double p = (v > 0 ? std::exp(2.0) : 1) / total;
      v = static_cast<float>(kind == "probabilities" ? p : std::log(p));
    }
  const auto file = fixture.path("p.npy");
  write_npy(file, values, rows, classes);
  const auto imported = value(import_predictions(fixture.study, {"theirs", "d", "test", file}));
  QCOMPARE(QString::fromStdString(imported.kind), kind);
  QCOMPARE(imported.samples, std::int64_t{rows});

  RunInfo run;
  run.name = "r";
  run.dataset = value(fixture.study.dataset("d")).id;
  run.splits = {"test"};
  run.voters = {{"theirs", {}}};
  succeed(fixture.study.add_run(run));
  const auto votes = value(load_votes(fixture.study, value(fixture.study.run("r")), "test"));
  const auto& voter = votes.table().voters[0];
  const auto expected = static_cast<float>(std::exp(2.0) / total);
  for (std::size_t i = 0; i < rows; ++i) {
    QCOMPARE(int{voter.predicted[i]}, static_cast<int>(i % classes));
    QVERIFY(std::abs(voter.confidence[i] - expected) < 1e-6F);
    const bool right = votes.table().labels[i] == voter.predicted[i];
    QVERIFY(std::abs(voter.log_prob_label[i] -
                     static_cast<float>(std::log((right ? std::exp(2.0) : 1) / total))) < 1e-5F);
  }
}

/// 0.6 as it was given is not below 0.6, by whichever way a policy reads it.
void TestImportPredictions::what_was_given_compares_as_given() {
  StudyFixture fixture(rows, classes);
  std::vector<float> values;
  for (int i = 0; i < rows; ++i) {
    // Sums that float32 can only meet nearly.
    const float sure = 0.6F, other = 0.1F + static_cast<float>(i % 7) * 1e-8F;
    const std::array<float, classes> row = {sure, other, 1 - sure - other};
    values.insert(values.end(), row.begin(), row.end());
  }
  const auto file = fixture.path("p.npy");
  write_npy(file, values, rows, classes);
  static_cast<void>(value(import_predictions(fixture.study, {"theirs", "d", "test", file})));
  RunInfo run;
  run.name = "r";
  run.dataset = value(fixture.study.dataset("d")).id;
  run.splits = {"test"};
  run.voters = {{"theirs", {}}};
  succeed(fixture.study.add_run(run));
  run = value(fixture.study.run("r"));
  const auto votes = value(load_votes(fixture.study, run, "test"));
  const std::vector<std::size_t> voters = {0};
  for (const char* text : {"mcp(t=0.6)", "mean(t=0.6)", "gmean(t=0.6)", "max(t=0.6)"}) {
    const auto policy = value(bind(value(parse_policy(text, 1))));
    const auto decisions = value(decide_run(fixture.study, run, "test", votes, voters, policy));
    QCOMPARE(decisions.counts.accepted(), std::int64_t{rows});
    for (const double score : decisions.score) QCOMPARE(score, static_cast<double>(0.6F));
  }
}

/// Likelihoods and Brier scores of what was given in double are those of a plain sum over it.
void TestImportPredictions::losses_are_those_of_what_was_given() {
  StudyFixture fixture(rows, classes);
  std::vector<std::vector<double>> given(2);
  for (int v = 0; v < 2; ++v) {
    std::vector<double>& values = given[static_cast<std::size_t>(v)];
    for (int i = 0; i < rows; ++i) {
      const double a = 0.1 + 0.1 * ((i * (v + 3)) % 7) / 7.0, b = 0.2 + 0.3 * (i % 11) / 11.0;
      values.insert(values.end(), {a, b, 1 - a - b});
    }
    const auto file = fixture.path("given.npy");
    write_npy(file, values, rows, classes);
    static_cast<void>(value(import_predictions(
        fixture.study, {"given" + std::to_string(v), "d", "test", file, "probabilities"})));
  }
  RunInfo run;
  run.name = "r";
  run.dataset = value(fixture.study.dataset("d")).id;
  run.splits = {"test"};
  run.voters = {{"given0", {}}, {"given1", {}}};
  succeed(fixture.study.add_run(run));
  run = value(fixture.study.run("r"));
  const auto votes = value(load_votes(fixture.study, run, "test"));
  const std::vector<std::size_t> voters = {0, 1};
  for (const bool mean : {false, true}) {
    const auto policy = value(bind(value(parse_policy(mean ? "mean" : "mcp", 2))));
    const auto decisions = value(decide_run(fixture.study, run, "test", votes, voters, policy));
    const MetricData data = metric_data(policy, decisions, votes.table());
    double likelihood = 0, squares = 0;
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t c = 0; c < classes; ++c) {
        const double first = given[0][i * classes + c], second = given[1][i * classes + c];
        const double p = mean ? first / 2 + second / 2 : first;
        const bool is_truth = votes.table().labels[i] == c;
        if (is_truth) likelihood -= std::log(p) / rows;
        squares += (is_truth ? (1 - p) * (1 - p) : p * p) / rows;
      }
    QVERIFY(std::abs(*data.negative_log_likelihood() - likelihood) < 1e-9);
    QVERIFY(std::abs(*data.brier_score() - squares) < 1e-9);
  }
}

void TestImportPredictions::columns_beyond_the_classes_are_counted() {
  StudyFixture fixture(rows, classes);
  const auto file = fixture.folder() / "wide.npy";
  std::vector<float> values(rows * (classes + 2), -1.0F);
  for (int i = 0; i < rows; ++i) values[static_cast<std::size_t>(i * (classes + 2) + classes)] = 3;
  write_npy(file, values, rows, classes + 2);
  const auto wide = value(import_predictions(fixture.study, {"wide", "d", "test", file, "logits"}));
  QCOMPARE(wide.classes, std::int64_t{classes + 2});
  QCOMPARE(wide.further, std::int64_t{2});
  write_npy(file, logits(2), rows, classes);
  QCOMPARE(value(import_predictions(fixture.study, {"exact", "d", "test", file, "logits"})).further,
           std::int64_t{0});
}

/// Columns in another order, with two classes that the data set has not and without one that it
/// has.
void TestImportPredictions::named_columns_are_matched_by_name() {
  StudyFixture fixture(rows, classes);
  const auto file = fixture.folder() / "named.npy";
  // Each sample's vote is class1, owl or class0 in turn.
  std::vector<float> values(rows * 4, 0.1F);
  for (int i = 0; i < rows; ++i) values[static_cast<std::size_t>(i * 4 + i % 3)] = 0.7F;
  write_npy(file, values, rows, 4);
  PredictionImport request{"named", "d", "test", file, "probabilities", {}};
  request.names = {"class1", "owl", "class0", "cow"};
  const auto imported = value(import_predictions(fixture.study, request));
  QCOMPARE(imported.further, std::int64_t{2});
  QCOMPARE(imported.notes.size(), std::size_t{2});
  QVERIFY(imported.notes[0].find("owl") != std::string::npos);
  QVERIFY(imported.notes[1].find("class2") != std::string::npos);
  const auto run = value(run_of_imported(fixture.study, {{"named", {}}}));
  const auto votes = value(load_votes(fixture.study, run, "test"));
  const auto& voter = votes.table().voters[0];
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t expected[] = {1, classes, 0};
    QCOMPARE(std::size_t{voter.predicted[i]}, expected[i % 3]);
    const bool known = votes.table().labels[i] != 2;
    QCOMPARE(std::isfinite(voter.log_prob_label[i]), known);
  }
  request.name = "short";
  request.names.pop_back();
  const auto refused = import_predictions(fixture.study, request);
  QVERIFY(!refused && to_string(refused.error()).find("3 names") != std::string::npos);
  request.names = {"a", "b", "c", "e"};
  QVERIFY(!import_predictions(fixture.study, request));
}

/// What two voters call alike is one class, whatever its place in their files; and otherwise two.
void TestImportPredictions::further_classes_are_told_apart_by_name() {
  StudyFixture fixture(rows, classes);
  // Columns behind the three classes: owl and cow, cow and owl, yak.
  const std::vector<std::vector<std::string>> further = {{"owl", "cow"}, {"cow", "owl"}, {"yak"}};
  std::vector<Voter> voters;
  for (std::size_t v = 0; v < further.size(); ++v) {
    PredictionImport request{
        "v" + std::to_string(v),       "d", "test", fixture.path("f.npy"), "probabilities",
        {"class0", "class1", "class2"}};
    request.names.insert(request.names.end(), further[v].begin(), further[v].end());
    const auto width = request.names.size();
    // Even samples: cow, or yak of whom has no cow; odd ones: owl, or class 0.
    std::vector<float> values(rows * width, 0.4F / static_cast<float>(width - 1));
    for (std::size_t i = 0; i < rows; ++i) {
      const auto wanted = std::ranges::find(request.names, i % 2 == 0 ? "cow" : "owl");
      const std::size_t place = wanted != request.names.end()
                                    ? static_cast<std::size_t>(wanted - request.names.begin())
                                : i % 2 == 0 ? std::size_t{classes}
                                             : 0;
      values[i * width + place] = 0.6F;
    }
    write_npy(request.file, values, rows, static_cast<int>(width));
    static_cast<void>(value(import_predictions(fixture.study, request)));
    voters.push_back({request.name, {}});
  }
  const auto run = value(run_of_imported(fixture.study, voters));
  // From the prediction files, and again from what was kept of them.
  for (int round = 0; round < 2; ++round) {
    const auto votes = value(load_votes(fixture.study, run, "test"));
    const auto& table = votes.table();
    QVERIFY(table.places != nullptr);
    QCOMPARE(table.places->further(), (FurtherClasses{"owl", "cow", "yak"}));
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t here = i % 2 == 0 ? classes + 1 : classes;
      QCOMPARE(std::size_t{table.voters[0].predicted[i]}, here);
      QCOMPARE(std::size_t{table.voters[1].predicted[i]}, here);
      QCOMPARE(std::size_t{table.voters[2].predicted[i]},
               i % 2 == 0 ? std::size_t{classes + 2} : std::size_t{0});
    }
    // Two of three agree on the owl and on the cow; by places in their files none would.
    const std::vector<std::size_t> all = {0, 1, 2};
    for (const char* text : {"majority", "mean(t=0.3)"}) {
      const auto policy = value(bind(value(parse_policy(text, 3))));
      const auto decisions = value(decide_run(fixture.study, run, "test", votes, all, policy));
      for (std::size_t i = 0; i < rows; ++i) {
        QCOMPARE(std::size_t{decisions.label[i]}, i % 2 == 0 ? classes + 1 : classes);
        QCOMPARE(int{decisions.accept[i]}, 1);
      }
      QCOMPARE(decisions.counts[Verdict::undetected], std::int64_t{rows});
    }
  }
}

void TestImportPredictions::one_hot_rows_are_said() {
  StudyFixture fixture(rows, classes);
  const auto file = fixture.path("hot.npy");
  std::vector<float> values(rows * classes, 0.0F);
  for (int i = 0; i < rows; ++i) values[static_cast<std::size_t>(i * classes + i % classes)] = 1;
  write_npy(file, values, rows, classes);
  const auto hot = value(import_predictions(fixture.study, {"hot", "d", "test", file}));
  QCOMPARE(hot.kind, std::string("probabilities"));
  QVERIFY(hot.notes.size() == 1 && hot.notes[0].find("one-hot") != std::string::npos);
  values[1] = values[2] = 0.25F;
  values[0] = 0.5F;
  write_npy(file, values, rows, classes);
  QVERIFY(value(import_predictions(fixture.study, {"warm", "d", "test", file})).notes.empty());
}

void TestImportPredictions::bad_arrays_are_refused_data() {
  QTest::addColumn<int>("lines");
  QTest::addColumn<int>("columns");
  QTest::addColumn<QString>("kind");
  QTest::addColumn<float>("spoiler");
  QTest::addColumn<QString>("named");
  QTest::newRow("too few rows") << rows - 1 << classes << "auto" << 0.F << "2500 samples × 3";
  QTest::newRow("too few columns") << rows << classes - 1 << "auto" << 0.F << "2500 samples × 3";
  QTest::newRow("not a number") << rows << classes << "auto"
                                << std::numeric_limits<float>::quiet_NaN() << "row 100, column 1";
  QTest::newRow("infinite") << rows << classes << "auto" << std::numeric_limits<float>::infinity()
                            << "row 100, column 1";
  QTest::newRow("no probabilities") << rows << classes << "probabilities" << 0.F << "row 0";
  QTest::newRow("unknown kind") << rows << classes << "votes" << 0.F << "'votes'";
}

void TestImportPredictions::bad_arrays_are_refused() {
  QFETCH(int, lines);
  QFETCH(int, columns);
  QFETCH(QString, kind);
  QFETCH(float, spoiler);
  QFETCH(QString, named);
  StudyFixture fixture(rows, classes);
  std::vector<float> values(static_cast<std::size_t>(lines * columns), 1.0F);
  values[static_cast<std::size_t>(100 * columns + 1)] += spoiler;
  const auto file = fixture.path("p.npy");
  write_npy(file, values, lines, columns);
  const auto imported =
      import_predictions(fixture.study, {"theirs", "d", "test", file, kind.toStdString()});
  QVERIFY(!imported);
  QVERIFY2(QString::fromStdString(imported.error().message).contains(named),
           imported.error().message.c_str());
  QVERIFY(value(fixture.study.models()).empty());
}

}  // namespace plumbline::test

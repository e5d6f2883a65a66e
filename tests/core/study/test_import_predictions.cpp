#include <QFile>
#include <QtTest>
#include <array>
#include <cmath>
#include <limits>

#include "core/review/figures.h"
#include "core/study/decide_run.h"
#include "core/study/import_predictions.h"
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

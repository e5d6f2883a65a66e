#include <QFile>
#include <QtTest>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/study/decide_run.h"
#include "core/study/import_predictions.h"
#include "core/study/output_kind.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

using Rows = std::vector<double>;  // of three

/// Twenty rows that sum to 1, of which `change` makes something else.
template <class Change>
Rows changed(Change change) {
  Rows made;
  for (int i = 0; i < 20; ++i) {
    const double top = 0.4 + i * 0.02;
    made.insert(made.end(), {top, 0.9 - top, 0.1});
  }
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = change(i, made[i]);
  return made;
}

}  // namespace

void TestOutputKind::rows_are_told_or_asked_about_data() {
  QTest::addColumn<QList<double>>("values");
  QTest::addColumn<QString>("told");  // the kind, or "" for an error
  QTest::addColumn<QStringList>("named");
  const auto add = [](const char* name, const Rows& rows, const char* told,
                      const QStringList& named = {}) {
    QTest::newRow(name) << QList<double>(rows.begin(), rows.end()) << QString(told) << named;
  };
  const auto same = [](std::size_t, double v) { return v; };
  add("probabilities", changed(same), "probabilities");
  add("one-hot", changed([](std::size_t i, double) { return i % 3 == 1 ? 1.0 : 0.0; }),
      "probabilities");
  add("log-probabilities", changed([](std::size_t, double v) { return std::log(v); }),
      "log-probabilities");
  add("of no chance", changed([](std::size_t i, double v) {
        return std::log(i % 3 == 2   ? 0
                        : i % 3 == 0 ? v
                                     : 1 - (0.4 + static_cast<double>(i / 3) * 0.02));
      }),
      "log-probabilities");
  add("logits", changed([](std::size_t, double v) { return 10 * v - 3; }), "logits");
  add("positive logits",
      changed([](std::size_t i, double v) { return 10 * v + static_cast<double>(i % 7); }),
      "logits");
  add("a row of zeros", changed([](std::size_t i, double v) { return i / 3 == 17 ? 0 : v; }), "",
      {"19 of 20 rows are probabilities", "row 17", "sum to 0"});
  add("a negative value", changed([](std::size_t i, double v) { return i == 7 ? -v : v; }), "",
      {"row 2", "negative"});
  add("one logarithm is wrong",
      changed([](std::size_t i, double v) { return i == 7 ? 0.5 : std::log(v); }), "",
      {"19 of 20 rows are log-probabilities", "row 2", "positive"});
  add("a sigmoid", changed([](std::size_t i, double v) { return i % 2 ? v : 1 - v * v; }), "",
      {"within 0 and 1", "sigmoid", "--kind"});
  add("percentages", changed([](std::size_t, double v) { return 100 * v; }), "",
      {"sums to about 100", "percentages", "--kind"});
  add("zeros", changed([](std::size_t, double) { return 0.0; }), "", {"within 0 and 1", "--kind"});
}

void TestOutputKind::rows_are_told_or_asked_about() {
  QFETCH(QList<double>, values);
  QFETCH(QString, told);
  QFETCH(QStringList, named);
  const Rows rows(values.begin(), values.end());
  const auto kind = told_kind(rows, 3, "auto", "p.npy");
  if (told.isEmpty()) {
    QVERIFY(!kind);
    const auto message = QString::fromStdString(to_string(kind.error()));
    for (const QString& word : named) QVERIFY2(message.contains(word), qPrintable(message));
  } else {
    QVERIFY2(kind.has_value(), kind ? "" : to_string(kind.error()).c_str());
    QCOMPARE(QString::fromUtf8(to_string(*kind).data()), told);
  }
  // Whoever says logits has logits.
  QVERIFY(value(told_kind(rows, 3, "logits", "p.npy")) == OutputValues::logits);
}

void TestOutputKind::a_named_kind_holds_for_every_row() {
  const Rows rows = changed([](std::size_t i, double v) { return i / 3 == 17 ? 0 : v; });
  const auto kind = told_kind(rows, 3, "probabilities", "p.npy");
  QVERIFY(!kind);
  QVERIFY(to_string(kind.error()).find("row 17") != std::string::npos);
  QVERIFY(!told_kind(rows, 3, "votes", "p.npy"));
  QVERIFY(!told_kind(rows, 3, "log-probabilities", "p.npy"));
}

void TestOutputKind::the_cases_are_read_or_named_data() {
  QTest::addColumn<QString>("file");
  QTest::addColumn<QString>("kind");
  QTest::addColumn<double>("confidence");  // the mean; 0: refused
  QTest::addColumn<QStringList>("named");
  const double right = 0.5934517049744842;
  const auto add = [](const char* file, const char* kind, double confidence,
                      const QStringList& named = {}) {
    QTest::addRow("%s, %s", file, kind) << QString(file) << QString(kind) << confidence << named;
  };
  add("good.npy", "auto", right);
  add("good.npy", "probabilities", right);
  add("good.npy", "logits", 0.1635290379765656);
  add("fortran.npy", "auto", right);
  add("big-endian.npy", "auto", right);
  add("half.npy", "auto", 0.5934588623046875);
  add("one-row-of-zeros.npy", "auto", 0, {"row 17", "399 of 400 rows are probabilities"});
  add("one-nan.npy", "auto", 0, {"row 3, column 2"});
  add("sigmoid.npy", "auto", 0, {"within 0 and 1", "--kind"});
  add("sigmoid.npy", "probabilities", 0, {"row 0", "sum to"});
  add("logits-in-0-1.npy", "auto", 0, {"within 0 and 1", "--kind"});
  add("percent.npy", "auto", 0, {"sums to about 100", "--kind"});
  add("transposed.npy", "auto", 0, {"400 samples × 10", "10 × 400", "transposed"});
  add("labels-only.npy", "auto", 0, {"one number per sample"});
  add("npz-named.npy", "auto", 0, {".npz"});
  add("extra-axis.npy", "auto", right);
}

void TestOutputKind::the_cases_are_read_or_named() {
  QFETCH(QString, file);
  QFETCH(QString, kind);
  QFETCH(double, confidence);
  QFETCH(QStringList, named);
  const char* data = std::getenv("PLUMBLINE_DATA");
  const auto folder = (data ? std::filesystem::path(data)
                            : std::filesystem::path(PLUMBLINE_SOURCE_DIR) / "../shared/data") /
                      "cases" / "kind-of-outputs";
  if (!std::filesystem::exists(folder)) QSKIP("shared/data/cases is not here");
  StudyFixture fixture(400, 10);
  const PredictionImport request{"theirs", "d", "test", folder / file.toStdString(),
                                 kind.toStdString()};
  const auto imported = import_predictions(fixture.study, request);
  if (confidence == 0) {
    QVERIFY(!imported);
    const auto message = QString::fromStdString(to_string(imported.error()));
    for (const QString& word : named) QVERIFY2(message.contains(word), qPrintable(message));
    QVERIFY(value(fixture.study.models()).empty());
    return;
  }
  QVERIFY2(imported.has_value(), imported ? "" : to_string(imported.error()).c_str());
  RunInfo run;
  run.name = "r";
  run.dataset = value(fixture.study.dataset("d")).id;
  run.splits = {"test"};
  run.voters = {{"theirs", {}}};
  succeed(fixture.study.add_run(run));
  run = value(fixture.study.run("r"));
  const auto votes = value(load_votes(fixture.study, run, "test"));
  const std::vector<std::size_t> voters = {0};
  for (const char* text : {"mcp", "mean"}) {
    const auto policy = value(bind(value(parse_policy(text, 1))));
    const auto decisions = value(decide_run(fixture.study, run, "test", votes, voters, policy));
    double sum = 0;
    for (const double score : decisions.score) sum += score;
    // What the references give is float32's mean of float32 values.
    // Rows in half precision sum to 1 within its rounding, and are divided by their sum.
    const double tolerance = QByteArray(QTest::currentDataTag()).startsWith("half") ? 2e-5 : 1e-7;
    QVERIFY2(std::abs(sum / 400 - confidence) < tolerance,
             qPrintable(QString::number(sum / 400, 'g', 15)));
  }
}

/// Confidences that were given in float64 and that float32 cannot tell apart.
void TestOutputKind::doubles_stay_doubles() {
  constexpr int samples = 3000;
  StudyFixture fixture(samples, 3);
  std::string head = "{'descr': '<f8', 'fortran_order': False, 'shape': (3000, 3), }";
  head.resize((head.size() + 11 + 63) / 64 * 64 - 11, ' ');
  head += '\n';
  std::vector<double> values;
  for (int i = 0; i < samples; ++i) {
    const double sure = 0.6 + i * 1e-12;
    values.insert(values.end(), {0.1, sure, 0.9 - sure});
  }
  QFile file(QString::fromStdString(fixture.path("p.npy").string()));
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(QByteArray("\x93NUMPY\x01\x00", 8));
  file.putChar(static_cast<char>(head.size() % 256));
  file.putChar(static_cast<char>(head.size() / 256));
  file.write(head.data(), static_cast<qint64>(head.size()));
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<qint64>(values.size() * sizeof(double)));
  file.close();
  static_cast<void>(
      value(import_predictions(fixture.study, {"theirs", "d", "test", fixture.path("p.npy")})));
  RunInfo run;
  run.name = "r";
  run.dataset = value(fixture.study.dataset("d")).id;
  run.splits = {"test"};
  run.voters = {{"theirs", {}}};
  succeed(fixture.study.add_run(run));
  run = value(fixture.study.run("r"));
  const std::vector<std::size_t> voters = {0};
  for (int time = 0; time < 2; ++time) {  // from the files, then from the segment
    const auto votes = value(load_votes(fixture.study, run, "test"));
    for (const char* text :
         {"mcp", "mean", "gmean", "max", "majority", "polygraph(thr_conf=0.6)"}) {
      const auto policy = value(bind(value(parse_policy(text, 1))));
      const auto decisions = value(decide_run(fixture.study, run, "test", votes, voters, policy));
      const double offset = policy.policy.kind().least_score ? 0 : 1;
      for (std::size_t i = 0; i < samples; ++i)
        if (std::abs(decisions.score[i] - offset - values[3 * i + 1]) > 1e-15)
          QFAIL(qPrintable(
              QString("%1: sample %2 is %3").arg(text).arg(i).arg(decisions.score[i], 0, 'g', 17)));
    }
  }
}

}  // namespace plumbline::test

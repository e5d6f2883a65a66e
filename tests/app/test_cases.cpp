#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>

#include "tests/app/engine_process.h"
#include "tests/app/tests.h"

namespace plumbline::test {

namespace {

QJsonObject object_of(const QByteArray& json) { return QJsonDocument::fromJson(json).object(); }

/// A study with the case's images as "d" and its model as "m".
void make_case_study(const QString& study, const QString& folder, const QStringList& model) {
  const auto data = engine({"import", "dataset", study, "--name", "d", "--format", "image-folder",
                            "--images", folder + "/images", "--quiet"});
  if (data.exit_code != 0) qFatal("%s", data.err.constData());
  const auto added = engine(QStringList{"import", "model", study, "--name", "m"} + model);
  if (added.exit_code != 0) qFatal("%s", added.err.constData());
}

Outcome run_case(const QString& study) {
  return engine({"run", study, "--dataset", "d", "--split", "test", "--models", "m", "--views",
                 "identity", "--name", "r", "--json"});
}

}  // namespace

void TestCases::initTestCase() {
  if (shared_data().isEmpty() || !QFileInfo::exists(shared_data() + "/cases"))
    QSKIP("the cases are not here: set PLUMBLINE_DATA");
}

void TestCases::numbered_folders_are_matched_by_name_data() {
  QTest::addColumn<QString>("card");
  QTest::addColumn<QString>("said");
  QTest::newRow("names in another order") << "oracle12.card.json" << "";
  QTest::newRow("words") << "card-words.json" << "10 (sign 10) → 10, 11 (sign 11) → 11";
  QTest::newRow("no names") << "card-unnamed.json" << "class k is output k";
}

/// Folders 0, 1, 10, 11, 2, …: by their places 16.7 % would be right.
void TestCases::numbered_folders_are_matched_by_name() {
  QFETCH(QString, card);
  QFETCH(QString, said);
  const QString folder = shared_data() + "/cases/numeric-folders";
  QTemporaryDir scratch;
  const QString study = scratch.filePath("s.plumb");
  make_case_study(study, folder,
                  {"--file", folder + "/oracle12.pt", "--card", folder + "/" + card});
  const auto run = run_case(study);
  QVERIFY2(run.exit_code == 0, run.err.constData());
  const auto summary = object_of(run.out);
  QCOMPARE(summary["samples"].toInt(), 24);
  QCOMPARE(summary["voters"].toArray()[0].toObject()["accuracy"].toDouble(), 1.0);
  // What is matched by index is said, with the pairs.
  QCOMPARE(run.err.contains("matched by index"), !said.isEmpty());
  QVERIFY2(run.err.contains(said.toUtf8()), run.err.constData());
  const auto decided =
      object_of(engine({"decide", study, "--run", "r", "--policy", "mcp(t=0)", "--json"}).out);
  QCOMPARE(decided["kept_correct"].toInt(), 24);
}

/// Six images give NaN: no votes, named, and in no figure.
void TestCases::outputs_that_are_not_finite_are_no_votes() {
  const QString folder = shared_data() + "/cases/nan-outputs";
  QTemporaryDir scratch;
  const QString study = scratch.filePath("s.plumb");
  make_case_study(study, folder, {"--file", folder + "/nan_late.pt"});
  const auto run = run_case(study);
  QVERIFY2(run.exit_code == 0, run.err.constData());
  QCOMPARE(object_of(run.out)["samples"].toInt(), 12);
  for (const char* said : {"not finite", "6 of 12", "a/03.png", "a/09.png", "b/01.png", "b/07.png",
                           "c/05.png", "c/11.png"})
    QVERIFY2(run.err.contains(said), said);

  const auto decided =
      object_of(engine({"decide", study, "--run", "r", "--policy", "mcp(t=0)", "--json"}).out);
  QCOMPARE(decided["samples"].toInt(), 6);
  QCOMPARE(decided["not_judged"].toInt(), 6);
  QCOMPARE(decided["kept_correct"].toInt(), 2);
  QCOMPARE(decided["undetected_mispredictions"].toInt(), 4);
  for (const char* figure : {"aurc", "auroc", "ece", "nll", "brier"})
    QVERIFY2(decided[figure].isDouble(), figure);

  // The table has an empty vote for each of them, and the figures are those of the others.
  const auto table =
      engine({"export", study, "--run", "r", "--what", "predictions", "-o", "-"}).out;
  double loss = 0;
  int votes = 0, empty = 0, right = 0;
  auto lines = table.split('\n');
  lines.removeFirst();
  for (const QByteArray& line : lines) {
    const auto cells = line.split(',');
    if (cells.size() < 7) continue;
    if (cells[4].isEmpty()) {
      QVERIFY(cells[5].isEmpty() && cells[6].isEmpty());
      ++empty;
      continue;
    }
    ++votes;
    right += cells[1] == cells[4];
    loss -= cells[6].toDouble();
  }
  QCOMPARE(votes, 6);
  QCOMPARE(empty, 6);
  QCOMPARE(right, 2);
  QVERIFY(std::abs(decided["nll"].toDouble() - loss / 6) < 1e-6);
}

}  // namespace plumbline::test

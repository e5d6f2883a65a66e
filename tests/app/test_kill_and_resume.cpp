#include <QDir>
#include <QTemporaryDir>
#include <QtTest>
#include <random>

#include "tests/app/engine_process.h"
#include "tests/app/tests.h"

namespace plumbline::test {

namespace {

QByteArray integrity(const QString& study) {
  QProcess sqlite;
  sqlite.start("sqlite3", {study + "/study.sqlite", "PRAGMA integrity_check"});
  if (!sqlite.waitForFinished()) return "no sqlite3";
  return sqlite.readAllStandardOutput().trimmed();
}

QByteArray exported(const QString& study) {
  const auto out = study + ".csv";
  const auto result = engine({"export", study, "--run", "r", "--what", "predictions", "-o", out});
  if (result.exit_code != 0) qFatal("%s", result.err.constData());
  return read_file(out);
}

}  // namespace

void TestKillAndResume::ten_kills_in_a_row() {
  constexpr int samples = 9000, kills = 10;
  QTemporaryDir directory;
  const auto arguments = [](const QString& study) -> QStringList {
    return {"run",     study,  "--dataset", "fashion",
            "--split", "test", "--voters",  "resnet20-a:identity,resnet20-b:flip_x",
            "--name",  "r",    "--resume",  "--quiet"};
  };
  const auto whole = directory.filePath("whole.plumb"), cut = directory.filePath("cut.plumb");
  make_fashion_study(whole, directory.filePath("data"), samples, 2);
  make_fashion_study(cut, directory.filePath("data"), samples, 2);
  QElapsedTimer timer;
  timer.start();
  const auto uninterrupted = engine(arguments(whole));
  QVERIFY2(uninterrupted.exit_code == 0, uninterrupted.err.constData());
  const auto duration = timer.elapsed();

  // Moments from the first instruction to well into the work; the seed is printed with a failure.
  std::mt19937 random(20);
  int killed = 0, finished = 0;
  for (int i = 0; i < kills; ++i) {
    auto process = start_engine(arguments(cut));
    const auto longest = i < 3 ? 300 : duration / 3;
    const auto wait =
        static_cast<int>(random() % static_cast<unsigned long>(std::max<qint64>(1, longest)));
    if (process->waitForFinished(wait)) {
      ++finished;
    } else {
      process->kill();
      process->waitForFinished();
      ++killed;
    }
    const auto found = integrity(cut);
    if (found != "no sqlite3") QCOMPARE(found, QByteArray("ok"));
  }
  QVERIFY2(killed >= 5, qPrintable(QString("only %1 runs were killed").arg(killed)));
  const auto last = engine(arguments(cut));
  QVERIFY2(last.exit_code == 0, last.err.constData());
  QCOMPARE(exported(cut), exported(whole));
  // Nor is anything left that SQLite does not name.
  const auto usage = engine({"usage", cut, "--json"});
  QCOMPARE(usage.exit_code, 0);
  QVERIFY2(!usage.out.contains("unnamed"), usage.out.constData());
  // A complete run is left as it is.
  QCOMPARE(engine(arguments(cut)).exit_code, 0);
}

}  // namespace plumbline::test

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMap>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>

#include "tests/app/engine_process.h"
#include "tests/app/tests.h"

namespace plumbline::test {

void TestDemo::one_command_builds_the_study() {
  QTemporaryDir folder;
  const QString study = folder.filePath("demo.plumb");
  const QStringList command = {"demo", study, "--without-search", "--quiet"};
  const auto built = engine(command);
  QVERIFY2(built.exit_code == 0, built.err.constData());
  // What the tour in the README leads to, computed by another command.
  const auto decided = engine({"decide", study, "--run", "six members", "--decision", "six votes",
                               "--split", "test", "--conditions", "all", "--json"});
  QVERIFY2(decided.exit_code == 0, decided.err.constData());
  const auto figures = QJsonDocument::fromJson(decided.out).object();
  QCOMPARE(figures["samples"].toInt(), 6'000);
  QVERIFY(figures["undetected_mispredictions"].toInt() > 0);
  QVERIFY(figures["kept_correct"].toInt() > 4'200);
  // Rising noise: each picture worse than the one before, all of them computed.
  const auto conditions = figures["conditions"].toArray();
  QCOMPARE(conditions.size(), 4);
  double before = 1;
  for (const auto& condition : conditions) {
    const double accuracy = condition.toObject()["accuracy"].toDouble();
    QVERIFY(condition.toObject()["complete"].toBool() && accuracy < before);
    before = accuracy;
  }
  QCOMPARE(engine({"decide", study, "--run", "six members", "--decision", "one network", "--split",
                   "test", "--json"})
               .exit_code,
           0);
  QCOMPARE(engine({"decide", study, "--run", "4 × 4", "--policy", "majority", "--split", "test",
                   "--json"})
               .exit_code,
           0);
  // Two detectors, fused: at as many false detections an image as were allowed where the
  // thresholds were chosen, more objects are found than by the better one alone.
  const auto detected = [&](const char* decision) {
    return QJsonDocument::fromJson(engine({"decide", study, "--run", "2 detectors × 3",
                                           "--decision", decision, "--split", "test", "--json"})
                                       .out)
        .object();
  };
  const auto alone = detected("one detector"), fused = detected("six detectors");
  QCOMPARE(alone["samples"].toInt(), 601);  // as README.md says
  QCOMPARE(fused["samples"].toInt(), alone["samples"].toInt());
  QVERIFY(alone["kept_correct"].toInt() > 0.7 * alone["samples"].toInt());
  // README.md's figures; another processor rounds otherwise.
  QVERIFY(std::abs(alone["undetected_mispredictions"].toInt() - 80) <= 4);
  QVERIFY(std::abs(fused["undetected_mispredictions"].toInt() - 42) <= 4);
  // A report says what was allowed where the threshold was chosen, and what it came to on test.
  QProcess report;
  report.setProcessChannelMode(QProcess::SeparateChannels);
  report.start(QFileInfo(PLUMBLINE_ENGINE).path() + "/plumbline",
               {"report", study, "--run", "2 detectors × 3", "--decision", "six detectors",
                "--split", "test", "--format", "json", "-o", "-"});
  QVERIFY(report.waitForFinished(120'000));
  QVERIFY2(report.exitCode() == 0, report.readAllStandardError().constData());
  QMap<QString, QJsonObject> reported;
  const auto written = QJsonDocument::fromJson(report.readAllStandardOutput()).object();
  for (const auto& figure : written["figures"].toArray())
    reported[figure.toObject()["id"].toString()] = figure.toObject();
  const double share = fused["kept_correct"].toDouble() / fused["samples"].toDouble();
  QVERIFY(std::abs(reported["decision.found_share"]["value"].toDouble() - share) < 1e-12);
  const double allowed = reported["selected.false_per_image"]["value"].toDouble();
  QVERIFY(allowed > 0.9 && allowed <= 1);
  QVERIFY(std::abs(reported["drift.false_per_image"]["value"].toDouble() -
                   (reported["decision.false_per_image"]["value"].toDouble() - allowed)) < 1e-12);
  QVERIFY(!reported.contains("drift.accuracy"));
  // Once more does nothing again.
  QCOMPARE(engine(command).exit_code, 0);
  const auto nowhere = engine({"demo", study, "--resources", folder.path()});
  QCOMPARE(nowhere.exit_code, 3);
  QVERIFY(nowhere.err.contains("demo's data"));
}

}  // namespace plumbline::test

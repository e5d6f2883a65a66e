#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <csignal>
#include <numeric>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/decision/staging.h"
#include "core/study/run_votes.h"
#include "core/study/study.h"
#include "tests/app/decided_study.h"
#include "tests/app/decision_tests.h"
#include "tests/app/engine_process.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

const DecidedStudy& study_of_decisions() { return DecidedStudy::instance(); }
QString study_path() { return study_of_decisions().path(); }
QString scratch_file(const QString& name) { return study_of_decisions().file(name); }

QStringList test_pictures() {
  static const QStringList files = study_of_decisions().pictures("test");
  return files;
}

/// Fields of a CSV file without quoted ones, by row, without the heads.
QList<QByteArrayList> rows_in(const QString& file) {
  QList<QByteArrayList> rows;
  const auto lines = read_file(file).split('\n');
  for (int i = 1; i + 1 < lines.size(); ++i) rows << lines[i].split(',');
  return rows;
}

void save(const QString& policy, const QString& name) {
  const auto saved = engine({"decide", study_path(), "--run", "r", "--policy", policy, "--voters",
                             study_of_decisions().voters().join(','), "--split", "test", "--fit-on",
                             "validation", "--save", name, "--replace"});
  if (saved.exit_code != 0) qFatal("%s", saved.err.constData());
}

/// What decide says of the test split: predicted class, accepted, score.
QList<QByteArrayList> decided_rows(const QString& decision) {
  const QString file = scratch_file("decided.csv");
  const auto exported = engine({"export", study_path(), "--decision", decision, "--split", "test",
                                "--what", "decisions", "-o", file});
  if (exported.exit_code != 0) qFatal("%s", exported.err.constData());
  const auto heads = read_file(file).split('\n').front().split(',');
  QList<QByteArrayList> rows;
  for (const auto& row : rows_in(file))
    rows << QByteArrayList{row[heads.indexOf("predicted")], row[heads.indexOf("accepted")],
                           row[heads.indexOf("score")]};
  return rows;
}

Outcome applied(const QStringList& words) {
  return engine(QStringList{"apply"} + words + QStringList{"--quiet"});
}

}  // namespace

void TestApply::verdicts_equal_those_of_decide_data() {
  QTest::addColumn<QString>("policy");
  for (const char* policy :
       {"mcp(t=0.8)", "majority", "unanimous", "polygraph(thr_conf=0.6,thr_freq=2)", "mean(t=0.7)",
        "weighted(inner=mean(t=0.7))", "temperature(inner=mean(t=0.7))", "conformal(alpha=0.2)",
        "staged(inner=polygraph(thr_conf=0.6,thr_freq=2),order=2:0:1)", "cascade(t=0.8:0.6:0.5)"})
    QTest::newRow(policy) << policy;
}

void TestApply::verdicts_equal_those_of_decide() {
  QFETCH(QString, policy);
  save(policy, "one");
  const auto expected = decided_rows("one");
  // Half of each class, so that it is half of all but for odd ones.
  QVERIFY(std::abs(expected.size() - DecidedStudy::images / 2) <= 5);
  const QString out = scratch_file("applied.csv");
  QCOMPARE(test_pictures().size(), expected.size());
  const auto made = applied(
      {study_path(), "--decision", "one", "--images", scratch_file("test"), "-o", out, "--json"});
  QVERIFY2(made.exit_code == 0, made.err.constData());
  const auto rows = rows_in(out);
  QCOMPARE(rows.size(), expected.size());
  int accepted = 0;
  for (int i = 0; i < rows.size(); ++i) {
    QVERIFY(rows[i][0].endsWith(test_pictures()[i].section('/', -1).toUtf8()));
    QCOMPARE(rows[i][1], expected[i][0]);
    QCOMPARE(rows[i][2], expected[i][1]);
    QCOMPARE(rows[i][3], expected[i][2]);
    QCOMPARE(rows[i][4], policy.startsWith("mcp") ? QByteArray("1") : QByteArray("3"));
    accepted += rows[i][2] == "1";
  }
  // What is compared is not all the same; a cascade's last voter is seldom unsure.
  QVERIFY(accepted > 0);
  QVERIFY(accepted < rows.size() || policy.startsWith("cascade"));
  const auto summary = QJsonDocument::fromJson(made.out).object();
  QCOMPARE(summary["accepted"].toInt(), accepted);
  QCOMPARE(summary["images"].toInt(), static_cast<int>(rows.size()));
}

void TestApply::stages_change_no_verdict_data() {
  QTest::addColumn<QString>("policy");
  for (const char* policy : {"majority", "unanimous", "polygraph(thr_conf=0.6,thr_freq=2)",
                             "staged(inner=majority,order=2:0:1)", "cascade(t=0.9:0.7:0.5)",
                             "cascade(form=agreement,first=2)", "mcp(t=0.8)"})
    QTest::newRow(policy) << policy;
}

void TestApply::stages_change_no_verdict() {
  QFETCH(QString, policy);
  save(policy, "staged one");
  const auto expected = decided_rows("staged one");
  static_cast<void>(test_pictures());
  const QString out = scratch_file("staged.csv");
  const auto made = applied({study_path(), "--decision", "staged one", "--images",
                             scratch_file("test"), "--staged", "-o", out, "--json"});
  QVERIFY2(made.exit_code == 0, made.err.constData());
  const auto rows = rows_in(out);
  QCOMPARE(rows.size(), expected.size());
  // By what the run's votes settle, with no network asked again.
  const auto study = value(Study::open(study_path().toStdString(), Access::read_only));
  const auto decision = value(study.decision("staged one"));
  const RunVotes run_votes = value(load_votes(study, value(study.run("r")), "test"));
  const auto stages = stage_order(decision.policy);
  QVERIFY(stages);
  QCOMPARE(run_votes.table().samples(), static_cast<std::size_t>(rows.size()));
  int run = 0, without_score = 0;
  for (int i = 0; i < rows.size(); ++i) {
    QCOMPARE(rows[i][1], expected[i][0]);
    QCOMPARE(rows[i][2], expected[i][1]);
    QCOMPARE(rows[i][4].toULongLong(), voters_asked(*stages->policy, run_votes.table(),
                                                    stages->order, static_cast<std::size_t>(i)));
    run += rows[i][4].toInt();
    without_score += rows[i][3].isEmpty();
    if (rows[i][4] == "3") QVERIFY(!rows[i][3].isEmpty());
  }
  const double mean = static_cast<double>(run) / static_cast<double>(rows.size());
  // That three agree, and which label those that do not have, takes all three.
  QVERIFY2(policy == "unanimous" ? mean == 3 : mean < 3, qPrintable(policy));
  QCOMPARE(QJsonDocument::fromJson(made.out).object()["voters_run"].toDouble(), mean);
  // A score that depends on nobody who was not asked is there.
  const bool needs_all = !policy.startsWith("cascade") && !policy.startsWith("mcp");
  QCOMPARE(without_score > 0, needs_all && mean < 3);
  // Where decide counts stages, it expects as many to be asked.
  if (!needs_all || policy.startsWith("staged")) {
    const auto shares = asked_shares(decision.policy, run_votes.table());
    QVERIFY(std::abs(std::accumulate(shares.begin(), shares.end(), 0.0) - mean) < 1e-9);
  }
}

void TestApply::a_split_of_the_study_needs_no_files_data() {
  QTest::addColumn<QString>("policy");
  QTest::addColumn<bool>("staged");
  QTest::newRow("staged") << "polygraph(thr_conf=0.6,thr_freq=2)" << true;
  QTest::newRow("all at once") << "majority" << false;
  QTest::newRow("by distributions") << "mean(t=0.7)" << false;
}

void TestApply::a_split_of_the_study_needs_no_files() {
  QFETCH(QString, policy);
  QFETCH(bool, staged);
  save(policy, "of a split");
  const auto expected = decided_rows("of a split");
  const QString out = scratch_file("of a split.csv");
  QStringList words = {study_path(), "--decision", "of a split", "--dataset", "fashion",
                       "--split",    "test",       "-o",         out};
  if (staged) words << "--staged";
  const auto made = applied(words);
  QVERIFY2(made.exit_code == 0, made.err.constData());
  const auto rows = rows_in(out);
  QCOMPARE(rows.size(), expected.size());
  for (int i = 0; i < rows.size(); ++i) {
    QCOMPARE(rows[i][1], expected[i][0]);
    QCOMPARE(rows[i][2], expected[i][1]);
    if (!staged) QCOMPARE(rows[i][3], expected[i][2]);
  }
}

void TestApply::a_policy_that_needs_all_is_not_staged() {
  save("mean", "all at once");
  const auto refused =
      applied({study_path(), "--decision", "all at once", "--images", test_pictures().front(),
               "--staged", "-o", scratch_file("refused.csv")});
  QCOMPARE(refused.exit_code, 2);
  QVERIFY2(refused.err.contains("mean"), refused.err.constData());
  QVERIFY(!QFile::exists(scratch_file("refused.csv")));
}

void TestApply::unreadable_images_are_named_in_their_order() {
  save("majority", "all");
  const QString broken = scratch_file("broken.png"), lost = scratch_file("lost.png");
  write_file(broken, "no picture at all");
  const QStringList images = {test_pictures()[3], broken, test_pictures()[1], lost,
                              test_pictures()[2]};
  const QString out = scratch_file("some.json");
  for (const bool staged : {false, true}) {
    QStringList words = QStringList{study_path(), "--decision", "all", "--images"} + images +
                        QStringList{"-o", out, "--json"};
    if (staged) words << "--staged";
    const auto made = applied(words);
    QVERIFY2(made.exit_code == 0, made.err.constData());
    const auto rows = QJsonDocument::fromJson(read_file(out)).array();
    QCOMPARE(rows.size(), 5);
    for (int i = 0; i < 5; ++i) {
      const auto row = rows[i].toObject();
      QCOMPARE(row["image"].toString(), images[i]);
      const bool bad = i == 1 || i == 3;
      QCOMPARE(!row["error"].toString().isEmpty(), bad);
      QCOMPARE(row["label"].toString().isEmpty(), bad);
    }
    QCOMPARE(QJsonDocument::fromJson(made.out).object()["unreadable"].toInt(), 2);
  }
}

void TestApply::names_come_from_standard_input() {
  save("majority", "all");
  QProcess process;
  process.start(PLUMBLINE_ENGINE, {"apply", study_path(), "--decision", "all", "--images", "-",
                                   "-o", "-", "--quiet"});
  process.write((test_pictures()[5] + "\r\n\n" + test_pictures()[4] + "\n").toUtf8());
  process.closeWriteChannel();
  QVERIFY(process.waitForFinished(120'000));
  QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
  const auto lines = process.readAllStandardOutput().split('\n');
  QCOMPARE(lines.size(), 4);
  QCOMPARE(lines[0], QByteArray("image,label,accepted,score,voters_run,error"));
  QVERIFY(lines[1].startsWith(test_pictures()[5].toUtf8()));
  QVERIFY(lines[2].startsWith(test_pictures()[4].toUtf8()));
}

void TestApply::wrong_requests_are_named_data() {
  QTest::addColumn<QString>("line");
  QTest::addColumn<int>("code");
  QTest::addColumn<QString>("named");
  QTest::newRow("no decision") << "STUDY --images DIR/test -o DIR/x.csv" << 2 << "--decision";
  QTest::newRow("an unknown one") << "STUDY --decision nope --images DIR/test -o DIR/x.csv" << 2
                                  << "no decision 'nope'";
  QTest::newRow("no study") << "DIR/none --decision all --images DIR/test -o DIR/x.csv" << 3
                            << "none";
  QTest::newRow("an empty folder")
      << "STUDY --decision all --images DIR/empty -o DIR/x.csv" << 3 << "no image";
  QTest::newRow("nothing to apply it to") << "STUDY --decision all -o DIR/x.csv" << 2 << "--images";
  QTest::newRow("an unknown data set")
      << "STUDY --decision all --dataset nope -o DIR/x.csv" << 3 << "nope";
  QTest::newRow("which of several splits")
      << "STUDY --decision all --dataset fashion -o DIR/x.csv" << 2 << "--split";
  QTest::newRow("files and a data set")
      << "STUDY --decision all --images DIR/test --dataset fashion -o DIR/x.csv" << 2
      << "--dataset";
  QTest::newRow("no output") << "STUDY --decision all --images DIR/test" << 2 << "--output";
  QTest::newRow("no such folder for it")
      << "STUDY --decision all --images DIR/test -o DIR/nope/x.csv" << 3 << "nope";
}

void TestApply::wrong_requests_are_named() {
  QFETCH(QString, line);
  QFETCH(int, code);
  QFETCH(QString, named);
  save("majority", "all");
  static_cast<void>(test_pictures());
  QDir().mkpath(scratch_file("empty"));
  auto words = line.split(' ');
  words.replaceInStrings("STUDY", study_path());
  words.replaceInStrings("DIR", scratch_file(""));
  const auto outcome = applied(words);
  QVERIFY2(outcome.exit_code == code, outcome.err.constData());
  QVERIFY2(outcome.err.contains(named.toUtf8()), outcome.err.constData());
}

void TestApply::a_data_set_without_splits_is_said_to_have_none() {
  save("majority", "all");
  SQLite::Database database((study_path() + "/study.sqlite").toStdString(), SQLite::OPEN_READWRITE);
  database.exec("INSERT INTO dataset(name, format) VALUES('bare', 'idx')");
  const auto outcome = applied(
      {study_path(), "--decision", "all", "--dataset", "bare", "-o", scratch_file("bare.csv")});
  database.exec("DELETE FROM dataset WHERE name = 'bare'");
  QVERIFY2(outcome.exit_code == 2, outcome.err.constData());
  QVERIFY2(outcome.err.contains("the data set 'bare' has no split"), outcome.err.constData());
}

void TestApply::a_bundle_decides_alike_elsewhere() {
  save("weighted(inner=mean(t=0.7))", "fitted");
  const auto expected = decided_rows("fitted");
  const QString bundle = scratch_file("fitted.plumbdecision");
  const auto exported = engine(
      {"export", study_path(), "--what", "deployment", "--decision", "fitted", "-o", bundle});
  QVERIFY2(exported.exit_code == 0, exported.err.constData());
  // No part of a second export replaces the first one.
  QCOMPARE(
      engine({"export", study_path(), "--what", "deployment", "--decision", "fitted", "-o", bundle})
          .exit_code,
      3);
  // On "another machine": a copy in another place, with nothing else there.
  QTemporaryDir elsewhere;
  const QString moved = elsewhere.filePath("moved");
  QVERIFY(QDir().rename(bundle, moved));
  static_cast<void>(test_pictures());
  const QString out = elsewhere.filePath("out.csv");
  const auto made = applied({moved, "--images", scratch_file("test"), "-o", out});
  QVERIFY2(made.exit_code == 0, made.err.constData());
  const auto rows = rows_in(out);
  QCOMPARE(rows.size(), expected.size());
  for (int i = 0; i < rows.size(); ++i) {
    QCOMPARE(rows[i][1], expected[i][0]);
    QCOMPARE(rows[i][2], expected[i][1]);
    QCOMPARE(rows[i][3], expected[i][2]);
  }
  const QByteArray document = read_file(moved + "/decision.json");
  QVERIFY(!document.contains(study_path().toUtf8()));
}

void TestApply::a_bundle_that_was_changed_is_refused_data() {
  QTest::addColumn<QString>("what");
  QTest::addColumn<QString>("named");
  QTest::newRow("another threshold") << "threshold" << "is not what was exported";
  QTest::newRow("no JSON") << "cut" << "decision.json";
  QTest::newRow("a model's byte") << "model byte" << "resnet20-a.safetensors";
  QTest::newRow("a model's end") << "model end" << "bytes instead of";
  QTest::newRow("no model") << "model gone" << "lacks this file";
  QTest::newRow("a link for a model") << "link" << "or it is a link";
  QTest::newRow("a card") << "card" << "resnet20-a.card.json";
  QTest::newRow("a path that leads out") << "path" << "must be the name of a file";
  QTest::newRow("an absolute path") << "absolute" << "must be the name of a file";
  QTest::newRow("a number that is none") << "size" << "size";
  QTest::newRow("a version to come") << "version" << "format";
  QTest::newRow("an unknown key") << "key" << "extra";
}

void TestApply::a_bundle_that_was_changed_is_refused() {
  QFETCH(QString, what);
  QFETCH(QString, named);
  save("majority", "all");
  QTemporaryDir place;
  const QString bundle = place.filePath("b");
  QCOMPARE(
      engine({"export", study_path(), "--what", "deployment", "--decision", "all", "-o", bundle})
          .exit_code,
      0);
  const QString document = bundle + "/decision.json",
                model = bundle + "/models/resnet20-a.safetensors",
                card = bundle + "/models/resnet20-a.card.json";
  const auto replace = [](const QString& file, const QByteArray& before, const QByteArray& after) {
    QByteArray bytes = read_file(file);
    if (!bytes.contains(before)) qFatal("nothing to change");
    write_file(file, bytes.replace(bytes.indexOf(before), before.size(), after));
  };
  if (what == "threshold") replace(document, "\"majority", "\"unanimous");
  if (what == "cut") write_file(document, read_file(document).chopped(20));
  if (what == "model byte") {
    QByteArray bytes = read_file(model);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    write_file(model, bytes);
  }
  if (what == "model end") write_file(model, read_file(model).chopped(1));
  if (what == "model gone") QVERIFY(QFile::remove(model));
  if (what == "link") {
    QVERIFY(QFile::rename(model, place.filePath("m")));
    QVERIFY(QFile::link(place.filePath("m"), model));
  }
  if (what == "card") replace(card, "\"schema\"", " \"schema\"");
  if (what == "path") replace(document, "\"resnet20-a.safetensors\"", "\"../../m.safetensors\"");
  if (what == "absolute") replace(document, "\"resnet20-a.safetensors\"", "\"/etc/passwd\"");
  if (what == "size") replace(document, "\"size\": ", "\"size\": -");
  if (what == "version") replace(document, "plumbline decision 1", "plumbline decision 2");
  if (what == "key") replace(document, "\"name\"", "\"extra\": 1, \"name\"");
  const auto refused =
      applied({bundle, "--images", test_pictures().front(), "-o", place.filePath("out.csv")});
  QVERIFY2(refused.exit_code == 3, refused.err.constData());
  QVERIFY2(refused.err.contains(named.toUtf8()), refused.err.constData());
  QVERIFY(!QFile::exists(place.filePath("out.csv")));
}

void TestApply::cancel_writes_nothing() {
  save("majority", "all");
  // The same images often enough that there is time to stop.
  QByteArray names;
  for (int i = 0; i < 100; ++i) names += test_pictures().join('\n').toUtf8() + "\n";
  const QString out = scratch_file("cancelled.csv");
  QProcess process;
  process.start(PLUMBLINE_ENGINE, {"apply", study_path(), "--decision", "all", "--images", "-",
                                   "-o", out, "--events"});
  process.write(names);
  process.closeWriteChannel();
  QByteArray events;
  while (!events.contains("\"applying\"")) {
    QVERIFY(process.waitForReadyRead(120'000));
    events += process.readAllStandardOutput();
  }
  ::kill(static_cast<pid_t>(process.processId()), SIGTERM);
  QVERIFY(process.waitForFinished(120'000));
  QCOMPARE(process.exitCode(), 130);
  const QByteArray said = events + process.readAllStandardOutput() + process.readAllStandardError();
  QVERIFY2(said.contains("cancelled after "), said.constData());
  QVERIFY2(said.contains("cancelled.csv was not written"), said.constData());
  QVERIFY(!QFile::exists(out));
  QCOMPARE(QDir(scratch_file("")).entryList({"cancelled*"}, QDir::Files | QDir::Hidden),
           QStringList());
}

}  // namespace plumbline::test

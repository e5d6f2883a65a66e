#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/app/engine_process.h"
#include "tests/app/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

constexpr int upkeep_samples = 60;

QJsonObject usage_of(const QString& study) {
  return QJsonDocument::fromJson(engine({"usage", study, "--json"}).out).object();
}

qint64 bytes_below(const QString& place) {
  qint64 bytes = 0;
  QDirIterator files(place, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
  while (files.hasNext()) {
    files.next();
    bytes += files.fileInfo().size();
  }
  return bytes;
}

QStringList prediction_files(const QString& study) {
  return QDir(study + "/predictions").entryList({"*.safetensors"}, QDir::Files);
}

/// A study of its own with two members and two runs that share a voter.
class TwoRuns {
 public:
  TwoRuns() {
    make_fashion_study(study(), path("data"), upkeep_samples, 2);
    for (const QStringList& run :
         {QStringList{"resnet20-a", "r"}, {"resnet20-a,resnet20-b", "s"}}) {
      const auto done = engine({"run", study(), "--dataset", "fashion", "--split", "test",
                                "--models", run[0], "--name", run[1], "--quiet"});
      if (done.exit_code != 0) qFatal("%s", done.err.constData());
    }
  }
  QString path(const QString& name) const { return folder_.filePath(name); }
  QString study() const { return path("s.plumb"); }
  Outcome decide(const QString& run) const {
    return engine({"decide", study(), "--run", run, "--policy", "mcp", "--json"});
  }

 private:
  QTemporaryDir folder_;
};

}  // namespace

void TestUpkeep::usage_counts_every_byte_once() {
  const TwoRuns two;
  const auto usage = usage_of(two.study());
  qint64 sum = 0;
  QStringList what;
  for (const auto& entry : usage["entries"].toArray()) {
    sum += entry.toObject()["bytes"].toInteger();
    what += entry.toObject()["what"].toString() + ":" + entry.toObject()["name"].toString();
  }
  QCOMPARE(sum, usage["bytes"].toInteger());
  QCOMPARE(sum, bytes_below(two.study()));
  QVERIFY(what.contains("predictions:resnet20-a") && what.contains("predictions:resnet20-b"));
  // Images and models lie elsewhere.
  const auto outside = usage["outside"].toArray();
  QCOMPARE(outside.size(), 4);  // images, labels and two models
  QCOMPARE(outside[0].toObject()["name"].toString(), QString("fashion"));
  for (const auto& file : outside) QVERIFY(file.toObject()["there"].toBool());
  // What the study does not name is called so.
  write_file(two.study() + "/predictions/stray.safetensors", QByteArray(1000, 'x'));
  bool found = false;
  const auto after = usage_of(two.study());
  for (const auto& entry : after["entries"].toArray())
    found = found || (entry.toObject()["what"].toString() == "unnamed predictions" &&
                      entry.toObject()["bytes"].toInteger() == 1000);
  QVERIFY(found);
}

void TestUpkeep::usage_counts_what_the_tree_shows() {
  const TwoRuns two;
  const auto contents = usage_of(two.study())["contents"].toObject();
  const auto split =
      contents["data_sets"].toArray()[0].toObject()["splits"].toArray()[0].toObject();
  QCOMPARE(split["name"].toString(), QString("test"));
  QCOMPARE(split["samples"].toInt(), upkeep_samples);
  QCOMPARE(contents["models"].toArray().size(), 2);
  QVERIFY(contents["decisions"].toArray().isEmpty() && contents["searches"].toArray().isEmpty());
  const auto runs = contents["runs"].toArray();
  QCOMPARE(runs.size(), 2);
  for (int i = 0; i < 2; ++i) {
    const auto run = runs[i].toObject();
    QCOMPARE(run["name"].toString(), QString(i == 0 ? "r" : "s"));
    QCOMPARE(run["voters"].toInt(), i + 1);
    QCOMPARE(run["predictions"].toInt(), (i + 1) * upkeep_samples);
    QCOMPARE(run["splits"].toArray()[0].toObject()["predictions"], run["predictions"]);
    QCOMPARE(run["splits"].toArray()[0].toObject()["samples"].toInt(), upkeep_samples);
    QCOMPARE(run["splits"].toArray()[0].toObject()["computed"].toInt(), upkeep_samples);
    QCOMPARE(run["data_set"].toString(), QString("fashion"));
    QCOMPARE(run["precision"].toString(), QString("fp32"));
    QVERIFY(!run["device_kind"].toString().isEmpty());
    QVERIFY(run["conditions"].toArray().isEmpty());
  }
  const auto words = engine({"usage", two.study()}).out;
  QVERIFY2(words.contains("run s, test: 120 predictions of 2 voters\n") &&
               words.contains("1 data set, 2 models, 2 runs, 0 decisions, 0 networks, 0 searches"),
           words.constData());
}

void TestUpkeep::usage_says_what_cannot_be_read() {
  StudyFixture fixture(120);
  RunInfo run = fixture.add_run("r", 2);
  run.name = "lost";
  run.voters[1].model = "gone";
  succeed(fixture.study.add_run(run));
  const QString study = QString::fromStdString(fixture.folder().string());
  const auto runs = usage_of(study)["contents"].toObject()["runs"].toArray();
  QCOMPARE(runs.size(), 2);
  QCOMPARE(runs[0].toObject()["predictions"].toInt(), 240);
  QVERIFY(!runs[0].toObject().contains("null_reasons"));
  const auto lost = runs[1].toObject();
  for (const auto& entry : {lost, lost["splits"].toArray()[0].toObject()}) {
    QVERIFY(entry["predictions"].isNull());
    QVERIFY(entry["null_reasons"].toObject()["predictions"].toString().contains(
        "there is no model 'gone'"));
  }
  const auto words = engine({"usage", study});
  QCOMPARE(words.exit_code, 0);
  QVERIFY2(words.out.contains("  run r, test: 240 predictions of 2 voters\n") &&
               words.out.contains("  run lost, test: predictions cannot be read: ") &&
               words.out.contains("there is no model 'gone'"),
           words.out.constData());
}

void TestUpkeep::nothing_is_removed_unasked() {
  const TwoRuns two;
  const auto before = prediction_files(two.study());
  for (const QStringList& what :
       {QStringList{"--run", "s"}, {"--model", "resnet20-a"}, {"--dataset", "fashion"}}) {
    const auto refused = engine(QStringList{"remove", two.study()} + what);
    QCOMPARE(refused.exit_code, 2);
    QVERIFY2(refused.err.contains("--with-dependents"), refused.err.constData());
    // Something depends on it: --yes does not do.
    QCOMPARE(engine(QStringList{"remove", two.study(), "--yes"} + what).exit_code, 2);
  }
  const auto model = engine({"remove", two.study(), "--model", "resnet20-a"});
  QVERIFY2(model.err.contains("the runs r, s") && model.err.contains("60 predictions"),
           model.err.constData());
  QCOMPARE(prediction_files(two.study()), before);
  const auto none = engine({"remove", two.study(), "--run", "x", "--yes"});
  QCOMPARE(none.exit_code, 3);
  QVERIFY(none.err.contains("there are: r, s"));
  QCOMPARE(engine({"remove", two.study(), "--yes"}).exit_code, 2);
  QCOMPARE(engine({"remove", two.study(), "--run", "r", "--model", "a", "--yes"}).exit_code, 2);
}

void TestUpkeep::a_run_goes_with_what_only_it_used() {
  const TwoRuns two;
  QCOMPARE(prediction_files(two.study()).size(), 2);
  const QByteArray decided = two.decide("s").out;
  // What r used s uses too: nothing depends on r.
  const auto removed = engine({"remove", two.study(), "--run", "r", "--yes", "--json"});
  QVERIFY2(removed.exit_code == 0, removed.err.constData());
  QCOMPARE(prediction_files(two.study()).size(), 2);
  QCOMPARE(two.decide("r").exit_code, 3);
  QCOMPARE(two.decide("s").out, decided);
  QCOMPARE(engine({"remove", two.study(), "--run", "s", "--with-dependents"}).exit_code, 0);
  QCOMPARE(prediction_files(two.study()), QStringList());
  // The same run again has the same figures.
  QCOMPARE(engine({"run", two.study(), "--dataset", "fashion", "--split", "test", "--models",
                   "resnet20-a,resnet20-b", "--name", "s", "--quiet"})
               .exit_code,
           0);
  QJsonObject then = QJsonDocument::fromJson(decided).object();
  QJsonObject now = QJsonDocument::fromJson(two.decide("s").out).object();
  for (const char* key : {"expected_latency_ms", "latency_ratio"})
    then.remove(key), now.remove(key);
  QCOMPARE(now, then);
}

void TestUpkeep::a_model_and_a_data_set_go_with_their_runs() {
  const TwoRuns two;
  QCOMPARE(engine({"remove", two.study(), "--model", "resnet20-b", "--with-dependents"}).exit_code,
           0);
  QCOMPARE(two.decide("s").exit_code, 3);
  QCOMPARE(two.decide("r").exit_code, 0);
  QCOMPARE(prediction_files(two.study()).size(), 1);
  QVERIFY(QFile::exists(resources() + "/demo/resnets/resnet20-b.safetensors"));
  const auto removed =
      engine({"remove", two.study(), "--dataset", "fashion", "--with-dependents", "--json"});
  QCOMPARE(removed.exit_code, 0);
  const auto summary = QJsonDocument::fromJson(removed.out).object();
  QCOMPARE(summary["runs"].toArray(), QJsonArray{"r"});
  QCOMPARE(summary["predictions"].toInt(), upkeep_samples);
  QCOMPARE(prediction_files(two.study()), QStringList());
  QVERIFY(QFile::exists(two.path("data/images")));
  // The name is free again.
  QCOMPARE(
      engine({"import", "dataset", two.study(), "--name", "fashion", "--format", "idx", "--images",
              two.path("data/images"), "--labels", two.path("data/labels"), "--quiet"})
          .exit_code,
      0);
}

void TestUpkeep::names_are_changed_everywhere() {
  const TwoRuns two;
  const QByteArray decided = two.decide("s").out;
  for (const QStringList& what : {QStringList{"--run", "s", "--to", "both"},
                                  {"--model", "resnet20-a", "--to", "first"},
                                  {"--dataset", "fashion", "--to", "clothes"}}) {
    const auto renamed = engine(QStringList{"rename", two.study()} + what);
    QVERIFY2(renamed.exit_code == 0, renamed.err.constData());
  }
  QCOMPARE(two.decide("s").exit_code, 3);
  QCOMPARE(two.decide("both").out, decided);
  // Nothing is computed again under the new names.
  const auto run = engine({"run", two.study(), "--dataset", "clothes", "--split", "test",
                           "--models", "first,resnet20-b", "--name", "both", "--json"});
  QVERIFY2(run.exit_code == 0, run.err.constData());
  QCOMPARE(QDir(two.study() + "/predictions").entryList(QDir::Files).size(), 2);
  const auto taken = engine({"rename", two.study(), "--run", "r", "--to", "both"});
  QCOMPARE(taken.exit_code, 3);
  QVERIFY(taken.err.contains("already"));
}

void TestUpkeep::moved_files_are_found_again() {
  const TwoRuns two;
  QVERIFY(QDir(two.path("")).rename("data", "moved"));
  const QStringList further = {"run",     two.study(), "--dataset", "fashion",
                               "--split", "test",      "--voters",  "resnet20-a:flip_x",
                               "--name",  "t",         "--quiet"};
  QVERIFY(engine(further).exit_code != 0);
  const auto elsewhere =
      engine({"relink", two.study(), "--from", two.path("nowhere"), "--to", two.path("moved")});
  QCOMPARE(elsewhere.exit_code, 3);
  // Another file of the same size in its place is refused by its hash.
  const QByteArray images = read_file(two.path("moved/images"));
  QByteArray other = images;
  other[other.size() - 1] = static_cast<char>(other.back() ^ 1);
  write_file(two.path("moved/images"), other);
  const QStringList relink = {"relink", two.study(),       "--from", two.path("data"),
                              "--to",   two.path("moved"), "--quiet"};
  const auto refused = engine(relink);
  QCOMPARE(refused.exit_code, 3);
  QVERIFY2(refused.err.contains("is not the file that was imported") &&
               refused.err.contains("moved/images"),
           refused.err.constData());
  write_file(two.path("moved/images"), images);
  const auto found = engine(relink);
  QVERIFY2(found.exit_code == 0, found.err.constData());
  QVERIFY(found.out.contains("fashion"));
  const auto run = engine(further + QStringList{"--resume"});
  QVERIFY2(run.exit_code == 0, run.err.constData());
}

}  // namespace plumbline::test

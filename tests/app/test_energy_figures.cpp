#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/app/decision_tests.h"
#include "tests/app/engine_process.h"

namespace plumbline::test {

namespace {

QJsonObject object_in(const QByteArray& text) { return QJsonDocument::fromJson(text).object(); }

/// Two members on 60 images, run as two voters each.
class EnergyStudy {
 public:
  EnergyStudy() { make_fashion_study(path(), directory_.filePath("data"), 60, 2); }
  QString path() const { return directory_.filePath("e.plumb"); }
  QString energies() const { return path() + "/energies/1.json"; }

  Outcome run(const QStringList& more) const {
    return engine(QStringList{"run", path(), "--dataset", "fashion", "--split", "test", "--models",
                              "resnet20-a,resnet20-b", "--views", "identity,gamma=0.8", "--name",
                              "r", "--json", "--quiet"} +
                  more);
  }
  QJsonObject decide(const QStringList& more) const {
    const Outcome made = engine(QStringList{"decide", path(), "--run", "r", "--json"} + more);
    if (made.exit_code != 0) qFatal("%s", made.err.constData());
    return object_in(made.out);
  }

 private:
  QTemporaryDir directory_;
};

/// As of a GPU: by voter the joules of 1,000 images.
QByteArray energies_of_a_gpu(const QList<double>& joules) {
  QJsonArray voters;
  for (const double own : joules)
    voters.append(QJsonObject{{"voter", "v"},
                              {"joules_per_1000", own},
                              {"joules_spread_per_1000", 1.5},
                              {"joules_idle_per_1000", own / 8},
                              {"seconds_per_1000", 1},
                              {"batch", 64},
                              {"repeats", 5}});
  return QJsonDocument(QJsonObject{{"version", 1},
                                   {"device", "NVIDIA H200"},
                                   {"source", "NVML"},
                                   {"measured_at", "2026-11-29T18:00:00Z"},
                                   {"idle_watts", 74.5},
                                   {"voters", voters}})
      .toJson();
}

}  // namespace

void TestEnergyFigures::a_run_measures_or_says_why_not() {
  const EnergyStudy study;
  const auto doctor = object_in(engine({"doctor", "--json"}).out);
  const QJsonObject cpu = doctor["devices"].toArray()[0].toObject();
  const bool counts = cpu["energy"].isString();
  const QString why = cpu["null_reasons"].toObject()["energy"].toString();
  QCOMPARE(why.isEmpty(), counts);
  const auto told = engine({"doctor"}).out;
  QVERIFY2(told.contains(counts ? "its energy is counted by" : why.toUtf8()), told.constData());
  const auto made = study.run({"--energy", "--device", "cpu"});
  QVERIFY2(made.exit_code == 0, made.err.constData());
  const QJsonArray voters = object_in(made.out)["voters"].toArray();
  QCOMPARE(voters.size(), 4);
  for (const QJsonValue& entry : voters) {
    const QJsonObject voter = entry.toObject();
    QVERIFY(voter["accuracy"].toDouble() > 0.5);
    for (const char* key : {"joules_per_1000", "joules_spread_per_1000", "joules_idle_per_1000"})
      QVERIFY(voter.contains(key));
    if (counts) {
      QVERIFY(voter["joules_per_1000"].toDouble() > 0);
    } else {
      QVERIFY(voter["joules_per_1000"].isNull() && voter["joules_idle_per_1000"].isNull());
      QCOMPARE(voter["null_reasons"].toObject()["joules_per_1000"].toString(), why);
    }
  }
  QCOMPARE(QFile::exists(study.energies()), counts);
  if (!counts) QVERIFY2(made.err.isEmpty() || made.err.contains("energy"), made.err.constData());
  // A run that nobody asked of has no such keys, and a decision says why it has no figure.
  if (counts) QVERIFY(QFile::remove(study.energies()));
  const auto again = study.run({"--device", "cpu"});
  QCOMPARE(again.exit_code, 0);
  QVERIFY(!object_in(again.out)["voters"].toArray()[0].toObject().contains("joules_per_1000"));
  const QJsonObject decided = study.decide({"--policy", "majority"});
  QVERIFY(decided["joules_per_1000"].isNull() && decided["joules_ratio"].isNull());
  QVERIFY(decided["null_reasons"].toObject()["joules_per_1000"].toString().startsWith(
      "no energy was measured"));
  const auto refused = engine({"decide", study.path(), "--run", "r", "--policy", "majority",
                               "--select-on", "test", "--cost", "energy"});
  QCOMPARE(refused.exit_code, 3);
  QVERIFY2(refused.err.contains("no energy was measured"), refused.err.constData());
}

void TestEnergyFigures::a_decision_has_its_voters_joules() {
  const EnergyStudy study;
  QCOMPARE(study.run({"--device", "cpu"}).exit_code, 0);
  QVERIFY(QDir().mkpath(study.path() + "/energies"));
  write_file(study.energies(), energies_of_a_gpu({500, 100, 300, 200}));
  // The run says what is kept.
  const QJsonObject run = object_in(study.run({"--device", "cpu"}).out);
  QCOMPARE(run["energy_source"].toString(), QString("NVML"));
  QCOMPARE(run["energy_measured_at"].toString(), QString("2026-11-29T18:00:00Z"));
  QCOMPARE(run["idle_watts"].toDouble(), 74.5);
  QCOMPARE(run["voters"].toArray()[2].toObject()["joules_per_1000"].toDouble(), 300.0);
  QCOMPARE(run["voters"].toArray()[2].toObject()["joules_idle_per_1000"].toDouble(), 37.5);
  // The default voters are the first and the third.
  const QJsonObject both = study.decide({"--policy", "majority"});
  QCOMPARE(both["joules_per_1000"].toDouble(), 800.0);
  QCOMPARE(both["joules_ratio"].toDouble(), 1.6);
  const QJsonObject one = study.decide({"--policy", "mcp"});
  QCOMPARE(one["joules_per_1000"].toDouble(), 500.0);
  QCOMPARE(one["joules_ratio"].toDouble(), 1.0);
  const auto text = engine({"decide", study.path(), "--run", "r", "--policy", "majority"}).out;
  QVERIFY2(text.contains("energy expected: 800.00 J for 1,000, 1.60 × the baseline"),
           text.constData());
  // A staged policy takes each voter for its share.
  const QJsonObject staged =
      study.decide({"--policy", "staged(inner=majority)", "--fit-on", "test", "--cost", "energy",
                    "--voters", "resnet20-a:identity,resnet20-b:identity,resnet20-b:gamma=0.8"});
  QVERIFY(staged["joules_per_1000"].toDouble() < 1000);
  QVERIFY(staged["joules_per_1000"].toDouble() >= 500);
  // A rule's cost is what --cost names.
  const QStringList rule = {"decide",      study.path(), "--run",  "r",      "--policy", "majority",
                            "--select-on", "test",       "--cost", "energy", "--json",   "--rule"};
  QCOMPARE(engine(rule + QStringList{"cost<=1.7"}).exit_code, 0);
  QCOMPARE(engine(rule + QStringList{"cost<=1.5"}).exit_code, 3);
  QCOMPARE(engine({"decide", study.path(), "--run", "r", "--policy", "majority", "--cost", "time"})
               .exit_code,
           2);
  // What is no such file is a reason, and the other figures are there.
  write_file(study.energies(), "{\"version\": 7}");
  const QJsonObject damaged = study.decide({"--policy", "majority"});
  QVERIFY(damaged["joules_per_1000"].isNull() && damaged["kept_correct"].toInt() > 0);
  QVERIFY(damaged["null_reasons"].toObject()["joules_per_1000"].toString().contains("1.json"));
  // It goes with its run.
  QCOMPARE(engine({"remove", study.path(), "--run", "r", "--with-dependents"}).exit_code, 0);
  QVERIFY(!QFile::exists(study.energies()));
}

void TestEnergyFigures::a_profile_measures_or_says_why_not() {
  QTemporaryDir folder;
  // A backbone whose step takes less than a millisecond.
  write_file(folder.filePath("small.json"),
             R"({"layers": 2, "d_model": 32, "heads": 8, "d_head": 4, "d_inner": 64, "experts": 4,
                 "train": {"length": 16, "memory": 16}})");
  const QString study = folder.filePath("p.plumb");
  const auto made = engine({"planer", "profile", study, "--config", folder.filePath("small.json"),
                            "--batch", "1", "--length", "4", "--memory", "4", "--device", "cpu",
                            "--energy", "--json", "--quiet"});
  QVERIFY2(made.exit_code == 0, made.err.constData());
  const QJsonObject table = object_in(made.out);
  QVERIFY(table.contains("energy"));
  const QJsonObject cpu =
      object_in(engine({"doctor", "--json"}).out)["devices"].toArray()[0].toObject();
  if (cpu["energy"].isString()) {
    const QJsonObject energy = table["energy"].toObject();
    QVERIFY(energy["joules_per_1000_tokens"].toDouble() > 0);
    QVERIFY(energy["joules_idle_per_1000_tokens"].toDouble() > 0);
    QCOMPARE(energy["source"].toString(), cpu["energy"].toString());
  } else {
    QVERIFY(table["energy"].isNull());
    QCOMPARE(table["null_reasons"].toObject()["energy"].toString(),
             cpu["null_reasons"].toObject()["energy"].toString());
  }
}

}  // namespace plumbline::test

#include <QDir>
#include <QDirIterator>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <cmath>

#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/app/decided_study.h"
#include "tests/app/decision_tests.h"
#include "tests/app/engine_process.h"
#include "tests/support/planer_study.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

QString decided_path() { return DecidedStudy::instance().path(); }

QJsonObject printed(const QStringList& words) {
  const Outcome outcome = engine(words);
  if (outcome.exit_code != 0)
    qFatal("%s: %s", qPrintable(words.join(' ')), outcome.err.constData());
  return QJsonDocument::fromJson(outcome.out).object();
}

QStringList with_study(const char* command, const QStringList& rest) {
  return QStringList{command, decided_path()} + rest;
}

QJsonObject compared(const QStringList& rest) {
  return printed(with_study("compare", QStringList{"--run", "r", "--json"} + rest));
}

QJsonObject decided_by(const QString& policy, const QString& voters, const QString& split) {
  return printed(with_study("decide", {"--run", "r", "--policy", policy, "--voters", voters,
                                       "--split", split, "--json"}));
}

/// What a study has on the disk but for caches: paths, sizes, and the bytes of its database.
QByteArray state_of_study() {
  QStringList files;
  QDirIterator all(decided_path(), QDir::Files, QDirIterator::Subdirectories);
  while (all.hasNext()) {
    const QFileInfo file(all.next());
    const QString path = QDir(decided_path()).relativeFilePath(file.filePath());
    if (!path.startsWith("cache/") && !path.startsWith("study.sqlite-"))
      files << path + ' ' + QString::number(file.size());
  }
  files.sort();
  return files.join('\n').toUtf8() + read_file(decided_path() + "/study.sqlite");
}

constexpr const char* verdict_keys[] = {"kept_correct", "undetected_mispredictions",
                                        "caught_mispredictions", "needlessly_rejected"};

bool is_treated_well(const QJsonObject& side) {
  const QString verdict = side["verdict"].toString();
  return verdict == "kept" || verdict == "caught";
}

}  // namespace

void TestReadingCommands::sides_of_a_comparison_are_what_decide_prints() {
  const QByteArray before = state_of_study();
  const QString first_voter = DecidedStudy::instance().voter(0);
  const QString all = DecidedStudy::instance().voters().join(',');
  const auto found = compared({"--split", "test", "--first", "mcp(t=0.8)", "--second", "majority",
                               "--items", "gained,lost,changed,same,unjudged"});
  const auto first = decided_by("mcp(t=0.8)", first_voter, "test");
  const auto second = decided_by("majority", all, "test");
  for (const char* key : verdict_keys) {
    QCOMPARE(found["first"].toObject()[key], first[key]);
    QCOMPARE(found["second"].toObject()[key], second[key]);
  }
  for (const char* key : {"coverage", "selective_risk", "samples"}) {
    QCOMPARE(found["first"].toObject()[key], first[key]);
    QCOMPARE(found["second"].toObject()[key], second[key]);
  }
  QCOMPARE(found["first"].toObject()["threshold"].toDouble(), 0.8);
  const auto row = found["all"].toObject();
  QCOMPARE(row["items"], first["samples"]);
  QCOMPARE(row["undetected_first"], first["undetected_mispredictions"]);
  QCOMPARE(row["undetected_second"], second["undetected_mispredictions"]);
  QCOMPARE(row["right_first"].toDouble(), first["accuracy"].toDouble());
  QCOMPARE(row["right_second"].toDouble(), second["accuracy"].toDouble());
  QVERIFY(std::abs(row["difference"].toDouble() -
                   (second["accuracy"].toDouble() - first["accuracy"].toDouble())) < 1e-12);
  const auto interval = row["difference_interval"].toArray();
  QVERIFY(interval[0].toDouble() <= row["difference"].toDouble() &&
          row["difference"].toDouble() <= interval[1].toDouble());
  // Changes by their definition, item by item.
  QMap<QString, int> counts;
  for (const auto& value : found["items"].toArray()) {
    const auto item = value.toObject();
    const auto a = item["first"].toObject(), b = item["second"].toObject();
    const bool same = a["verdict"] == b["verdict"] && a["predicted"] == b["predicted"];
    const QString change = same                                       ? "same"
                           : is_treated_well(a) == is_treated_well(b) ? "changed"
                           : is_treated_well(b)                       ? "gained"
                                                                      : "lost";
    QCOMPARE(item["change"].toString(), change);
    ++counts[change];
  }
  for (const char* change : {"gained", "lost", "changed", "same"})
    QCOMPARE(found[change].toInt(), counts[change]);
  QVERIFY(counts["gained"] + counts["lost"] > 0);
  // Classes add up to all of them.
  int items = 0, gained = 0, missed = 0;
  for (const auto& value : found["classes"].toArray()) {
    items += value.toObject()["items"].toInt();
    gained += value.toObject()["gained"].toInt();
    missed += value.toObject()["undetected_second"].toInt();
  }
  QCOMPARE(items, row["items"].toInt());
  QCOMPARE(gained, found["gained"].toInt());
  QCOMPARE(missed, row["undetected_second"].toInt());
  QCOMPARE(state_of_study(), before);
}

void TestReadingCommands::a_comparison_begins_as_the_page_does() {
  const auto found = compared({});
  QCOMPARE(found["split"].toString(), QString("validation"));  // the run's first
  const auto first = found["first"].toObject(), second = found["second"].toObject();
  QVERIFY(first["policy"].toString().startsWith("mcp"));
  QCOMPARE(first["voters"].toArray(), QJsonArray{DecidedStudy::instance().voter(0)});
  QVERIFY(second["policy"].toString().startsWith("polygraph"));
  QCOMPARE(second["voters"].toArray(),
           QJsonArray::fromStringList(DecidedStudy::instance().voters()));
  // People read the same counts.
  const auto words = engine(with_study("compare", {"--run", "r"}));
  QCOMPARE(words.exit_code, 0);
  const QByteArray changes = QByteArray("gained ") + QByteArray::number(found["gained"].toInt()) +
                             ", lost " + QByteArray::number(found["lost"].toInt());
  QVERIFY2(words.out.contains(changes), words.out.constData());
}

void TestReadingCommands::sides_meet_at_equal_kept() {
  const QStringList sides{"--split", "test", "--first", "mcp(t=0.99)", "--second", "unanimous"};
  const auto found = compared(sides + QStringList{"--equal-kept"});
  const auto second = found["second"].toObject(), first = found["first"].toObject();
  QCOMPARE(found["equal_kept"], second["kept_correct"]);
  QVERIFY(first["kept_correct"].toInt() >= second["kept_correct"].toInt());
  // As decide chooses by that rule.
  const auto chosen = printed(with_study(
      "decide", {"--run", "r", "--policy", "mcp", "--voters", DecidedStudy::instance().voter(0),
                 "--split", "test", "--select-on", "test", "--rule",
                 "kept>=" + QString::number(second["kept_correct"].toInt()), "--json"}));
  for (const char* key : verdict_keys) QCOMPARE(first[key], chosen[key]);
  QCOMPARE(first["policy"], chosen["policy"]);
}

void TestReadingCommands::wrong_comparisons_are_named_data() {
  QTest::addColumn<QStringList>("rest");
  QTest::addColumn<int>("exit_code");
  QTest::addColumn<QString>("named");
  QTest::newRow("no run") << QStringList{} << 2 << "--first-run";
  QTest::newRow("unknown run") << QStringList{"--run", "nope"} << 3 << "runs: r";
  QTest::newRow("unknown split") << QStringList{"--run", "r", "--split", "train"} << 2
                                 << "splits of the run";
  QTest::newRow("unknown split to fit on")
      << QStringList{"--run", "r", "--second", "mean(t=0.7)", "--second-fit-on", "train"} << 2
      << "--second-fit-on: the run 'r' does not cover the split 'train'";
  QTest::newRow("unknown policy") << QStringList{"--run", "r", "--second", "oracle"} << 2
                                  << "oracle";
  QTest::newRow("unknown voter") << QStringList{"--run",           "r",     "--second", "majority",
                                                "--second-voters", "nobody"}
                                 << 2 << "nobody";
  QTest::newRow("policy and decision")
      << QStringList{"--run", "r", "--second", "mcp", "--second-decision", "d"} << 2
      << "--second-decision";
  QTest::newRow("voters of a decision")
      << QStringList{"--run", "r", "--first-decision", "d", "--first-voters", "all"} << 2
      << "--first-voters";
  // All voters together keep more than the first one has right.
  QTest::newRow("out of reach") << QStringList{"--run",        "r",        "--first",
                                               "mcp",          "--second", "majority",
                                               "--equal-kept", "--split",  "test"}
                                << 2 << "no threshold of the first side keeps";
  QTest::newRow("a run of neither side")
      << QStringList{"--run", "r", "--first-run", "r", "--second-run", "r"} << 2
      << "--run: each side names a run of its own";
  QTest::newRow("unknown change") << QStringList{"--run", "r", "--items", "won"} << 2 << "'won'";
}

void TestReadingCommands::wrong_comparisons_are_named() {
  QFETCH(QStringList, rest);
  QFETCH(int, exit_code);
  QFETCH(QString, named);
  const auto outcome = engine(with_study("compare", rest));
  QVERIFY2(outcome.exit_code == exit_code, (outcome.out + outcome.err).constData());
  QVERIFY2(outcome.err.contains(named.toUtf8()), outcome.err.constData());
}

void TestReadingCommands::a_run_is_estimated_and_not_computed() {
  const QByteArray before = state_of_study();
  // The run that is there: both splits, as they are and under three conditions.
  const auto known = printed(with_study("run", {"--name", "r", "--estimate", "--json"}));
  const int images = known["images"].toInt();
  QCOMPARE(images, DecidedStudy::images);
  QCOMPARE(known["predictions"].toInt(), 0);
  QCOMPARE(known["seconds"].toDouble(-1), 0.0);
  QCOMPARE(known["voters"].toArray().size(), 3);
  for (const auto& voter : known["voters"].toArray()) {
    QCOMPARE(voter.toObject()["computed"].toInt(), 4 * images);
    QCOMPARE(voter.toObject()["left"].toInt(), 0);
  }
  // One that is planned: its second voter was never computed so, but its model was timed.
  const QString device = known["device"].toString() == "cuda" ? "cuda:0" : "cpu";
  const QStringList planned{"--dataset", "fashion",  "--split",
                            "test",      "--voters", "resnet20-a:identity,resnet20-b:flip_x",
                            "--device",  device,     "--estimate"};
  const auto plan = printed(with_study("run", planned + QStringList{"--json"}));
  const int shown = plan["images"].toInt();
  QCOMPARE(plan["predictions"].toInt(), shown);
  const auto voters = plan["voters"].toArray();
  const auto first = voters[0].toObject(), second = voters[1].toObject();
  QCOMPARE(first["computed"].toInt(), shown);
  QCOMPARE(second["left"].toInt(), shown);
  QVERIFY(second["about"].toBool() && !first["about"].toBool());
  const double ms = second["ms_per_image"].toDouble();
  QVERIFY(ms > 0 && first["ms_per_image"].toDouble() > 0);
  QVERIFY(std::abs(plan["seconds"].toDouble() - ms * shown / 1000) < 1e-9);
  QVERIFY(std::abs(plan["ms_per_image"].toDouble() - (first["ms_per_image"].toDouble() + ms)) <
          1e-9);
  QVERIFY(std::abs(plan["times_baseline"].toDouble() -
                   plan["ms_per_image"].toDouble() / first["ms_per_image"].toDouble()) < 1e-9);
  const auto words = engine(with_study("run", planned));
  QVERIFY2(words.out.contains(QByteArray::number(shown) + " predictions to compute, about "),
           words.out.constData());
  // What is said of a run that is there must be so.
  const QString other = device == "cpu" ? "cuda:0" : "cpu";
  const auto same = engine(
      with_study("run", {"--name", "r", "--estimate", "--precision", "fp32", "--device", device}));
  QVERIFY2(same.exit_code == 0, same.err.constData());
  const auto differs = engine(with_study("run", {"--name", "r", "--estimate", "--device", other}));
  QCOMPARE(differs.exit_code, 2);
  QVERIFY2(differs.err.contains("the run 'r' exists with --device " +
                                known["device"].toString().toUtf8() + ", not " +
                                (device == "cpu" ? "cuda" : "cpu")),
           differs.err.constData());
  // Nothing was measured in another kind of place.
  const auto elsewhere =
      printed(with_study("run", {"--dataset", "fashion", "--split", "test", "--models",
                                 "resnet20-a", "--device", other, "--estimate", "--json"}));
  QVERIFY(elsewhere["seconds"].isNull());
  QCOMPARE(elsewhere["not_measured"].toInt(), 1);
  QCOMPARE(state_of_study(), before);
}

void TestReadingCommands::wrong_estimates_are_named_data() {
  QTest::addColumn<QStringList>("rest");
  QTest::addColumn<int>("exit_code");
  QTest::addColumn<QString>("named");
  const QStringList data{"--dataset", "fashion", "--split", "test"};
  QTest::newRow("nothing") << QStringList{} << 2 << "--dataset";
  QTest::newRow("unknown run") << QStringList{"--name", "nope"} << 3 << "there is no run 'nope'";
  QTest::newRow("another run of that name") << data + QStringList{"--name", "r"} << 2 << "--name";
  QTest::newRow("another precision") << QStringList{"--name", "r", "--precision", "bf16"} << 2
                                     << "exists with --precision fp32, not bf16";
  QTest::newRow("unknown precision of a run")
      << QStringList{"--name", "r", "--precision", "fp7"} << 2 << "fp7";
  QTest::newRow("unknown device of a run")
      << QStringList{"--name", "r", "--device", "tpu"} << 2 << "there is no device 'tpu'";
  QTest::newRow("a batch that nothing is computed in")
      << QStringList{"--name", "r", "--batch", "8"} << 2
      << "--batch: has no effect beside --estimate, which computes nothing";
  QTest::newRow("going on with it")
      << QStringList{"--name", "r", "--resume"} << 2 << "--resume: has";
  QTest::newRow("no voters") << data + QStringList{"--device", "cpu"} << 2 << "--models";
  QTest::newRow("unknown model") << data + QStringList{"--device", "cpu", "--models", "nope"} << 3
                                 << "models: resnet20-a";
  QTest::newRow("unknown device") << data + QStringList{"--device", "tpu", "--models", "resnet20-a"}
                                  << 2 << "tpu";
  QTest::newRow("unknown precision")
      << data + QStringList{"--device", "cpu", "--models", "resnet20-a", "--precision", "fp7"} << 2
      << "fp7";
  QTest::newRow("unknown split") << QStringList{"--dataset", "fashion", "--split",  "train",
                                                "--device",  "cpu",     "--models", "resnet20-a"}
                                 << 3 << "train";
}

void TestReadingCommands::wrong_estimates_are_named() {
  QFETCH(QStringList, rest);
  QFETCH(int, exit_code);
  QFETCH(QString, named);
  const auto outcome = engine(with_study("run", rest + QStringList{"--estimate"}));
  QVERIFY2(outcome.exit_code == exit_code, (outcome.out + outcome.err).constData());
  QVERIFY2(outcome.err.contains(named.toUtf8()), outcome.err.constData());
}

void TestReadingCommands::a_fixed_policy_drifts_between_splits() {
  const QByteArray before = state_of_study();
  const QStringList policy{"--run", "r", "--policy", "mean(t=0.8)", "--json"};
  const auto drifted = printed(
      with_study("decide", policy + QStringList{"--split", "test", "--drift-from", "validation"}));
  const auto there = printed(with_study("decide", policy + QStringList{"--split", "validation"}));
  QCOMPARE(drifted["drift_from"].toString(), QString("validation"));
  const auto drift = drifted["drift"].toObject();
  for (const char* key : {"accuracy", "coverage", "selective_risk", "augrc"}) {
    const auto own = drift[key].toObject();
    QCOMPARE(own["before"].toDouble(), there[key].toDouble());
    QCOMPARE(own["shown"].toDouble(), drifted[key].toDouble());
    QVERIFY(std::abs(own["difference"].toDouble() -
                     (drifted[key].toDouble() - there[key].toDouble())) < 1e-12);
    const auto interval = own["interval"].toArray();
    QCOMPARE(own["within_chance"].toBool(),
             interval[0].toDouble() <= 0 && interval[1].toDouble() >= 0);
  }
  // Verdicts as shares, since the splits need not be of one size.
  for (const char* key : verdict_keys)
    QCOMPARE(drift[key].toObject()["before"].toDouble(),
             there[key].toDouble() / there["samples"].toDouble());
  QVERIFY(!drift.contains("samples") && !drift.contains("expected_latency_ms"));
  const auto refuse = [&](const QStringList& rest, const char* named) {
    const auto outcome = engine(with_study("decide", policy + rest));
    QCOMPARE(outcome.exit_code, 2);
    QVERIFY2(outcome.err.contains(named), outcome.err.constData());
  };
  refuse({"--split", "test", "--drift-from", "test"}, "name another one");
  refuse({"--split", "test", "--drift-from", "validation", "--select-on", "validation"},
         "--drift-from");
  QCOMPARE(state_of_study(), before);
}

void TestReadingCommands::networks_are_printed_as_they_are_kept() {
  const QTemporaryDir directory;
  const QString path = directory.filePath("words.plumb");
  const PlanerStudy made = PlanerStudy::make(path.toStdString());
  const auto networks = [&](const QStringList& rest) {
    const auto outcome = engine(QStringList{"planer", "networks", path, "--json"} + rest);
    if (outcome.exit_code != 0) qFatal("%s", outcome.err.constData());
    return QJsonDocument::fromJson(outcome.out).array();
  };
  const auto latencies = value(made.study.network_latencies());
  const auto all = networks({});
  QCOMPARE(static_cast<std::size_t>(all.size()), latencies.size());
  int in_turns = 0;
  for (const auto& entry : all) {
    const auto row = entry.toObject();
    const auto kept = std::ranges::find_if(latencies, [&](const NetworkLatency& latency) {
      return row["name"].toString().toStdString() == latency.network &&
             row["batch"].toInt() == latency.key.batch;
    });
    QVERIFY(kept != latencies.end());
    QCOMPARE(row["latency_ms"].toDouble(), kept->measured.median_ms);
    QCOMPARE(row["device"].toString().toStdString(), kept->key.device);
    QCOMPARE(row.contains("fraction"), !kept->baseline.empty());
    if (kept->baseline.empty()) continue;
    ++in_turns;
    QCOMPARE(row["fraction"].toDouble(),
             kept->measured.median_ms / kept->baseline_measured.median_ms);
    QCOMPARE(row["baseline"].toString().toStdString(), kept->baseline);
  }
  QCOMPARE(in_turns, 4);
  // One of them, with what it has without a device.
  const auto base = networks({"--name", "base"});
  QCOMPARE(base.size(), 2);
  const auto info = value(made.study.network("base"));
  const auto first = base[0].toObject();
  QCOMPARE(first["validation_loss"].toDouble(), info.validation->nats);
  QCOMPARE(first["parameters"].toInteger(), count_parameters(info.config, info.architecture).all);
  const auto words = engine({"planer", "networks", path, "--name", "base"});
  for (const auto& entry : base) {
    const auto row = entry.toObject();
    const QString place = QString("on %1, %2, batch %3, ")
                              .arg(row["device"].toString(), row["precision"].toString())
                              .arg(row["batch"].toInt());
    QCOMPARE(words.out.count(place.toUtf8()), 1);
  }
  const auto twice = engine({"planer", "networks", path, "--name", "base,base"});
  QCOMPARE(twice.exit_code, 2);
  QVERIFY2(twice.err.contains("base: the network is named twice"), twice.err.constData());
  const auto nobody = engine({"planer", "networks", path, "--name", "nobody"});
  QCOMPARE(nobody.exit_code, 3);
  QVERIFY2(nobody.err.contains("base"), nobody.err.constData());
}

/// Latencies are printed as before where energies are damaged, and these are named.
void TestReadingCommands::damaged_energies_are_left_out_and_named() {
  const QTemporaryDir directory;
  const QString path = directory.filePath("words.plumb");
  PlanerStudy made = PlanerStudy::make(path.toStdString());
  succeed(made.study.set_network_energy(
      {"base", PlanerStudy::key(), {1.5, 0.01, 0.5, 5}, "", TokenEnergy(), 50, "NVML"}));
  const QStringList words{"planer", "networks", path, "--name", "base", "--json"};
  const auto rows_of = [](const Outcome& outcome) {
    return QJsonDocument::fromJson(outcome.out).array();
  };
  const auto whole = rows_of(engine(words));
  SQLite::Database(path.toStdString() + "/study.sqlite", SQLite::OPEN_READWRITE)
      .exec("UPDATE network_energy SET joules = -3");
  const auto outcome = engine(words);
  QCOMPARE(outcome.exit_code, 0);
  QVERIFY2(outcome.err.startsWith("warning: the networks' energies are left out: ") &&
               outcome.err.contains("network 'base', energy: is damaged"),
           outcome.err.constData());
  const auto rows = rows_of(outcome);
  QCOMPARE(rows.size(), whole.size());
  int with_energy = 0;
  for (int i = 0; i < rows.size(); ++i) {
    const auto before = whole[i].toObject(), after = rows[i].toObject();
    with_energy += before.contains("joules_per_1000_tokens");
    QVERIFY(!after.contains("joules_per_1000_tokens"));
    QCOMPARE(after["latency_ms"], before["latency_ms"]);
  }
  QCOMPARE(with_energy, 1);
}

}  // namespace plumbline::test

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <csignal>
#include <limits>

#include "tests/app/decided_study.h"
#include "tests/app/decision_tests.h"
#include "tests/app/engine_process.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

QJsonObject json_of(const Outcome& outcome) {
  if (outcome.exit_code != 0) qFatal("%s", outcome.err.constData());
  return QJsonDocument::fromJson(outcome.out).object();
}

const DecidedStudy& decided() { return DecidedStudy::instance(); }

QStringList decide(const QStringList& rest) {
  return QStringList{"decide", decided().path(), "--run", "r"} + rest;
}

/// Right and accepted, wrong and accepted, over the rows of an export.
std::pair<int, int> kept_and_undetected(const QString& file) {
  const auto lines = read_file(file).split('\n');
  int kept = 0, undetected = 0;
  for (const QByteArray& line : lines) {
    kept += line.contains(",kept,");
    undetected += line.contains(",undetected misprediction,");
  }
  return {kept, undetected};
}

}  // namespace

void TestDecisions::a_threshold_is_chosen_on_one_split_and_shown_on_another() {
  // The rule, by hand: the least undetected on validation with at least as many kept as mcp(0.9).
  const auto baseline =
      json_of(engine(decide({"--policy", "mcp", "--split", "validation", "--json"})));
  const int least = baseline["kept_correct"].toInt();
  const auto chosen = json_of(engine(
      decide({"--policy", "majority", "--select-on", "validation", "--split", "test", "--json"})));
  QCOMPARE(chosen["selected_on"].toString(), QString("validation"));
  QCOMPARE(chosen["rule"].toString(), QString("kept>=baseline"));
  const auto mean = json_of(engine(
      decide({"--policy", "mean", "--select-on", "validation", "--split", "test", "--json"})));
  const auto there = mean["on_selected"].toObject();
  QVERIFY(there["kept_correct"].toInt() >= least);
  // The policy as it was printed gives the figures that were shown, on either split.
  const QString policy = mean["policy"].toString();
  for (const char* split : {"test", "validation"}) {
    const auto again = json_of(engine(decide({"--policy", policy, "--split", split, "--json"})));
    const auto& shown = QString(split) == "test" ? mean : there;
    for (const char* key : {"kept_correct", "undetected_mispredictions", "needlessly_rejected"})
      QCOMPARE(again[key].toInt(), shown[key].toInt());
  }
}

void TestDecisions::rules_bound_what_they_say() {
  const auto risk = json_of(engine(decide({"--policy", "mean", "--select-on", "validation",
                                           "--rule", "risk<=0.05", "--split", "test", "--json"})));
  QVERIFY(risk["on_selected"].toObject()["selective_risk"].toDouble() <= 0.05);
  const auto coverage =
      json_of(engine(decide({"--policy", "mean", "--select-on", "validation", "--rule",
                             "coverage>=0.8", "--split", "test", "--json"})));
  QVERIFY(coverage["on_selected"].toObject()["coverage"].toDouble() >= 0.8);
  QVERIFY(risk["on_selected"].toObject()["coverage"].toDouble() !=
          coverage["on_selected"].toObject()["coverage"].toDouble());
  // What no setting fulfils is said, and nothing is saved.
  const auto never = engine(decide({"--policy", "mean", "--select-on", "validation", "--rule",
                                    "kept>=1000", "--split", "test", "--save", "never"}));
  QVERIFY2(never.exit_code == 2 || never.exit_code == 3, never.err.constData());
  QVERIFY(engine(decide({"--decision", "never", "--split", "test"})).exit_code == 2);
}

void TestDecisions::a_certificate_is_made_of_what_was_counted() {
  const auto made =
      json_of(engine(decide({"--policy", "mcp", "--select-on", "validation", "--certify",
                             "risk=0.2,confidence=0.9", "--split", "test", "--json"})));
  const auto certificate = made["certificate"].toObject();
  QVERIFY(certificate["promised"].toBool());
  QCOMPARE(certificate["split"].toString(), QString("validation"));
  // P(Bin(n, r) ≤ k) ≤ δ, summed up slowly.
  const int n = certificate["accepted"].toInt(), k = certificate["wrong"].toInt();
  double tail = 0;
  for (int i = 0; i <= k; ++i)
    tail += std::exp(std::lgamma(n + 1.0) - std::lgamma(i + 1.0) - std::lgamma(n - i + 1.0) +
                     i * std::log(0.2) + (n - i) * std::log(0.8));
  QVERIFY(tail <= 0.1);
  QVERIFY(std::abs(tail - certificate["p_value"].toDouble()) < 1e-9);
  QCOMPARE(made["on_selected"].toObject()["undetected_mispredictions"].toInt(), k);
  // So little risk cannot be promised of so few samples: what it would take is said, exit 0.
  const auto not_promised =
      json_of(engine(decide({"--policy", "mcp", "--select-on", "validation", "--certify",
                             "risk=0.0001,confidence=0.99", "--split", "test", "--json"})));
  QVERIFY(!not_promised["certificate"].toObject()["promised"].toBool());
  QVERIFY(not_promised["certificate"].toObject()["samples_needed"].toInt() > 40'000);
}

void TestDecisions::what_was_not_chosen_is_not_kept() {
  const QStringList asked{"--policy", "mean", "--select-on", "validation",
                          "--split",  "test", "--certify",   "risk=0.0001,confidence=0.999"};
  const auto said = engine(decide(asked));
  QCOMPARE(said.exit_code, 0);
  QVERIFY2(said.out.contains("nothing was chosen on validation"), said.out.constData());
  QVERIFY(!said.out.contains("chosen on validation by"));
  const auto saved = engine(decide(asked + QStringList{"--save", "nothing"}));
  QCOMPARE(saved.exit_code, 3);
  QVERIFY2(saved.err.contains("nothing can be promised"), saved.err.constData());
  QCOMPARE(
      engine({"decide", decided().path(), "--decision", "nothing", "--split", "test"}).exit_code,
      2);
  // What is chosen with a look at what is shown says so.
  const auto here = engine(decide({"--policy", "mean", "--select-on", "test", "--split", "test"}));
  QVERIFY2(here.out.contains("flatter"), here.out.constData());
}

void TestDecisions::exports_are_of_the_split_that_is_named() {
  const QTemporaryDir folder;
  const auto rows = [&](const QStringList& more) {
    const QString file = folder.filePath("p.csv");
    const auto outcome = engine(
        QStringList{"export", decided().path(), "--run", "r", "--what", "predictions", "-o", file} +
        more);
    return outcome.exit_code == 0 ? read_file(file).count('\n') - 1 : -outcome.exit_code;
  };
  const auto all = rows({}), test = rows({"--split", "test"}),
             validation = rows({"--split", "validation"});
  QVERIFY(test > 0 && validation > 0);
  QCOMPARE(test + validation, all);
  QCOMPARE(rows({"--split", "nosuch"}), -2);
  QCOMPARE(engine({"export", decided().path(), "--run", "r", "--what", "costs", "--format", "json",
                   "-o", folder.filePath("c.json")})
               .exit_code,
           2);
}

/// A run of one split, on another split for which a second run of the same voters has all
/// predictions: what decide takes, export and a search of voters take too.
void TestDecisions::splits_that_all_voters_have_can_be_named_everywhere() {
  StudyFixture fixture(50, 3);
  RunInfo run = fixture.add_run("r", 2);
  value(fixture.study.add_split("d", "validation", StudyFixture::scan(20, 3, 5)));
  run.name = "elsewhere";
  run.splits = {"validation"};
  succeed(fixture.study.add_run(run));
  const QString study = QString::fromStdString(fixture.folder().string());
  const QStringList named{study, "--run", "elsewhere", "--split", "test"};
  const QString file = QString::fromStdString(fixture.path("p.csv").string());
  for (const auto& [what, rows] : {std::pair("predictions", 2 * 50), std::pair("decisions", 50)}) {
    const auto outcome =
        engine(QStringList{"export"} + named + QStringList{"--what", what, "-o", file});
    QVERIFY2(outcome.exit_code == 0, outcome.err.constData());
    QVERIFY2(!outcome.err.contains("not complete"), outcome.err.constData());
    QCOMPARE(read_file(file).count('\n') - 1, rows);
  }
  const QStringList search =
      QStringList{"decide"} + named + QStringList{"--policy", "polygraph", "--subsets", "--json"};
  QCOMPARE(json_of(engine(search + QStringList{"--select-on", "test"}))["split"].toString(),
           QString("test"));
  const auto refused = engine(search + QStringList{"--select-on", "train"});
  QCOMPARE(refused.exit_code, 2);
  QVERIFY2(refused.err.contains("--select-on"), refused.err.constData());
}

void TestDecisions::intervals_surround_their_figures() {
  const auto made =
      json_of(engine(decide({"--policy", "majority", "--split", "test", "--intervals", "--json"})));
  const auto intervals = made["intervals"].toObject();
  for (const char* key : {"accuracy", "coverage", "selective_risk", "augrc"}) {
    const auto interval = intervals[key].toArray();
    QVERIFY2(interval.size() == 2, key);
    QVERIFY(interval[0].toDouble() <= made[key].toDouble());
    QVERIFY(interval[1].toDouble() >= made[key].toDouble());
  }
  // About two standard errors of a proportion to either side.
  const double p = made["coverage"].toDouble(), n = made["samples"].toDouble();
  const auto coverage = intervals["coverage"].toArray();
  const double width = coverage[1].toDouble() - coverage[0].toDouble();
  QVERIFY(std::abs(width / (2 * 1.96 * std::sqrt(p * (1 - p) / n)) - 1) < 0.25);
  // Paired with the baseline: its own difference is what it is.
  const auto baseline = json_of(engine(decide({"--policy", "mcp", "--split", "test", "--json"})));
  const auto difference = made["differences"].toObject()["coverage"].toObject();
  QVERIFY(std::abs(difference["value"].toDouble() -
                   (made["coverage"].toDouble() - baseline["coverage"].toDouble())) < 1e-12);
}

void TestDecisions::a_saved_decision_is_applied_as_it_is() {
  const QStringList save = decide({"--policy", "mean", "--select-on", "validation", "--split",
                                   "test", "--save", "kept", "--json"});
  const auto made = json_of(engine(save));
  const auto again = engine(save);
  QCOMPARE(again.exit_code, 2);
  QVERIFY(again.err.contains("--replace"));
  QCOMPARE(engine(save + QStringList{"--replace"}).exit_code, 0);
  const auto shown = json_of(engine(decide({"--decision", "kept", "--split", "test", "--json"})));
  for (const char* key : {"kept_correct", "undetected_mispredictions", "augrc", "policy"})
    QCOMPARE(shown[key], made[key]);
  // Nothing of it is chosen anew.
  const auto refused = engine(decide({"--decision", "kept", "--select-on", "validation"}));
  QCOMPARE(refused.exit_code, 2);
  const auto unknown = engine(decide({"--decision", "lost", "--split", "test"}));
  QCOMPARE(unknown.exit_code, 2);
  QVERIFY2(unknown.err.contains("kept"), unknown.err.constData());
  const auto both = engine(decide({"--decision", "kept", "--policy", "mcp"}));
  QCOMPARE(both.exit_code, 2);
  // Its rows say what its figures count.
  const QString file = decided().file("kept.csv");
  const auto exported = engine({"export", decided().path(), "--decision", "kept", "--split", "test",
                                "--what", "decisions", "-o", file});
  QVERIFY2(exported.exit_code == 0, exported.err.constData());
  QCOMPARE(kept_and_undetected(file),
           std::pair(made["kept_correct"].toInt(), made["undetected_mispredictions"].toInt()));
  QCOMPARE(engine({"export", decided().path(), "--decision", "kept", "--policy", "mcp", "--what",
                   "decisions", "-o", file})
               .exit_code,
           2);
}

void TestDecisions::what_is_fitted_elsewhere_stays_as_it_was() {
  const auto made =
      json_of(engine(decide({"--policy", "weighted(inner=mean)", "--fit-on", "validation",
                             "--split", "test", "--save", "fitted", "--json"})));
  QCOMPARE(made["fitted_on"].toArray(), QJsonArray{"validation"});
  QVERIFY(!made["fitted_on_shown_split"].toBool());
  const auto shown = json_of(engine(decide({"--decision", "fitted", "--split", "test", "--json"})));
  QCOMPARE(shown["bound"], made["bound"]);
  QCOMPARE(shown["augrc"], made["augrc"]);
  const auto same = json_of(engine(decide(
      {"--policy", "weighted(inner=mean)", "--fit-on", "test", "--split", "test", "--json"})));
  QVERIFY(same["fitted_on_shown_split"].toBool());
  QVERIFY(same["bound"] != made["bound"]);
}

void TestDecisions::conditions_are_computed_and_shown() {
  const auto all = json_of(
      engine(decide({"--policy", "majority", "--split", "test", "--conditions", "all", "--json"})));
  const auto lines = all["conditions"].toArray();
  QStringList names;
  for (const auto& line : lines) names << line.toObject()["condition"].toString();
  QCOMPARE(names, (QStringList{"none", "noise=40", "noise=80", "blur=2"}));
  for (const auto& value : lines) {
    const auto line = value.toObject();
    QVERIFY(line["complete"].toBool());
    // Each line is what the condition's own figures are, the baseline's too.
    QStringList words = {"--split", "test", "--json"};
    if (line["condition"].toString() != "none")
      words += QStringList{"--condition", line["condition"].toString()};
    const auto own = json_of(engine(decide(QStringList{"--policy", "majority"} + words)));
    const auto mcp = json_of(engine(decide(QStringList{"--policy", "mcp"} + words)));
    for (const char* key : {"samples", "accuracy", "kept_correct", "undetected_mispredictions",
                            "coverage", "selective_risk"}) {
      QCOMPARE(line[key], own[key]);
      QCOMPARE(line["baseline"].toObject()[key], mcp[key]);
    }
  }
  // Noise of 80 levels leaves little of an image.
  QVERIFY(lines[2].toObject()["accuracy"].toDouble() < lines[0].toObject()["accuracy"].toDouble());
  const auto table =
      engine(decide({"--policy", "majority", "--split", "test", "--conditions", "noise=40"}));
  QVERIFY2(table.out.contains("noise=40") && !table.out.contains("blur=2"), table.out.constData());
  const auto unknown =
      engine(decide({"--policy", "majority", "--split", "test", "--condition", "jpeg=5"}));
  QCOMPARE(unknown.exit_code, 2);
  QVERIFY2(unknown.err.contains("noise=40, noise=80, blur=2"), unknown.err.constData());
  // A run that is there is not computed again, and gets what is new with --resume alone.
  const QStringList run = {"run", decided().path(), "--name", "r", "--json", "--quiet"};
  const auto files = QDir(decided().path() + "/predictions").entryList(QDir::Files).size();
  QCOMPARE(engine(run + QStringList{"--conditions", "noise=40"}).exit_code, 0);
  QCOMPARE(QDir(decided().path() + "/predictions").entryList(QDir::Files).size(), files);
  const auto without = engine(run + QStringList{"--conditions", "jpeg=5"});
  QCOMPARE(without.exit_code, 2);
  QVERIFY2(without.err.contains("--resume"), without.err.constData());
}

void TestDecisions::a_damaged_voter_is_said() {
  const auto whole = json_of(engine(decide({"--policy", "majority", "--split", "test", "--json"})));
  const QString first = decided().voter(0);
  const auto damaged = json_of(engine(decide({"--policy", "majority", "--split", "test", "--damage",
                                              "voter=" + first + ",kind=noise,rate=1", "--json"})));
  const auto said = damaged["damage"].toObject();
  QCOMPARE(said["hit"].toArray()[0].toInt(), whole["samples"].toInt());
  QCOMPARE(said["undamaged"].toObject()["kept_correct"], whole["kept_correct"]);
  QVERIFY(damaged["kept_correct"].toInt() <= whole["kept_correct"].toInt());
  const auto none = json_of(engine(decide({"--policy", "mean", "--split", "test", "--damage",
                                           "voter=" + first + ",kind=shuffle,rate=0", "--json"})));
  const auto mean = json_of(engine(decide({"--policy", "mean", "--split", "test", "--json"})));
  for (const char* key : {"kept_correct", "undetected_mispredictions", "augrc"})
    QCOMPARE(none[key], mean[key]);
  // The first voter is the baseline: at a rate of 1 nothing but its confidence is left of it.
  const auto mcp = json_of(engine(decide({"--policy", "mcp(t=0)", "--split", "test", "--damage",
                                          "voter=" + first + ",kind=noise,rate=1", "--json"})));
  QVERIFY(mcp["accuracy"].toDouble() < 0.3);
  const auto nobody = engine(
      decide({"--policy", "majority", "--split", "test", "--damage", "voter=nobody,rate=1"}));
  QCOMPARE(nobody.exit_code, 2);
}

void TestDecisions::harm_is_counted_in_the_costs_that_are_given() {
  // The matrix as it is written, 1 for every error, edited: it is dear to miss the first class.
  const QString file = decided().file("costs.csv");
  const auto exported =
      engine({"export", decided().path(), "--run", "r", "--what", "costs", "-o", file});
  QVERIFY2(exported.exit_code == 0, exported.err.constData());
  auto lines = read_file(file).split('\n');
  QCOMPARE(lines.size(), 12);
  const auto plain_row = lines[1].split(',');
  QByteArrayList dear_row = plain_row;
  for (int i = 2; i < dear_row.size(); ++i) dear_row[i] = "9";
  lines[1] = dear_row.join(',');
  write_file(file, lines.join('\n'));
  const auto harm = engine(decide({"--policy", "harm(costs=" + file + ",reject=0.2)", "--split",
                                   "test", "--save", "harm", "--replace", "--json"}));
  QVERIFY2(harm.exit_code == 0, harm.err.constData());
  const auto plain =
      json_of(engine(decide({"--policy", "harm(reject=0.2)", "--split", "test", "--json"})));
  const auto made = json_of(harm);
  // Harm is 9 for a missed one of the first class, 1 for another error, 0.3 for a rejection.
  const QStringList costs = {"--costs", file, "--reject-cost", "0.3", "--json"};
  const auto counted =
      json_of(engine(decide(QStringList{"--policy", "mean", "--split", "test"} + costs)));
  const QString rows = decided().file("harm rows.csv");
  QCOMPARE(engine({"export", decided().path(), "--run", "r", "--policy", "mean", "--split", "test",
                   "--what", "decisions", "--voters", decided().voters().join(','), "-o", rows})
               .exit_code,
           0);
  const auto heads = read_file(rows).split('\n').front().split(',');
  const QByteArray dear = QByteArray(plain_row[0]).replace('"', "");  // names are quoted
  double sum = 0;
  int judged = 0;
  for (const QByteArray& line : read_file(rows).split('\n').mid(1)) {
    const auto fields = line.split(',');
    if (fields.size() < heads.size()) continue;
    ++judged;
    const QByteArray truth = fields[heads.indexOf("label")],
                     label = fields[heads.indexOf("predicted")];
    if (fields[heads.indexOf("accepted")] == "0")
      sum += 0.3;
    else if (truth != label)
      sum += truth == dear ? 9 : 1;
  }
  const auto all = json_of(engine(decide(
      QStringList{"--policy", "mean", "--split", "test", "--voters", decided().voters().join(',')} +
      costs)));
  QVERIFY(std::abs(all["harm"].toDouble() - sum / judged) < 1e-12);
  // Chosen by it, a threshold does no more harm than the default's; a front falls.
  const auto least =
      json_of(engine(decide(QStringList{"--policy", "mean", "--split", "validation", "--select-on",
                                        "validation", "--rule", "least-harm", "--front"} +
                            costs)));
  const auto at_default =
      json_of(engine(decide(QStringList{"--policy", "mean", "--split", "validation"} + costs)));
  QVERIFY(least["harm"].toDouble() <= at_default["harm"].toDouble());
  QCOMPARE(least["rule"].toString(), QString("least-harm"));
  const auto front = least["front"].toArray();
  QCOMPARE(front[0].toObject()["harm"].toDouble(), least["harm"].toDouble());
  for (int i = 1; i < front.size(); ++i)
    QVERIFY(front[i].toObject()["harm"].toDouble() > front[i - 1].toObject()["harm"].toDouble());
  const auto promised =
      json_of(engine(decide(QStringList{"--policy", "mean", "--split", "test", "--select-on",
                                        "validation", "--certify", "harm=2,confidence=0.8"} +
                            costs)));
  QVERIFY(promised["certificate"].toObject()["promised"].toBool());
  QVERIFY(promised["certificate"].toObject()["p_value"].toDouble() <= 0.2);
  const auto without = engine(decide({"--policy", "mean", "--split", "test", "--select-on",
                                      "validation", "--rule", "least-harm"}));
  QCOMPARE(without.exit_code, 2);
  QVERIFY2(without.err.contains("--costs"), without.err.constData());
  QVERIFY(!counted["harm"].isNull());
  // Where a class is dear, less is accepted; and the saved decision has its matrix with it.
  QVERIFY(made["coverage"].toDouble() < plain["coverage"].toDouble());
  QVERIFY(QFile::remove(file));
  const auto shown = json_of(engine(decide({"--decision", "harm", "--split", "test", "--json"})));
  for (const char* key : {"kept_correct", "undetected_mispredictions", "coverage"})
    QCOMPARE(shown[key], made[key]);
}

void TestDecisions::few_voters_are_searched_for_data() {
  QTest::addColumn<QString>("policy");
  QTest::addColumn<QString>("rule");
  QTest::newRow("as many as the baseline, staged") << "polygraph" << "";
  QTest::newRow("not staged") << "mean" << "";
  QTest::newRow("by coverage") << "polygraph" << "coverage>=0.5";
}

void TestDecisions::few_voters_are_searched_for() {
  QFETCH(QString, policy);
  QFETCH(QString, rule);
  QStringList words = {"--policy", policy, "--subsets", "--split", "test", "--json"};
  if (!rule.isEmpty()) words << "--rule" << rule;
  const auto found = json_of(engine(decide(words)));
  QCOMPARE(found["tried"].toInt(), 7);
  QVERIFY(found["exhaustive"].toBool());
  // Where nobody says it, on the other split, by what mcp keeps there.
  QCOMPARE(found["selected_on"].toString(), QString("validation"));
  QVERIFY(!found["selected_on_shown_split"].toBool());
  if (rule.isEmpty()) {
    const auto mcp = json_of(engine(decide(
        {"--policy", "mcp", "--voters", decided().voter(0), "--split", "validation", "--json"})));
    QCOMPARE(found["rule"].toString(), QString("kept>=%1").arg(mcp["kept_correct"].toInt()));
  }
  const auto front = found["front"].toArray(), others = found["others"].toArray();
  QVERIFY(!front.isEmpty());
  QStringList told;
  double before = 0;
  int fewest = std::numeric_limits<int>::max();
  for (const auto& list : {front, others})
    for (const auto& entry : list) {
      const auto choice = entry.toObject();
      QStringList voters;
      for (const auto& voter : choice["voters"].toArray()) voters << voter.toString();
      told << voters.join(',');
      // What it prints gives what it says, on either split.
      for (const QString split : {"test", "validation"}) {
        const auto again =
            json_of(engine(decide({"--policy", choice["policy"].toString(), "--voters",
                                   voters.join(','), "--split", split, "--json"})));
        const auto said = split == "test" ? choice : choice["on_selected"].toObject();
        for (const char* key : {"kept_correct", "undetected_mispredictions"})
          QCOMPARE(again[key].toInt(), said[key].toInt());
        // What stages cost says of which batches it is made.
        const bool is_timed = !again["expected_latency_ms"].isNull();
        QCOMPARE(again.contains("latency_batches"), is_timed && policy != "mean");
      }
      QCOMPARE(choice["staged_cost"].isNull(), policy == "mean");
      const double cost = choice[policy == "mean" ? "cost" : "staged_cost"].toDouble();
      const int undetected = choice["on_selected"].toObject()["undetected_mispredictions"].toInt();
      QVERIFY(cost <= choice["cost"].toDouble() + 1e-9);
      if (list == others) continue;
      QVERIFY(cost >= before && undetected < fewest);
      before = cost;
      fewest = undetected;
    }
  // No choice of voters at its best setting misses fewer than the last of the front.
  const auto& all = decided().voters();
  for (int mask = 1; mask < 8; ++mask) {
    QStringList voters;
    for (int v = 0; v < 3; ++v)
      if ((mask >> v & 1) != 0) voters << all[v];
    const auto alone = engine(
        decide({"--policy", policy, "--voters", voters.join(','), "--select-on", "validation",
                "--split", "test", "--rule", found["rule"].toString(), "--json"}));
    QCOMPARE(alone.exit_code == 0, told.contains(voters.join(',')));
    if (alone.exit_code == 0)
      QVERIFY(json_of(alone)["on_selected"].toObject()["undetected_mispredictions"].toInt() >=
              fewest);
  }
  // For people: a line for each choice of the front.
  const auto printed = engine(decide(words.mid(0, 5) + words.mid(6)));
  QCOMPARE(printed.exit_code, 0);
  QVERIFY(printed.out.contains("all 7 choices of 3 voters"));
  QCOMPARE(printed.out.count(policy == "mean" ? "mean(t=" : "staged(inner="), front.size());
}

void TestDecisions::a_search_that_is_interrupted_ends() {
  // Means of logarithms of all choices of sixteen voters: minutes, were it not stopped.
  StudyFixture fixture(4000, 10);
  fixture.add_run("r", 16);
  const auto process = start_engine({"decide", QString::fromStdString(fixture.folder().string()),
                                     "--run", "r", "--policy", "gmean", "--subsets"});
  process->setReadChannel(QProcess::StandardError);
  QByteArray said;
  while (!said.contains("choices of voters\n")) {
    QVERIFY2(process->waitForReadyRead(60'000), said.constData());
    said += process->readAllStandardError();
  }
  QVERIFY2(said.contains(" of 65535 choices"), said.constData());
  ::kill(static_cast<pid_t>(process->processId()), SIGINT);
  QVERIFY(process->waitForFinished(60'000));
  QCOMPARE(process->exitStatus(), QProcess::NormalExit);
  QCOMPARE(process->exitCode(), 130);
  QVERIFY(process->readAllStandardOutput().isEmpty());
  QVERIFY(process->readAllStandardError().contains("was cancelled"));
}

void TestDecisions::a_search_says_what_it_has_nothing_to_do_with_data() {
  QTest::addColumn<QStringList>("words");
  QTest::addColumn<QString>("said");
  QTest::newRow("voters") << QStringList{"--voters", decided().voter(0)} << "--voters";
  QTest::newRow("certificate") << QStringList{"--certify", "risk=0.1,confidence=0.9"}
                               << "--certify";
  QTest::newRow("save") << QStringList{"--save", "x"} << "--save";
  QTest::newRow("cost") << QStringList{"--cost", "energy"} << "--cost";
  QTest::newRow("rule") << QStringList{"--rule", "kept>=many"} << "--rule";
  QTest::newRow("split") << QStringList{"--select-on", "nowhere"} << "nowhere";
}

void TestDecisions::a_search_says_what_it_has_nothing_to_do_with() {
  QFETCH(QStringList, words);
  QFETCH(QString, said);
  const auto refused =
      engine(decide(QStringList{"--policy", "polygraph", "--split", "test", "--subsets"} + words));
  QCOMPARE(refused.exit_code, 2);
  QVERIFY2(refused.err.contains(said.toUtf8()), refused.err.constData());
  QVERIFY(refused.out.isEmpty());
}

}  // namespace plumbline::test

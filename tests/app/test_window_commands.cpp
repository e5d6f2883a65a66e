#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>
#include <array>
#include <climits>
#include <cmath>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/jobs/job.h"
#include "tests/app/decided_study.h"
#include "tests/app/decision_tests.h"
#include "tests/app/engine_process.h"

namespace plumbline::test {

namespace {

const DecidedStudy& clothing() { return DecidedStudy::instance(); }

QStringList decide_clothing(const QStringList& rest) {
  return QStringList{"decide", clothing().path(), "--run", "r", "--split", "test"} + rest;
}

QJsonObject json_printed_by(const QStringList& words) {
  const Outcome outcome = engine(words);
  if (outcome.exit_code != 0)
    qFatal("%s: %s", qPrintable(words.join(' ')), outcome.err.constData());
  return QJsonDocument::fromJson(outcome.out).object();
}

/// Rows of a CSV without quotes, each by its heads.
QList<QMap<QByteArray, QByteArray>> exported_rows(const QStringList& rest) {
  const Outcome outcome =
      engine(QStringList{"export", clothing().path(), "--run", "r", "--split", "test"} + rest +
             QStringList{"-o", "-"});
  if (outcome.exit_code != 0) qFatal("%s", outcome.err.constData());
  const auto lines = outcome.out.split('\n');
  const auto heads = lines.front().trimmed().split(',');
  QList<QMap<QByteArray, QByteArray>> rows;
  for (const QByteArray& line : lines.mid(1)) {
    const auto fields = line.trimmed().split(',');
    if (fields.size() < heads.size()) continue;
    auto& row = rows.emplace_back();
    for (qsizetype i = 0; i < heads.size(); ++i) row[heads[i]] = fields[i];
  }
  return rows;
}

QString all_voters() { return clothing().voters().join(','); }

/// What DOMAIN 1.4 calls the calibration error, of the bins as they are printed.
double error_of(const QJsonArray& bins, int* samples) {
  double error = 0;
  *samples = 0;
  for (const auto& value : bins) {
    const auto bin = value.toObject();
    const int own = bin["samples"].toInt();
    *samples += own;
    if (own > 0) error += own * std::abs(bin["confidence"].toDouble() - bin["accuracy"].toDouble());
  }
  return error / *samples;
}

}  // namespace

void TestWindowCommands::confusion_is_counted_by_pairs() {
  const QStringList policy{"--policy", "mean(t=0.6)", "--voters", all_voters()};
  const auto printed =
      json_printed_by(decide_clothing(policy + QStringList{"--confusion", "--json"}));
  QMap<QByteArray, int> right;
  QMap<std::pair<QByteArray, QByteArray>, int> wrong;
  for (const auto& row : exported_rows(policy + QStringList{"--what", "decisions"})) {
    if (row["accepted"] != "1") continue;
    if (row["label"] == row["predicted"])
      ++right[row["label"]];
    else
      ++wrong[{row["label"], row["predicted"]}];
  }
  const auto confusion = printed["confusion"].toObject();
  int kept = 0, undetected = 0;
  QCOMPARE(confusion["right"].toArray().size(), 10);
  for (const auto& value : confusion["right"].toArray()) {
    const auto cell = value.toObject();
    QCOMPARE(cell["samples"].toInt(), right.value(cell["class"].toString().toUtf8()));
    kept += cell["samples"].toInt();
  }
  QCOMPARE(confusion["wrong"].toArray().size(), wrong.size());
  int before = INT_MAX;
  for (const auto& value : confusion["wrong"].toArray()) {
    const auto cell = value.toObject();
    const int samples = cell["samples"].toInt();
    QCOMPARE(samples,
             wrong.value({cell["true"].toString().toUtf8(), cell["label"].toString().toUtf8()}));
    QVERIFY(samples <= before);
    before = samples;
    undetected += samples;
  }
  QCOMPARE(kept, printed["kept_correct"].toInt());
  QCOMPARE(undetected, printed["undetected_mispredictions"].toInt());
  QVERIFY(undetected > 0);
  // People read the pair that is confused most.
  const auto most = confusion["wrong"].toArray().first().toObject();
  const auto words = engine(decide_clothing(policy + QStringList{"--confusion"}));
  const QString line = most["true"].toString() + " taken for " + most["label"].toString();
  QVERIFY2(words.out.contains(line.toUtf8()), words.out.constData());
  // Nothing is there that was not asked for.
  const auto plain = json_printed_by(decide_clothing(policy + QStringList{"--json"}));
  for (const char* key : {"confusion", "reliability", "stages", "costs"})
    QVERIFY(!plain.contains(key));
}

void TestWindowCommands::bins_add_up_to_the_calibration_error() {
  // The run's second and third voter decide; the baseline is its first nevertheless.
  const QString two = clothing().voter(1) + ',' + clothing().voter(2);
  const auto printed = json_printed_by(
      decide_clothing({"--policy", "mean(t=0.6)", "--voters", two, "--reliability", "--json"}));
  const auto reliability = printed["reliability"].toObject();
  const auto bins = reliability["bins"].toArray();
  QCOMPARE(bins.size(), 15);
  int samples = 0;
  QVERIFY(std::abs(error_of(bins, &samples) - printed["ece"].toDouble()) < 1e-9);
  QCOMPARE(samples, printed["samples"].toInt());
  for (const auto& value : bins) {
    const auto bin = value.toObject();
    if (bin["samples"].toInt() == 0) {
      QVERIFY(bin["accuracy"].isNull() && bin["interval"].isNull());
      continue;
    }
    QCOMPARE(bin["accuracy"].toDouble(), bin["right"].toDouble() / bin["samples"].toDouble());
    const auto interval = bin["interval"].toArray();
    QVERIFY(interval[0].toDouble() <= bin["accuracy"].toDouble() + 1e-12 &&
            bin["accuracy"].toDouble() <= interval[1].toDouble() + 1e-12);
  }
  const auto baseline = reliability["baseline"].toObject();
  const auto alone = json_printed_by(
      decide_clothing({"--policy", "mcp", "--voters", clothing().voter(0), "--json"}));
  QCOMPARE(baseline["ece"].toDouble(), alone["ece"].toDouble());
  QVERIFY(std::abs(error_of(baseline["bins"].toArray(), &samples) - alone["ece"].toDouble()) <
          1e-9);
  // People read both, a line for each bin that has samples, and of which split.
  const auto text =
      engine(decide_clothing({"--policy", "mean(t=0.6)", "--voters", two, "--reliability"})).out;
  QVERIFY2(text.startsWith("mean(t=0.6) on ") && text.contains(" samples of test, accuracy "),
           text.constData());
  for (const auto& [name, list] :
       {std::pair("  confidence ", bins),
        std::pair("  baseline confidence ", baseline["bins"].toArray())}) {
    int lines = 0;
    for (const auto& value : list) {
      const auto bin = value.toObject();
      if (bin["samples"].toInt() == 0) continue;
      ++lines;
      const QString line = QString("%1%2 to %3: %4 of %5 right, ")
                               .arg(name, QString::number(bin["lower"].toDouble(), 'f', 3),
                                    QString::number(bin["upper"].toDouble(), 'f', 3))
                               .arg(bin["right"].toInt())
                               .arg(bin["samples"].toInt());
      QVERIFY2(text.contains(line.toUtf8()), qPrintable(line));
    }
    QCOMPARE(text.count(name), lines);
  }
}

void TestWindowCommands::stages_are_reached_by_what_is_left() {
  const auto printed =
      json_printed_by(decide_clothing({"--policy", "cascade(t=0.8:0.6:0.9,order=2:0:1)", "--voters",
                                       all_voters(), "--stages", "--json"}));
  // By hand: a stage is reached by what no stage before it was sure of.
  std::array<std::vector<float>, 3> confidence;
  std::size_t place = 0;
  for (const auto& row : exported_rows({"--what", "predictions"}))
    confidence[place++ % 3].push_back(row["confidence"].toFloat());
  const std::size_t samples = confidence[0].size();
  QCOMPARE(samples, static_cast<std::size_t>(printed["samples"].toInt()));
  const std::array<std::size_t, 3> order{2, 0, 1};
  const std::array<float, 3> least{0.8F, 0.6F, 0.9F};
  std::array<std::size_t, 3> reached{};
  for (std::size_t i = 0; i < samples; ++i) {
    std::size_t stage = 0;
    ++reached[0];
    while (stage < 2 && confidence[order[stage]][i] < least[stage]) ++reached[++stage];
  }
  const auto stages = printed["stages"].toArray();
  QCOMPARE(stages.size(), 3);
  for (std::size_t stage = 0; stage < 3; ++stage) {
    const auto own = stages[static_cast<qsizetype>(stage)].toObject();
    QCOMPARE(own["voter"].toString(), clothing().voter(static_cast<int>(order[stage])));
    QVERIFY(std::abs(own["share"].toDouble() -
                     static_cast<double>(reached[stage]) / static_cast<double>(samples)) < 1e-9);
  }
  QVERIFY(reached[1] > 0 && reached[1] < samples);
  const auto staged = json_printed_by(decide_clothing(
      {"--policy", "staged(inner=polygraph(thr_conf=0.6),order=1:2:0)", "--voters", all_voters(),
       "--stages", "--json"}))["stages"]
                          .toArray();
  QCOMPARE(staged[0].toObject()["voter"].toString(), clothing().voter(1));
  QCOMPARE(staged[0].toObject()["share"].toDouble(), 1.0);
}

void TestWindowCommands::harm_is_counted_in_costs_that_are_written() {
  const QStringList policy{"--policy", "mean(t=0.6)", "--voters", all_voters()};
  const QStringList plain{"--costs", "plain", "--reject-cost", "0.3", "--json"};
  const auto printed =
      json_printed_by(decide_clothing(policy + plain + QStringList{"--confusion"}));
  const double samples = printed["samples"].toDouble();
  const double wrong = printed["undetected_mispredictions"].toDouble();
  const double rejected =
      printed["caught_mispredictions"].toDouble() + printed["needlessly_rejected"].toDouble();
  QVERIFY(std::abs(printed["harm"].toDouble() - (wrong + 0.3 * rejected) / samples) < 1e-12);
  const auto costs = printed["costs"].toObject();
  QCOMPARE(costs["reject"].toDouble(), 0.3);
  QVERIFY(costs["changed"].toArray().isEmpty() && !costs.contains("file"));
  QCOMPARE(costs["changed_cells"].toInt(-1), 0);
  // The pair that is confused most becomes dear: each of its samples costs 50 more.
  const auto most = printed["confusion"].toObject()["wrong"].toArray().first().toObject();
  const QString change =
      most["true"].toString() + '>' + most["label"].toString() + QStringLiteral("=51");
  const auto dear =
      json_printed_by(decide_clothing(policy + plain + QStringList{"--cost-of", change}));
  QVERIFY(std::abs(dear["harm"].toDouble() - printed["harm"].toDouble() -
                   50 * most["samples"].toDouble() / samples) < 1e-12);
  const auto changed = dear["costs"].toObject()["changed"].toArray();
  QCOMPARE(changed.size(), 1);
  QCOMPARE(changed[0].toObject()["true"], most["true"]);
  QCOMPARE(changed[0].toObject()["label"], most["label"]);
  QCOMPARE(changed[0].toObject()["cost"].toDouble(), 51.0);
}

/// A matrix of ten classes has a hundred costs: twenty that are not plain are shown, and counted.
void TestWindowCommands::costs_of_a_file_are_listed_in_part() {
  const QString file = clothing().file("dear costs.csv");
  const auto exported =
      engine({"export", clothing().path(), "--run", "r", "--what", "costs", "-o", file});
  QVERIFY2(exported.exit_code == 0, exported.err.constData());
  // To miss one of the first three classes costs 9: three rows of nine such cells.
  auto lines = read_file(file).split('\n');
  for (int row = 1; row <= 3; ++row) {
    auto fields = lines[row].split(',');
    QCOMPARE(fields.size(), 11);
    for (int i = 1; i < fields.size(); ++i)
      if (i != row) fields[i] = "9";
    lines[row] = fields.join(',');
  }
  write_file(file, lines.join('\n'));
  const QStringList words = decide_clothing({"--policy", "mean(t=0.6)", "--costs", file});
  const auto costs = json_printed_by(words + QStringList{"--json"})["costs"].toObject();
  QCOMPARE(costs["file"].toString(), file);
  QCOMPARE(costs["changed_cells"].toInt(), 27);
  const auto changed = costs["changed"].toArray();
  QCOMPARE(changed.size(), 20);
  QCOMPARE(changed[19].toObject()["cost"].toDouble(), 9.0);
  const auto text = engine(words).out;
  QCOMPARE(text.count(" costs 9\n"), 20);
  QVERIFY2(text.contains(" costs 9\n  and 7 more\n"), text.constData());
}

void TestWindowCommands::one_sample_is_said_with_its_reason() {
  const QStringList policy{"--policy", "mean(t=0.6)", "--voters", all_voters()};
  const auto decided = exported_rows(policy + QStringList{"--what", "decisions"});
  const auto predictions = exported_rows({"--what", "predictions"});
  // In a split that was held out names are not places.
  constexpr int place = 7;
  const auto& row = decided[place];
  const QString name = QString::fromUtf8(row["sample"]);
  const auto printed =
      json_printed_by(decide_clothing(policy + QStringList{"--sample", name, "--json"}));
  const auto sample = printed["sample"].toObject();
  QCOMPARE(sample["name"].toString(), name);
  QCOMPARE(sample["place"].toInt(), place);
  QCOMPARE(sample["true"].toString().toUtf8(), row["label"]);
  QCOMPARE(sample["predicted"].toString().toUtf8(), row["predicted"]);
  QCOMPARE(sample["verdict"].toString().toUtf8(), row["verdict"]);
  QCOMPARE(sample["accepted"].toBool(), row["accepted"] == "1");
  QVERIFY(!sample["why"].toString().isEmpty());
  const auto votes = sample["votes"].toArray();
  QCOMPARE(votes.size(), 3);
  int agree = 0;
  for (int v = 0; v < 3; ++v) {
    const auto vote = votes[v].toObject();
    const auto& exported = predictions[3 * place + v];
    QCOMPARE(exported["sample"], row["sample"]);
    QCOMPARE(vote["voter"].toString(), clothing().voter(v));
    QCOMPARE(vote["class"].toString().toUtf8(), exported["class"]);
    QVERIFY(std::abs(vote["confidence"].toDouble() - exported["confidence"].toDouble()) < 1e-6);
    agree += exported["class"] == row["predicted"];
  }
  QCOMPARE(sample["agree"].toInt(), agree);
  QCOMPARE(sample["dissent"].toInt(), 3 - agree);
  QCOMPARE(sample["without_output"].toInt(), 0);
  // The policy's score is the greatest of the mean.
  const auto distribution = sample["distribution"].toArray();
  QVERIFY(distribution.size() >= 10);
  double sum = 0;
  for (const auto& entry : distribution) sum += entry.toObject()["probability"].toDouble();
  QVERIFY(std::abs(sum - 1) < 1e-5);
  const auto first = distribution[0].toObject();
  QCOMPARE(first["class"], sample["predicted"]);
  QVERIFY(std::abs(first["probability"].toDouble() - sample["score"].toDouble()) < 1e-5);
  // One voter alone has its own distribution.
  const auto alone = json_printed_by(decide_clothing(
      {"--policy", "mcp", "--voters", clothing().voter(1), "--sample", name, "--json"}));
  const auto own = alone["sample"].toObject()["distribution"].toArray()[0].toObject();
  QVERIFY(std::abs(own["probability"].toDouble() -
                   predictions[3 * place + 1]["confidence"].toDouble()) < 1e-5);
  const auto words = engine(decide_clothing(policy + QStringList{"--sample", name}));
  QVERIFY2(words.out.contains(sample["why"].toString().toUtf8()), words.out.constData());
  QVERIFY(!json_printed_by(decide_clothing(policy + QStringList{"--json"})).contains("sample"));
}

void TestWindowCommands::wrong_requests_are_named_data() {
  QTest::addColumn<QStringList>("rest");
  QTest::addColumn<QString>("named");
  const QStringList majority{"--policy", "majority"};
  QTest::newRow("no stages") << majority + QStringList{"--stages"} << "in stages";
  QTest::newRow("no probability") << majority + QStringList{"--reliability"}
                                  << "is not a probability";
  QTest::newRow("changed costs of nothing")
      << majority + QStringList{"--cost-of", "a>b=2"} << "--costs plain";
  QTest::newRow("no such class") << majority + QStringList{"--costs", "plain", "--cost-of", "a>b=2"}
                                 << "two classes of the data set";
  QTest::newRow("no cost") << majority + QStringList{"--costs", "plain", "--cost-of", "a>b"}
                           << "TRUE>DECIDED=COST";
  const QStringList damage{"--damage", "voter=" + clothing().voter(0) + ",kind=noise,rate=1"};
  QTest::newRow("of damaged voters")
      << majority + damage + QStringList{"--confusion"} << "--damage";
  QTest::newRow("front of damaged voters") << majority + damage + QStringList{"--front"}
                                           << "--front: a front is that of voters without damage";
  QTest::newRow("conditions of damaged voters")
      << majority + damage + QStringList{"--conditions", "all"}
      << "--conditions: the lines of conditions are of voters without damage";
  QTest::newRow("no such sample") << majority + QStringList{"--sample", "a/9.png"}
                                  << "has no sample 'a/9.png'";
  QTest::newRow("a sample of damaged voters")
      << majority + damage + QStringList{"--sample", "0"} << "--damage";
  QTest::newRow("of a search for voters")
      << majority + QStringList{"--confusion", "--subsets"} << "--confusion";
  const QStringList reject{"--reject-cost", "0.1"};
  QTest::newRow("rejections without costs")
      << majority + reject << "--reject-cost: a rejection costs something only where harm";
  QTest::newRow("rejections in a search for voters")
      << majority + reject + QStringList{"--subsets"} << "--reject-cost: a search for voters";
  QTest::newRow("nothing to replace")
      << majority + QStringList{"--replace"} << "--replace: nothing is saved";
  QTest::newRow("voters of a decision")
      << QStringList{"--decision", "any", "--voters", clothing().voter(0)}
      << "--voters: a saved decision has voters of its own";
}

void TestWindowCommands::wrong_requests_are_named() {
  QFETCH(QStringList, rest);
  QFETCH(QString, named);
  const auto outcome = engine(decide_clothing(rest));
  QVERIFY2(outcome.exit_code == 2, (outcome.out + outcome.err).constData());
  QVERIFY2(outcome.err.contains(named.toUtf8()), outcome.err.constData());
}

void TestWindowCommands::a_run_says_how_far_it_is() {
  const QTemporaryDir folder;
  const QString study = folder.filePath("s.plumb");
  constexpr int images = 60;
  make_fashion_study(study, folder.filePath("data"), images, 1);
  const QStringList progress{"run", study, "--name", "r", "--progress"};
  const auto none = engine(progress);
  QCOMPARE(none.exit_code, 3);
  QVERIFY2(none.err.contains("no job of a run 'r'"), none.err.constData());
  const auto done = engine({"run", study, "--dataset", "fashion", "--split", "test", "--models",
                            "resnet20-a", "--views", "identity,flip_x", "--name", "r", "--quiet"});
  QVERIFY2(done.exit_code == 0, done.err.constData());
  const auto printed = json_printed_by(progress + QStringList{"--json"});
  QCOMPARE(printed["state"].toString(), QString("finished"));
  QCOMPARE(printed["dataset"].toString(), QString("fashion"));
  QCOMPARE(printed["splits"].toArray(), QJsonArray{"test"});
  QCOMPARE(printed["samples"].toInt(), images);
  const auto voters = printed["voters"].toArray();
  QCOMPARE(voters.size(), 2);
  std::array<double, 2> accuracy{};
  for (int v = 0; v < 2; ++v) {
    const auto own = voters[v].toObject();
    const auto decided =
        json_printed_by({"decide", study, "--run", "r", "--policy", "mcp", "--voters",
                         own["model"].toString() + ':' + own["view"].toString(), "--json"});
    const double p = accuracy[static_cast<std::size_t>(v)] = own["accuracy"].toDouble();
    QVERIFY(std::abs(p - decided["accuracy"].toDouble()) < 1e-12);
    QCOMPARE(own["samples"].toInt(), images);
    // Half of Wilson's interval, as it is written in books.
    constexpr double z = 1.959963984540054, n = images;
    const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    QVERIFY(std::abs(own["half_width"].toDouble() - half) < 1e-6);
  }
  QVERIFY(voters[0].toObject()["against_identity"].isNull());
  QVERIFY(std::abs(voters[1].toObject()["against_identity"].toDouble() -
                   (accuracy[1] - accuracy[0])) < 1e-12);
  const auto words = engine(progress);
  QVERIFY2(words.out.startsWith("r on fashion (test): finished\n"), words.out.constData());
  // How the shares came to that.
  QVERIFY(!voters[0].toObject().contains("course"));
  const auto course = json_printed_by(progress + QStringList{"--course", "--json"});
  for (const auto& value : course["voters"].toArray()) {
    const auto own = value.toObject();
    const auto last = own["course"].toArray().last().toObject();
    QCOMPARE(last["samples"].toInt(), images);
    QCOMPARE(last["accuracy"].toDouble(), own["accuracy"].toDouble());
    const auto interval = last["interval"].toArray();
    QVERIFY(std::abs((interval[1].toDouble() - interval[0].toDouble()) / 2 -
                     own["half_width"].toDouble()) < 1e-12);
  }
  QCOMPARE(course["mean_course"].toArray().last().toObject()["samples"].toInt(), images);
  QVERIFY(engine(progress + QStringList{"--course"})
              .out.contains("accuracy of resnet20-a:flip_x, so far:\n"));
  const auto alone = engine({"run", study, "--name", "r", "--course"});
  QCOMPARE(alone.exit_code, 2);
  QVERIFY2(alone.err.contains("--course"), alone.err.constData());
  // The data set by its present name, and all that was said of it before.
  const auto renamed = engine({"rename", study, "--dataset", "fashion", "--to", "clothes"});
  QVERIFY2(renamed.exit_code == 0, renamed.err.constData());
  auto again = json_printed_by(progress + QStringList{"--json"});
  QCOMPARE(again["dataset"].toString(), QString("clothes"));
  again["dataset"] = printed["dataset"];
  QCOMPARE(again, printed);
  // It is asked, and not gone on with: what says how is refused.
  for (const QStringList& more :
       {QStringList{"--estimate"}, QStringList{"--resume"}, QStringList{"--quiet"},
        QStringList{"--device", "cpu"}, QStringList{"--split", "test"}}) {
    const auto both = engine(progress + more);
    QCOMPARE(both.exit_code, 2);
    const QByteArray named = more.front().toUtf8() + ": has no effect beside --progress, which";
    QVERIFY2(both.err.contains(named), both.err.constData());
  }
  QCOMPARE(engine({"run", study, "--progress"}).exit_code, 2);
}

void TestWindowCommands::a_training_says_how_far_it_is() {
  const QTemporaryDir folder;
  const QString study = folder.filePath("s.plumb");
  make_fashion_study(study, folder.filePath("data"), 40, 0);
  const QStringList progress{"train", study, "--name", "m", "--progress"};
  const auto none = engine(progress);
  QCOMPARE(none.exit_code, 3);
  QVERIFY2(none.err.contains("no job of a training of 'm'"), none.err.constData());
  auto job = Job::begin({study.toStdString(),
                         "train",
                         {"train"},
                         false,
                         true,
                         "",
                         TrainWork{"m", "lenet5", "fashion", {"test"}, View(), 4}});
  QVERIFY(job.has_value());
  job->event("progress", {{"done", 60},
                          {"total", 160},
                          {"phase", "epoch 2 of 4"},
                          {"unit", "images"},
                          {"rate", 10.0},
                          {"eta_s", 10.0}});
  job->metric("loss/train", 2.5, 40);
  job->metric("accuracy/train", 0.25, 40);
  job->metric("loss/train", 1.5, 60);
  const auto printed = json_printed_by(progress + QStringList{"--json"});
  QCOMPARE(printed["state"].toString(), QString("running"));
  QCOMPARE(printed["done"].toInt(), 60);
  QCOMPARE(printed["total"].toInt(), 160);
  QCOMPARE(printed["seconds_left"].toDouble(), 10.0);
  QCOMPARE(printed["epochs"].toInt(), 4);
  QCOMPARE(printed["loss"].toDouble(), 1.5);
  QCOMPARE(printed["accuracy"].toDouble(), 0.25);
  QVERIFY(printed["validation_loss"].isNull() && printed["validation_accuracy"].isNull());
  QVERIFY(!printed.contains("course"));
  const auto course =
      json_printed_by(progress + QStringList{"--course", "--json"})["course"].toObject();
  const auto losses = course["loss"].toArray();
  QCOMPARE(losses.size(), 2);
  QCOMPARE(losses[1].toObject()["images"].toInt(), 60);
  QCOMPARE(losses[1].toObject()["epoch"].toDouble(), 1.5);
  QCOMPARE(losses[1].toObject()["value"].toDouble(), 1.5);
  QVERIFY(course["validation_accuracy"].toArray().isEmpty());
  const auto words = engine(progress);
  QVERIFY2(words.out.startsWith("m: running, 60 of 160 images, 10 per second, 10 s left\n"),
           words.out.constData());
  QVERIFY2(words.out.contains(" 25 %\n"), words.out.constData());
  job->finished({{"model", "m"}});
  QVERIFY(engine(progress).out.startsWith("m: finished\n"));
  // It is looked at, and not gone on with.
  QCOMPARE(engine(progress + QStringList{"--resume"}).exit_code, 2);
  QCOMPARE(engine({"train", study, "--name", "m", "--course"}).exit_code, 2);
}

void TestWindowCommands::jobs_say_what_they_have_done() {
  const QTemporaryDir folder;
  const QString study = folder.filePath("s.plumb");
  make_fashion_study(study, folder.filePath("data"), 40, 1);
  const QStringList list{"jobs", study, "--json"};
  const auto before = json_printed_by(list);
  QCOMPARE(before["finished"].toInt(), before["jobs"].toArray().size());
  auto job = Job::begin({study.toStdString(),
                         "run",
                         {"run", "s.plumb", "--name", "two words"},
                         false,
                         true,
                         "",
                         RunWork{"two words", "fashion", {"test"}, {}}});
  QVERIFY(job.has_value());
  job->event("progress", {{"done", 30},
                          {"total", 120},
                          {"phase", "computing"},
                          {"unit", "predictions"},
                          {"rate", 4.5},
                          {"eta_s", 20.0}});
  job->warning("image", "cut off", "cat/1.jpg");
  const auto printed = json_printed_by(list);
  QCOMPARE(printed["running"].toInt(), 1);
  QCOMPARE(printed["queued"].toInt(), 0);
  QCOMPARE(printed["finished"].toInt(), before["finished"].toInt());
  QJsonObject row;
  for (const auto& entry : printed["jobs"].toArray())
    if (entry.toObject()["job"].toString().toStdString() == job->id()) row = entry.toObject();
  QCOMPARE(row["state"].toString(), QString("running"));
  QCOMPARE(row["works_on"].toObject()["run"].toString(), QString("two words"));
  QCOMPARE(row["command"].toArray().last().toString(), QString("two words"));
  QCOMPARE(row["done"].toInt(), 30);
  QCOMPARE(row["total"].toInt(), 120);
  QCOMPARE(row["share"].toDouble(), 0.25);
  QCOMPARE(row["per_second"].toDouble(), 4.5);
  QCOMPARE(row["seconds_left"].toDouble(), 20.0);
  QVERIFY(row["seconds_taken"].isNull() && row["failure"].isNull());
  QCOMPARE(row["warnings"].toArray()[0].toObject()["sample"].toString(), QString("cat/1.jpg"));
  const auto words = engine({"jobs", study});
  for (const char* line :
       {": running, computing, 30 of 120 predictions, 4.5 per second, 20 s left, 1 warning\n",
        "\n  plumbline-engine run s.plumb --name 'two words'\n", "\n1 running, 0 queued, "})
    QVERIFY2(words.out.contains(line), words.out.constData());
  job->failed(Error{ErrorKind::device, "no memory", "", "take a smaller batch"});
  const auto failed = json_printed_by(list);
  QCOMPARE(failed["failed"].toInt(), 1);
  QCOMPARE(failed["running"].toInt(), 0);
  QVERIFY(engine({"jobs", study}).out.contains("\n  no memory\n"));
  QCOMPARE(engine({"jobs", folder.filePath("absent.plumb")}).exit_code, 3);
}

}  // namespace plumbline::test

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <filesystem>

#include "tests/app/engine_process.h"
#include "tests/app/planer_study.h"
#include "tests/app/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

std::unique_ptr<QTemporaryDir> folder;

QString study() { return folder->filePath("s.plumb"); }

Outcome run(const QString& line) { return engine(planer(line, folder->path())); }

const QString training =
    "train DIR/s.plumb --config DIR/small.json --text DIR/text.txt --name base --steps 300 "
    "--batch 4 --seed 3 --json --quiet";

}  // namespace

void TestPlanerJobs::initTestCase() {
  folder = std::make_unique<QTemporaryDir>();
  make_planer_inputs(folder->path());
}

void TestPlanerJobs::a_trained_network_has_learned() {
  const auto trained = run(training);
  QVERIFY2(trained.exit_code == 0, trained.err.constData());
  const auto summary = json_of(trained.out);
  // Guessing costs ln 256; the letters' frequencies alone are some 2.9 nats of it.
  const double loss = summary["validation_loss"].toDouble();
  QVERIFY2(loss > 0.3 && loss < 2.8, trained.out.constData());
  QVERIFY(std::abs(summary["bits_per_byte"].toDouble() - loss / std::log(2.0)) < 1e-9);
  QVERIFY(summary["tokens_per_second"].toDouble() > 0);
  QCOMPARE(summary["architecture"].toArray(),
           (QJsonArray{"attention-8", "feed-forward", "attention-8", "feed-forward"}));
  QVERIFY(!network_weights(study(), "base").isEmpty());
  QVERIFY(QDir(study() + "/checkpoints").isEmpty());
  // The figure of the course is the figure of the events.
  double event_loss = 0;
  for (const auto& event : job_events(study(), "planer-train"))
    if (event["name"].toString() == "loss/validation") event_loss = event["value"].toDouble();
  QCOMPARE(event_loss, loss);
  // Run again, it is left as it is; without --resume the name is taken.
  const auto again = run(training + " --resume");
  QCOMPARE(again.exit_code, 0);
  QCOMPARE(json_of(again.out)["validation_loss"].toDouble(), loss);
  const auto taken = run(training);
  QCOMPARE(taken.exit_code, 2);
  QVERIFY(taken.err.contains("the network 'base' exists"));
}

void TestPlanerJobs::a_network_goes_on_from_another() {
  // Configuration and text are those of --from.
  const auto more =
      run("train DIR/s.plumb --from base --name more --steps 200 --batch 4 --json --quiet");
  QVERIFY2(more.exit_code == 0, more.err.constData());
  const auto base = json_of(run(training + " --resume").out);
  const auto summary = json_of(more.out);
  QCOMPARE(summary["base"].toString(), QString("base"));
  QVERIFY(summary["validation_loss"].toDouble() < base["validation_loss"].toDouble());
  QCOMPARE(summary["tokens"], base["tokens"]);
}

void TestPlanerJobs::networks_are_evaluated_in_turns() {
  const auto outcome = run("evaluate DIR/s.plumb --name base,more --json --quiet");
  QVERIFY2(outcome.exit_code == 0, outcome.err.constData());
  const auto networks = QJsonDocument::fromJson(outcome.out).array();
  QCOMPARE(networks.size(), 2);
  const auto base = networks[0].toObject(), more = networks[1].toObject();
  const auto trained = json_of(run(training + " --resume").out);
  QVERIFY(std::abs(base["validation_loss"].toDouble() - trained["validation_loss"].toDouble()) <
          1e-6);
  QVERIFY(more["validation_loss"].toDouble() < base["validation_loss"].toDouble());
  QVERIFY(base["latency_ms"].toDouble() > 0 && more["latency_ms"].toDouble() > 0);
  QVERIFY(!base.contains("fraction"));
  QVERIFY(std::abs(more["fraction"].toDouble() -
                   more["latency_ms"].toDouble() / base["latency_ms"].toDouble()) < 1e-9);
  const auto test =
      run("evaluate DIR/s.plumb --name base --part test --json --quiet --validation-tokens 1000");
  QCOMPARE(json_of(test.out)["part"].toString(), QString("test"));
  QVERIFY(json_of(test.out)["tokens"].toInteger() <= 1000);
}

void TestPlanerJobs::a_search_ends_in_a_network_and_a_front() {
  const QString search =
      "search DIR/s.plumb --from base --name q --steps 60 --warm-up 60 --search-steps 60 "
      "--batch 4 --json --quiet --target ";
  // No architecture takes less than embedding and softmax: refused before anything is trained.
  const auto hopeless = run(search + "0.01");
  QCOMPARE(hopeless.exit_code, 2);
  QVERIFY2(hopeless.err.contains("--target") && hopeless.err.contains("the least reachable is"),
           hopeless.err.constData());
  QVERIFY(!QFile::exists(study() + "/searches/q"));
  const auto outcome = run(search + "0.9");
  QVERIFY2(outcome.exit_code == 0, outcome.err.constData());
  const auto found = json_of(outcome.out)["networks"].toArray();
  QCOMPARE(found.size(), 1);
  const auto network = found[0].toObject();
  QCOMPARE(network["name"].toString(), QString("q-0.9"));
  QCOMPARE(network["search"].toString(), QString("q"));
  QVERIFY(network["validation_loss"].toDouble() < 2.9);
  QVERIFY(std::abs(network["fraction"].toDouble() -
                   network["latency_ms"].toDouble() / network["baseline_latency_ms"].toDouble()) <
          1e-9);
  QVERIFY(!network_weights(study(), "q-0.9").isEmpty());
  const auto front = json_of(run("front DIR/s.plumb --name q --json").out);
  const auto points = front["points"].toArray();
  QVERIFY(points.size() > 3);
  for (qsizetype i = 1; i < points.size(); ++i) {
    const auto before = points[i - 1].toObject(), after = points[i].toObject();
    QVERIFY(before["latency_ms"].toDouble() < after["latency_ms"].toDouble());
    QVERIFY(before["predicted_loss"].toDouble() > after["predicted_loss"].toDouble());
  }
}

/// A table of a version that had fewer options: what it has is searched, and the rest is said.
void TestPlanerJobs::a_search_goes_by_an_older_table() {
  const auto profiled =
      run("profile DIR/s.plumb --name base --batch 3 --device cpu --json --quiet");
  QVERIFY2(profiled.exit_code == 0, profiled.err.constData());
  for (const char* name : {"feed-forward-half", "experts-1", "experts-half-1", "experts-half-2"})
    QVERIFY2(
        json_of(profiled.out)["options"].toObject()[name].toObject()["median_ms"].toDouble() > 0,
        name);
  const QStringList later{"feed-forward-half", "feed-forward-double", "experts-half-1",
                          "experts-half-2"};
  {
    Study opened = value(Study::open(study().toStdString(), Access::read_write));
    for (LatencyTable& table : value(opened.latency_tables())) {
      if (table.key.batch != 3) continue;
      for (const QString& name : later)
        table.options[find_option(name.toStdString()).value()].reset();
      succeed(opened.set_latency_table(table));
    }
  }
  const QString search =
      "search DIR/s.plumb --from base --name older --target 0.9 --steps 5 --warm-up 5 "
      "--search-steps 5 --batch 4 --latency-batch 3 --device cpu --json";
  const auto outcome = run(search);
  QVERIFY2(outcome.exit_code == 0, outcome.err.constData());
  QVERIFY2(outcome.err.contains(
               "the study's latency table lacks feed-forward-half, feed-forward-double, "
               "experts-half-1, experts-half-2, so the search does without them (plumbline-engine "
               "planer profile measures all options)"),
           outcome.err.constData());
  const auto found = json_of(outcome.out)["networks"].toArray()[0].toObject();
  for (const auto& option : found["architecture"].toArray())
    QVERIFY2(!later.contains(option.toString()), qPrintable(option.toString()));
  // What is forbidden anyway is not missed.
  QString other = search;
  const auto without =
      run(other.replace("--name older", "--name plainer") + " --without " + later.join(','));
  QVERIFY2(without.exit_code == 0, without.err.constData());
  QVERIFY2(!without.err.contains("latency table lacks"), without.err.constData());
}

void TestPlanerJobs::what_was_found_is_trained_further() {
  const QString taught =
      "train DIR/s.plumb --from q-0.9 --teacher more --distill 0.5 --name q-0.9-further "
      "--steps 200 --batch 4 --json --quiet";
  const auto outcome = run(taught);
  QVERIFY2(outcome.exit_code == 0, outcome.err.constData());
  const auto further = json_of(outcome.out);
  // It belongs to the search, and is measured beside the network that it is to replace.
  QCOMPARE(further["search"].toString(), QString("q"));
  QCOMPARE(further["target"].toDouble(), 0.9);
  QVERIFY(std::abs(further["fraction"].toDouble() -
                   further["latency_ms"].toDouble() / further["baseline_latency_ms"].toDouble()) <
          1e-9);
  const auto both = QJsonDocument::fromJson(
                        run("evaluate DIR/s.plumb --name q-0.9,q-0.9-further --json --quiet").out)
                        .array();
  const auto before = both[0].toObject(), after = both[1].toObject();
  QCOMPARE(after["architecture"], before["architecture"]);
  QVERIFY2(after["validation_loss"].toDouble() < before["validation_loss"].toDouble(),
           outcome.out.constData());
  // A complete one is measured once more, and not trained.
  const auto again = json_of(run(taught + " --resume").out);
  QCOMPARE(again["validation_loss"], further["validation_loss"]);
  QVERIFY(again["latency_ms"].toDouble() > 0);
  // The teacher is part of what a network is.
  QString other = taught + " --resume";
  QCOMPARE(run(other.replace("--teacher more", "--teacher base")).exit_code, 2);
  // With another architecture it would be a network of its own.
  QVERIFY(!json_of(run("evaluate DIR/s.plumb --name more --json --quiet").out).contains("search"));
}

void TestPlanerJobs::exports_are_written() {
  // A name without a folder lies where the program was started.
  const QString here = QDir::currentPath();
  QVERIFY(QDir::setCurrent(folder->path()));
  const auto script = run("export DIR/s.plumb --name base --format torchscript -o base.pt");
  const auto weights =
      run("export DIR/s.plumb --name base --format safetensors -o base.safetensors");
  QDir::setCurrent(here);
  QVERIFY2(script.exit_code == 0, script.err.constData());
  QVERIFY2(weights.exit_code == 0, weights.err.constData());
  QVERIFY(read_file(folder->filePath("base.pt")).startsWith("PK"));
  QCOMPARE(read_file(folder->filePath("base.safetensors")), network_weights(study(), "base"));
  const auto beside = json_of(read_file(folder->filePath("base.architecture.json")));
  QCOMPARE(beside["options"].toArray().size(), 4);
  QCOMPARE(beside["config"].toObject()["d_model"].toInt(), 32);
  // What an export wrote is an architecture that training takes.
  auto plain = beside;
  plain.remove("config");
  write_file(folder->filePath("a.json"), QJsonDocument(plain).toJson());
  const auto again =
      run("train DIR/s.plumb --config DIR/small.json --architecture DIR/a.json --text DIR/text.txt "
          "--name again --steps 1 --batch 4 --quiet");
  QVERIFY2(again.exit_code == 0, again.err.constData());
  QCOMPARE(QDir(folder->path()).entryList({"*.part", "*.tmp"}), QStringList());
}

/// As a small study, which another one takes over: what was found computes the same there.
void TestPlanerJobs::a_search_is_handed_on() {
  const auto written = run("export DIR/s.plumb --search q -o DIR/handed --json");
  QVERIFY2(written.exit_code == 0, written.err.constData());
  QCOMPARE(json_of(written.out)["networks"].toArray(),
           (QJsonArray{"base", "q-0.9", "q-0.9-further"}));
  // No folder of this machine is in it.
  QVERIFY(!read_file(folder->filePath("handed/study.sqlite")).contains(folder->path().toUtf8()));
  const auto taken = run("import DIR/other.plumb --from DIR/handed --search q --json");
  QVERIFY2(taken.exit_code == 0, taken.err.constData());
  QCOMPARE(json_of(taken.out)["networks"].toArray().size(), 3);
  QCOMPARE(json_of(taken.out)["known_networks"].toInt(), 0);
  QCOMPARE(network_weights(folder->filePath("other.plumb"), "q-0.9"),
           network_weights(study(), "q-0.9"));
  QCOMPARE(json_of(run("front DIR/other.plumb --name q --json").out),
           json_of(run("front DIR/s.plumb --name q --json").out));
  const auto judged = [](const QString& name) {
    const auto outcome =
        run("evaluate DIR/" + name + " --name q-0.9 --text DIR/text.txt --json --quiet");
    return json_of(outcome.out)["validation_loss"];
  };
  QVERIFY(judged("s.plumb").toDouble() > 0);
  QCOMPARE(judged("other.plumb"), judged("s.plumb"));
  const auto again = run("export DIR/s.plumb --search q -o DIR/handed");
  QCOMPARE(again.exit_code, 3);
  QVERIFY(again.err.contains("something of this name already exists"));
  QCOMPARE(run("export DIR/s.plumb --search nothing -o DIR/absent").exit_code, 3);
  QVERIFY(!QFile::exists(folder->filePath("absent")));
}

void TestPlanerJobs::renamed_networks_are_known_again() {
  const QString other = folder->filePath("renamed.plumb");
  std::filesystem::copy(study().toStdString(), other.toStdString(),
                        std::filesystem::copy_options::recursive);
  const QByteArray weights = network_weights(study(), "base");
  for (const QStringList& names : {QStringList{"base", "first"}, {"q-0.9", "half"}}) {
    const auto renamed = engine({"rename", other, "--network", names[0], "--to", names[1]});
    QVERIFY2(renamed.exit_code == 0, renamed.err.constData());
    QCOMPARE(renamed.out.trimmed(),
             QString("the network '%1' is now called '%2'").arg(names[0], names[1]).toUtf8());
  }
  QCOMPARE(network_weights(other, "first"), weights);
  QVERIFY(!QFile::exists(other + "/networks/base.safetensors"));
  // Neither a training nor a search begins anew that is complete.
  QString line = training;
  line.replace("s.plumb", "renamed.plumb").replace("--name base", "--name first");
  const auto trained = run(line + " --resume");
  QVERIFY2(trained.exit_code == 0, trained.err.constData());
  QCOMPARE(json_of(trained.out)["validation_loss"],
           json_of(run(training + " --resume").out)["validation_loss"]);
  const auto searched =
      run("search DIR/renamed.plumb --from first --name q --steps 60 --warm-up 60 "
          "--search-steps 60 --batch 4 --json --quiet --target 0.9 --resume");
  QVERIFY2(searched.exit_code == 0, searched.err.constData());
  const auto found = json_of(searched.out)["networks"].toArray();
  QCOMPARE(found.size(), 1);
  QCOMPARE(found[0].toObject()["name"].toString(), QString("half"));
  QCOMPARE(found[0].toObject()["base"].toString(), QString("first"));
  QVERIFY(found[0].toObject()["fraction"].toDouble() > 0);
  QVERIFY(!QFile::exists(other + "/networks/q-0.9.safetensors"));
  const auto taken = engine({"rename", other, "--network", "first", "--to", "half"});
  QCOMPARE(taken.exit_code, 3);
  QVERIFY(taken.err.contains("there is a network 'half' already"));
  QCOMPARE(engine({"rename", other, "--network", "first", "--to", "../out"}).exit_code, 2);
}

void TestPlanerJobs::a_network_goes_with_the_searches_from_it() {
  const QString other = folder->filePath("other.plumb");
  const auto refused = engine({"remove", other, "--network", "base"});
  QCOMPARE(refused.exit_code, 2);
  QVERIFY2(
      refused.err.contains("the network 'base' would be removed, and with it the search q; ") &&
          refused.err.contains("--with-dependents"),
      refused.err.constData());
  QCOMPARE(network_weights(other, "base"), network_weights(study(), "base"));
  const auto removed = engine({"remove", other, "--network", "base", "--with-dependents"});
  QVERIFY2(removed.exit_code == 0, removed.err.constData());
  QVERIFY2(removed.out.contains("networks that came from it are kept: q-0.9, q-0.9-further"),
           removed.out.constData());
  QVERIFY(!QFile::exists(other + "/networks/base.safetensors"));
  QVERIFY(!QFile::exists(other + "/searches/q"));
  QCOMPARE(run("front DIR/other.plumb --name q --json").exit_code, 3);
  // What stays is whole, and usage names it.
  QVERIFY(!network_weights(other, "q-0.9").isEmpty());
  const auto usage = QJsonDocument::fromJson(engine({"usage", other, "--json"}).out).object();
  QStringList networks;
  for (const auto& entry : usage["entries"].toArray())
    if (entry.toObject()["what"].toString() == "networks")
      networks << entry.toObject()["name"].toString();
  networks.sort();
  QCOMPARE(networks, (QStringList{"q-0.9", "q-0.9-further"}));
}

void TestPlanerJobs::mistakes_are_named_data() {
  write_file(folder->filePath("short.txt"), QByteArray(100, 'x'));
  write_file(folder->filePath("latin1.txt"), "caf\xe9 au lait\n");
  write_file(folder->filePath("odd.bin"), "abc");
  write_file(folder->filePath("large.bin"), QByteArray(2000, '\x01'));
  QByteArray words;
  for (int i = 0; i < 2000; ++i) words += "w" + QByteArray::number(i % 300) + " ";
  write_file(folder->filePath("words.txt"), words);
  write_file(folder->filePath("two.json"), R"({"options": ["skip", "skip"]})");
  write_file(folder->filePath("wide.json"),
             R"({"options": ["attention-16", "skip", "skip", "skip"]})");
  QTest::addColumn<QString>("line");
  QTest::addColumn<int>("exit_code");
  QTest::addColumn<QString>("named");
  const auto row = [](const char* name, const QString& line, int code, const char* named) {
    QTest::newRow(name) << line + " --quiet" << code << named;
  };
  const QString train = "train DIR/s.plumb --config DIR/small.json --name bad --steps 5 --text ";
  const QString text = train + "DIR/text.txt ";
  row("shorter than a batch", train + "DIR/short.txt", 3, "90 tokens, 257 are needed");
  row("no UTF-8", train + "DIR/latin1.txt --tokens words", 3, "is not UTF-8 at byte 3");
  row("a weight without a teacher", text + "--distill 0.5", 2, "--teacher and --distill go");
  row("a teacher without a weight", text + "--teacher base", 2, "--teacher and --distill go");
  row("no such teacher", text + "--teacher nobody --distill 0.5", 3, "nobody");
  row("probabilities that do not fit",
      text + "--teacher base --distill 0.5 --batch 65536 --length 128", 2, "take more than 2 GiB");
  row("a weight above one", text + "--teacher base --distill 1.5", 2, "--distill");
  row("half a token", train + "DIR/odd.bin --tokens uint16", 3, "an odd number");
  row("a token too large", train + "DIR/large.bin --tokens uint16", 3,
      "is outside a vocabulary of 256");
  row("too many words", train + "DIR/words.txt --tokens words", 3,
      "301 different tokens, but the backbone 'small' knows 256");
  row("no text", train + "DIR/none.txt", 3, "No such file");
  row("a name with a folder",
      "train DIR/s.plumb --config DIR/small.json --text DIR/text.txt --steps 5 --name a/b", 2,
      "--name: the name of a network or search contains");
  row("no device", text + "--device tpu", 2, "there is no device 'tpu'");
  row("divergence",
      "train DIR/s.plumb --config DIR/small.json --text DIR/text.txt --steps 50 --name bad "
      "--batch 4 --learning-rate 10",
      3, "the loss diverged");
  row("too few options", text + "--architecture DIR/two.json", 3, "must be a list of 4 names");
  row("too wide an option", text + "--architecture DIR/wide.json", 3, "'options[0]' must be one");
  const QString search = "search DIR/s.plumb --name bad --steps 5 --target 0.5 --from ";
  row("search from nothing", search + "nobody", 3, "there is no network 'nobody'");
  row("target in ms",
      "search DIR/s.plumb --name bad --steps 5 --from base --target-ms 1 "
      "--latency-length 3",
      2, "not measured yet");
  row("evaluate nothing", "evaluate DIR/s.plumb --name base,nobody", 3, "networks: ");
  row("profile nothing", "profile DIR/s.plumb --name nobody", 3, "there is no network 'nobody'");
  row("export to nowhere",
      "export DIR/s.plumb --name base --format safetensors -o DIR/no/x.safetensors", 3,
      "No such file");
  row("script to nowhere", "export DIR/s.plumb --name base --format torchscript -o DIR/no/x.pt", 3,
      "no/x.pt");
  row("export nothing", "export DIR/s.plumb --name nobody --format torchscript -o DIR/x.pt", 3,
      "nobody");
  row("import of other names",
      "import DIR/s.plumb --file DIR/s.plumb/networks/base.safetensors --config DIR/small.json "
      "--map transformer-xl --name bad",
      3, "'word_emb.emb_layers.0.weight' [256, 32] is missing");
}

void TestPlanerJobs::mistakes_are_named() {
  QFETCH(QString, line);
  QFETCH(int, exit_code);
  QFETCH(QString, named);
  const auto outcome = run(line);
  QVERIFY2(outcome.exit_code == exit_code && outcome.err.contains(named.toUtf8()),
           outcome.err.constData());
  QCOMPARE(outcome.err.count('\n'), 1);
  QVERIFY(!QFile::exists(study() + "/networks/bad.safetensors"));
  QVERIFY(!QFile::exists(study() + "/searches/bad"));
}

}  // namespace plumbline::test

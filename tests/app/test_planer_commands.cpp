#include <QTemporaryDir>
#include <QtTest>

#include "tests/app/engine_process.h"
#include "tests/app/planer_study.h"
#include "tests/app/tests.h"

namespace plumbline::test {

namespace {

/// The words of a line, with DIR replaced.
QStringList split_words(const QString& line, const QTemporaryDir& folder) {
  auto list = line.split(' ', Qt::SkipEmptyParts);
  list.replaceInStrings("DIR", folder.path());
  return list;
}

}  // namespace

void TestPlanerCommands::wrong_command_lines_are_named_data() {
  QTest::addColumn<QString>("line");
  QTest::addColumn<QString>("named");
  const auto row = [](const char* name, const QString& line, const char* named) {
    QTest::newRow(name) << line << named;
  };
  const QString search = "planer search DIR/s --from b --name q --steps 5";
  const QString sweep = "planer sweep DIR/s --from b --name q --steps 5";
  const QString train = "planer train DIR/s --config tiny --text DIR/t --name q --steps 5";
  row("no command", "planer", "subcommand");
  row("unknown command", "planer fly", "planer: there is no command 'fly'");
  row("unknown option", train + " --wings 2", "--wings");
  row("unknown configuration", "planer train DIR/s --config huge --text t --name q --steps 5",
      "--config: there is no configuration 'huge' (configurations: tiny, enwik8-base, wt103-base");
  row("what training needs", "planer train DIR/s", "--name, --text, --config or --from, --steps");
  row("what a search needs", "planer search", "STUDY, --name, --from, --steps are needed");
  row("what an import needs", "planer import DIR/s --name q --config tiny --file f",
      "--map is needed");
  row("what a profile needs", "planer profile DIR/s", "--config or --name is needed");
  row("what an evaluation needs", "planer evaluate DIR/s", "--name is needed");
  row("a search and a file", "planer import DIR/s --from DIR/o --search q --file f", "--file");
  row("a search and a text", "planer import DIR/s --from DIR/o --search q --text t", "--text");
  row("a search and its words", "planer import DIR/s --from DIR/o --search q --tokens words",
      "--tokens");
  row("which search", "planer import DIR/s --from DIR/o", "--search is needed");
  row("a search from nowhere", "planer import DIR/s --search q", "--from");
  row("where a search goes", "planer export DIR/s --search q", "--output is needed");
  row("a search in a format", "planer export DIR/s --search q --format torchscript -o DIR/o",
      "--format");
  row("what an export needs", "planer export DIR/s --name n --format torchscript",
      "--output is needed");
  row("a network and its summary", "planer export DIR/s --name n --format torchscript -o - --json",
      "--json: the network itself goes to standard output");
  row("unknown tokens", train + " --tokens letters", "{bytes,words,uint16}");
  row("words for bytes", train + " --words DIR/w",
      "--words: a list of words is only for a text of words, not of bytes (--tokens words)");
  row("words for uint16", sweep + " --targets 0.5 --tokens uint16 --words DIR/w",
      "--words: a list of words is only for a text of words, not of uint16");
  row("words for an import's bytes",
      "planer import DIR/s --name q --config tiny --file f --map gpt2 --words DIR/w", "--words:");
  row("words for an evaluation's bytes", "planer evaluate DIR/s --name q --words DIR/w",
      "--words:");
  row("a text's own words for an import",
      "planer import DIR/s --name q --config tiny --file f --map gpt2 --text t --tokens words",
      "--words: the network's words are numbered as in its training");
  row("unknown map", "planer import DIR/s --map bert", "{transformer-xl,gpt2}");
  row("unknown format", "planer export DIR/s --format onnx", "{torchscript,safetensors}");
  row("unknown part", "planer evaluate DIR/s --part train", "{validation,test}");
  row("training in half precision", train + " --precision fp16", "{fp32,tf32,bf16}");
  row("latency in another precision", search + " --latency-precision int8",
      "{fp32,tf32,bf16,fp16}");
  row("no steps", train + " --steps 0", "--steps: Value 0 not in range 1 to 100000000");
  row("no batch", train + " --batch 0", "--batch: Value 0 not in range 1 to 65536");
  row("memory below zero", train + " --memory -1", "--memory: Value -1 not in range 0 to 65536");
  row("length", search + " --latency-length 0", "--latency-length: Value 0 not in range 1 to");
  row("learning rate", train + " --learning-rate -1", "--learning-rate: Value -1 not in range");
  row("no number", train + " --steps many", "--steps: Value many");
  row("random", search + " --random 65", "--random: Value 65 not in range 0 to 64");
  row("no target", search, "either --target, --target-ms or --target-energy");
  row("two kinds of targets", search + " --target 0.5 --target-ms 3",
      "either --target, --target-ms or --target-energy");
  row("time and energy", search + " --target 0.5 --target-energy 0.5", "not of both");
  row("milliseconds and energy", search + " --target-ms 3 --target-energy 0.5", "not of both");
  row("time and energy of a sweep", sweep + " --targets 0.5 --target-energy 0.5,0.3",
      "not of both");
  row("energy above one", search + " --target-energy 1.5",
      "--target-energy: '1.5' is not 0.01 to 1, a fraction of the baseline's energy");
  row("several energies for a search", search + " --target-energy 0.5,0.7", "planer sweep");
  row("energy twice", sweep + " --target-energy 0.5,0.5", "--target-energy: the target 0.5");
  row("target above one", search + " --target 1.5", "'1.5' is not 0.01 to 1");
  row("target zero", search + " --target 0", "'0' is not 0.01 to 1");
  row("target no number", search + " --target half", "'half' is not 0.01 to 1");
  row("target not a number", search + " --target nan", "'nan' is not 0.01 to 1");
  row("several for a search", search + " --target 0.5,0.7", "planer sweep");
  row("no targets", sweep, "--targets are needed");
  row("target twice", sweep + " --targets 0.5,0.7 --target 0.5", "0.5 is named twice");
  row("milliseconds for a sweep", sweep + " --target-ms 3", "--target-ms");
  row("network twice", "planer evaluate DIR/s --name a,b,a", "a: the network is named twice");
  row("batches", "planer profile DIR/s --config tiny --batches 1,0", "--batches: '0' is not 1 to");
  row("lengths", "planer profile DIR/s --config tiny --lengths 64,64",
      "--lengths: 64 is named twice");
  row("one batch and several", "planer profile DIR/s --config tiny --batch 2 --batches 1,8",
      "either --batch or --batches");
  row("network with a configuration", "planer profile DIR/s --config tiny --name n",
      "its own configuration");
}

void TestPlanerCommands::wrong_command_lines_are_named() {
  QFETCH(QString, line);
  QFETCH(QString, named);
  const QTemporaryDir folder;
  const auto outcome = engine(split_words(line, folder));
  QVERIFY2(outcome.exit_code == 2, (outcome.out + outcome.err).constData());
  QVERIFY2(outcome.err.contains(named.toUtf8()), outcome.err.constData());
  QVERIFY(outcome.out.isEmpty());
  QVERIFY(!QFile::exists(folder.filePath("s")));  // nothing was begun
}

void TestPlanerCommands::wrong_configurations_are_named() {
  const QTemporaryDir folder;
  write_file(
      folder.filePath("c.json"),
      R"({"layers": 2, "d_model": 64, "heads": 4, "d_head": 16, "d_inner": 128, "wings": 2})");
  const auto outcome = engine(split_words(
      "planer train DIR/s --config DIR/c.json --text DIR/t --name q --steps 5", folder));
  QCOMPARE(outcome.exit_code, 3);
  QVERIFY2(outcome.err.contains("c.json") && outcome.err.contains("wings"),
           outcome.err.constData());
}

void TestPlanerCommands::words_are_kept_for_other_texts() {
  const QTemporaryDir folder;
  make_planer_inputs(folder.path());
  // Of another text, whose commonest words are others.
  write_file(folder.filePath("other.txt"), QByteArray("rain rain hill wind the\n").repeated(500));
  const auto run = [&](const QString& line) {
    return engine(split_words("planer " + line + " --json --quiet", folder));
  };
  const auto trained =
      run("train DIR/s --config DIR/small.json --text DIR/text.txt --tokens words --name base "
          "--steps 20 --batch 4");
  QVERIFY2(trained.exit_code == 0, trained.err.constData());
  const QString kept = folder.filePath("s/networks/base.words");
  const auto list = read_file(kept);
  QVERIFY2(list.contains("<eos>\n"), list.constData());
  const QString evaluate = "evaluate DIR/s --name base --text DIR/other.txt --tokens words";
  const auto evaluated = run(evaluate);
  QVERIFY2(evaluated.exit_code == 0, evaluated.err.constData());
  QVERIFY(json_of(evaluated.out).contains("perplexity"));
  const auto given = run(evaluate + " --words DIR/s/networks/base.words");
  QVERIFY2(given.exit_code == 0, given.err.constData());
  QCOMPARE(json_of(given.out)["validation_loss"], json_of(evaluated.out)["validation_loss"]);
  auto lines = list.trimmed().split('\n');
  std::swap(lines[0], lines[1]);
  write_file(folder.filePath("swapped"), lines.join('\n'));
  const auto swapped = run(evaluate + " --words DIR/swapped");
  QCOMPARE(swapped.exit_code, 3);
  QVERIFY2(swapped.err.contains("swapped: line 1 is"), swapped.err.constData());
  QVERIFY(QFile::remove(kept));
  const auto missing = run(evaluate);
  QCOMPARE(missing.exit_code, 3);
  QVERIFY2(missing.err.contains("networks/base.words: the words of the network 'base' are missing"),
           missing.err.constData());
}

void TestPlanerCommands::every_command_has_help_data() {
  QTest::addColumn<QStringList>("options");
  const QStringList job{"--json", "--events", "--quiet"}, text{"--text", "--tokens", "--words"};
  const QStringList shape{"--batch", "--length", "--memory", "--precision", "--device"};
  const QStringList course =
      shape + QStringList{"--steps",  "--seed", "--learning-rate", "--validation-tokens",
                          "--resume", "--from"};
  const QStringList search =
      job + text + course +
      QStringList{"--target,--targets", "--warm-up",        "--search-steps",
                  "--random",           "--free",           "--without",
                  "--latency-batch",    "--latency-length", "--latency-memory",
                  "--latency-precision"};
  QTest::newRow("import") << job + text + QStringList{"--file", "--config", "--map", "--name"};
  QTest::newRow("profile") << job + shape + QStringList{"--config",  "--name",   "--batches",
                                                        "--lengths", "--energy", "--replace"};
  QTest::newRow("train") << job + text + course + QStringList{"--config", "--architecture"};
  QTest::newRow("search") << search + QStringList{"--target-ms"};
  QTest::newRow("sweep") << search;
  QTest::newRow("evaluate") << job + text + shape +
                                   QStringList{"--part", "--validation-tokens", "--replace"};
  QTest::newRow("front") << QStringList{"--name", "--json"};
  QTest::newRow("export") << job + QStringList{"--name", "--format", "-o,--output"};
}

void TestPlanerCommands::every_command_has_help() {
  QFETCH(QStringList, options);
  const auto outcome = engine({"planer", QTest::currentDataTag(), "--help"});
  QCOMPARE(outcome.exit_code, 0);
  QVERIFY(outcome.out.contains("STUDY"));
  for (const auto& option : options)
    QVERIFY2(outcome.out.contains("\n  " + option.toUtf8() + " "), qPrintable(option));
  QVERIFY(engine({"planer", "--help"}).out.contains(QByteArray("\n  ") + QTest::currentDataTag()));
}

}  // namespace plumbline::test

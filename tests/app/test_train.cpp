#include <signal.h>

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>
#include <chrono>
#include <memory>
#include <random>

#include "tests/app/engine_process.h"
#include "tests/app/tests.h"

namespace plumbline::test {

namespace {

std::unique_ptr<QTemporaryDir> train_folder;

/// Four short epochs of a small network: some seconds.
QStringList classifier_training(const QString& study, const QString& name,
                                const QStringList& change = {}) {
  QStringList words{
      "train",    study,   "--architecture", "lenet5", "--dataset", "fashion",
      "--split",  "train", "--validation",   "held",   "--view",    "flip_x+gamma=0.8",
      "--epochs", "4",     "--batch",        "64",     "--seed",    "3",
      "--device", "cpu",   "--name",         name,     "--quiet",   "--resume"};
  // An option that is there is replaced.
  for (qsizetype i = 0; i < change.size(); ++i) {
    const auto place = words.indexOf(change[i]);
    if (place < 0)
      words << change[i];
    else
      words[place + 1] = change[++i];
  }
  return words;
}

QByteArray weights(const QString& study, const QString& name) {
  return read_file(study + "/models/" + name + ".safetensors");
}

QJsonObject last_event(const QString& study) {
  const auto jobs = QDir(study + "/jobs").entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
  QFile file(study + "/jobs/" + jobs.last() + "/events.jsonl");
  // A job that has only just begun has none yet.
  if (!file.open(QIODevice::ReadOnly)) return {};
  const auto lines = file.readAll().trimmed().split('\n');
  return QJsonDocument::fromJson(lines.last()).object();
}

}  // namespace

void TestTrain::initTestCase() {
  train_folder = std::make_unique<QTemporaryDir>();
  const auto images = resources() + "/demo/fashion-mnist/t10k-images-idx3-ubyte.gz";
  const auto labels = resources() + "/demo/fashion-mnist/t10k-labels-idx1-ubyte.gz";
  const auto imported =
      engine({"import", "dataset", study(), "--name", "fashion", "--format", "idx", "--split",
              "train", "--images", images, "--labels", labels, "--divide", "held=0.2", "--quiet"});
  QVERIFY2(imported.exit_code == 0, imported.err.constData());
}

QString TestTrain::study() { return train_folder->filePath("s.plumb"); }

void TestTrain::a_trained_model_votes() {
  const auto trained =
      engine(classifier_training(study(), "member", {"--json", "--store", "fp16"}));
  QVERIFY2(trained.exit_code == 0, trained.err.constData());
  const auto summary = QJsonDocument::fromJson(trained.out).object();
  for (const char* key : {"model", "architecture", "view", "epochs", "seed", "seconds",
                          "images_per_second", "loss", "accuracy", "validation_accuracy"})
    QVERIFY2(summary.contains(key), key);
  QCOMPARE(summary["view"].toString(), QString("flip_x+gamma=0.8"));
  const double accuracy = summary["validation_accuracy"].toDouble();
  QVERIFY2(accuracy > 0.75, qPrintable(QString::number(accuracy)));

  // What the card says is what a run finds: the same figure, of the file as it is stored.
  const auto run =
      engine({"run", study(), "--dataset", "fashion", "--split", "held", "--voters",
              "member:flip_x+gamma=0.8,member:identity", "--name", "r", "--json", "--quiet"});
  QVERIFY2(run.exit_code == 0, run.err.constData());
  const auto voters = QJsonDocument::fromJson(run.out).object()["voters"].toArray();
  QVERIFY(std::abs(voters[0].toObject()["accuracy"].toDouble() - accuracy) < 6e-4);
  // Trained on mirrored images, it knows the others less.
  QVERIFY(voters[1].toObject()["accuracy"].toDouble() < accuracy - 0.05);
  const auto card =
      QJsonDocument::fromJson(read_file(study() + "/models/member.card.json")).object();
  QCOMPARE(card["architecture"].toString(), QString("lenet5"));
  QCOMPARE(card["training"].toObject()["augment"].toString(), QString("crop"));
  QCOMPARE(card["training"].toObject()["validation_accuracy"].toDouble(), accuracy);
  QVERIFY(!QFile::exists(study() + "/checkpoints/member.safetensors"));

  // Run again, it is left as it is; without --resume the name is taken.
  const auto again = engine(classifier_training(study(), "member", {"--json", "--store", "fp16"}));
  QCOMPARE(again.exit_code, 0);
  QCOMPARE(QJsonDocument::fromJson(again.out).object()["validation_accuracy"].toDouble(), accuracy);
  // With other settings it is not that training: those are named with which it would be.
  const auto other = engine(classifier_training(study(), "member", {"--momentum", "0.5"}));
  QCOMPARE(other.exit_code, 2);
  QVERIFY2(other.err.contains("that training is the one with --momentum 0.9 --store fp16;"),
           other.err.constData());
  auto fresh = classifier_training(study(), "member", {"--store", "fp16"});
  fresh.removeOne("--resume");
  QCOMPARE(engine(fresh).exit_code, 2);
}

void TestTrain::kills_in_a_row_change_nothing() {
  QElapsedTimer timer;
  timer.start();
  QCOMPARE(engine(classifier_training(study(), "whole")).exit_code, 0);
  const auto duration = timer.elapsed();
  std::mt19937 random(21);
  int killed = 0;
  for (int i = 0; i < 7; ++i) {
    auto process = start_engine(classifier_training(study(), "cut"));
    const auto longest = i < 2 ? 300 : std::max<qint64>(3000, duration / 2);
    if (process->waitForFinished(static_cast<int>(random() % static_cast<unsigned long>(longest))))
      continue;
    process->kill();
    process->waitForFinished();
    ++killed;
  }
  QVERIFY2(killed >= 5, qPrintable(QString("only %1 were killed").arg(killed)));
  const auto last = engine(classifier_training(study(), "cut"));
  QVERIFY2(last.exit_code == 0, last.err.constData());
  QCOMPARE(weights(study(), "cut"), weights(study(), "whole"));
  QVERIFY(!weights(study(), "whole").isEmpty());
}

void TestTrain::cancel_keeps_what_was_reached() {
  auto process = start_engine(classifier_training(study(), "stopped", {"--epochs", "200"}));
  // Wait until it has seen some images.
  QTRY_VERIFY_WITH_TIMEOUT(last_event(study())["phase"].toString().startsWith("epoch"), 60'000);
  ::kill(static_cast<pid_t>(process->processId()), SIGTERM);
  QVERIFY(process->waitForFinished(20'000));
  QCOMPARE(process->exitCode(), 130);
  QVERIFY(QFile::exists(study() + "/checkpoints/stopped.safetensors"));
  QVERIFY(!QFile::exists(study() + "/models/stopped.safetensors"));
  QCOMPARE(last_event(study())["event"].toString(), QString("failed"));
  auto fresh = classifier_training(study(), "stopped", {"--epochs", "200"});
  fresh.removeOne("--resume");
  const auto refused = engine(fresh);
  QCOMPARE(refused.exit_code, 2);
  QVERIFY(refused.err.contains("--resume"));
}

void TestTrain::other_settings_are_refused() {
  const auto other = engine(classifier_training(study(), "stopped", {"--epochs", "199"}));
  QCOMPARE(other.exit_code, 2);
  QVERIFY2(other.err.contains("epochs 200, not 199"), other.err.constData());
  const auto trained = engine(classifier_training(study(), "whole", {"--seed", "4"}));
  QCOMPARE(trained.exit_code, 2);
  QVERIFY2(trained.err.contains("trained with other settings"), trained.err.constData());
}

void TestTrain::wrong_command_lines_are_named_data() {
  QTest::addColumn<QStringList>("change");
  QTest::addColumn<int>("exit_code");
  QTest::addColumn<QString>("named");
  const auto row = [](const char* name, QStringList change, int code, const char* named) {
    QTest::newRow(name) << change << code << named;
  };
  row("architecture", {"--architecture", "vgg16"}, 2, "resnet20");
  row("view", {"--view", "swirl"}, 2, "swirl");
  row("a view of colour", {"--view", "hue=20"}, 2, "grey");
  row("split", {"--split", "nope"}, 3, "nope");
  row("validation", {"--validation", "nope"}, 3, "nope");
  row("data set", {"--dataset", "nope"}, 3, "nope");
  row("epochs", {"--epochs", "0"}, 2, "--epochs");
  row("learning rate", {"--learning-rate", "-1"}, 2, "--learning-rate");
  row("schedule", {"--schedule", "linear"}, 2, "one-cycle");
  row("augmentation", {"--augment", "mixup"}, 2, "crop-flip");
  row("precision", {"--precision", "fp16"}, 2, "bf16");
  row("store", {"--store", "int8"}, 2, "fp16");
  row("device", {"--device", "tpu"}, 2, "tpu");
  row("name", {"--name", "a/b"}, 2, "--name");
  row("not finite",
      {"--learning-rate", "99", "--schedule", "cosine", "--epochs", "1", "--name", "wild"}, 3,
      "no longer finite");
}

void TestTrain::wrong_command_lines_are_named() {
  QFETCH(QStringList, change);
  QFETCH(int, exit_code);
  QFETCH(QString, named);
  const auto outcome = engine(classifier_training(study(), "bad", change));
  QVERIFY2(outcome.exit_code == exit_code, outcome.err.constData());
  QVERIFY2(outcome.err.contains(named.toUtf8()), outcome.err.constData());
  QVERIFY(!QFile::exists(study() + "/models/bad.safetensors"));
}

void TestTrain::several_ranks_need_a_gpu_each_data() {
  QTest::addColumn<QStringList>("command");
  QTest::newRow("train") << classifier_training(study(), "ranks");
  QTest::newRow("planer train") << QStringList{
      "planer",   "train",  study(),   "--text", resources() + "/demo/text/kjv.txt.xz",
      "--config", "tiny",   "--steps", "10",     "--device",
      "cpu",      "--name", "ranks",   "--quiet"};
}

void TestTrain::several_ranks_need_a_gpu_each() {
  QFETCH(QStringList, command);
  // The rank that would wait for the other says at once that there is nothing to wait for.
  const std::pair<const char*, const char*> rank[] = {
      {"RANK", "1"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "127.0.0.1"}, {"MASTER_PORT", "29517"}};
  for (const auto& [name, text] : rank) qputenv(name, text);
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = engine(command);
  for (const auto& [name, text] : rank) qunsetenv(name);
  QVERIFY2(outcome.exit_code == 4, outcome.err.constData());
  QVERIFY2(outcome.err.contains("rank 1 of 2: training with several ranks needs NCCL and a GPU for "
                                "each rank"),
           outcome.err.constData());
  QVERIFY(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
  QVERIFY(!QFile::exists(study() + "/models/ranks.safetensors"));
}

}  // namespace plumbline::test

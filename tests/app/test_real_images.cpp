#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/app/engine_process.h"
#include "tests/app/tests.h"

namespace plumbline::test {

namespace {

QJsonObject json_output(const Outcome& outcome) {
  if (outcome.exit_code != 0) qFatal("%s", outcome.err.constData());
  return QJsonDocument::fromJson(outcome.out).object();
}

}  // namespace

void TestRealImages::four_resnets_on_cifar10_jpegs() {
  const auto data = shared_data() + "/cifar10";
  if (shared_data().isEmpty()) QSKIP("the example data are absent ($PLUMBLINE_DATA)");
  QTemporaryDir directory;
  QProcess tar;
  tar.start("tar", {"xzf", data + "/cifar10-jpeg.tar.gz", "-C", directory.path(), "--no-same-owner",
                    "--wildcards", "*test/*"});
  QVERIFY(tar.waitForFinished(120'000));
  const auto study = directory.filePath("cifar.plumb");
  QCOMPARE(engine({"import", "dataset", study, "--name", "cifar10", "--format", "image-folder",
                   "--images", directory.filePath("test"), "--quiet"})
               .exit_code,
           0);
  const QStringList models = {"resnet20", "resnet32", "resnet44", "resnet56"};
  for (const auto& model : models) {
    const auto added = engine(
        {"import", "model", study, "--name", model, "--file", data + "/" + model + ".safetensors"});
    QVERIFY2(added.exit_code == 0, added.err.constData());
  }
  const auto run = json_output(
      engine({"run", study, "--dataset", "cifar10", "--split", "test", "--models", models.join(','),
              "--views", "identity", "--name", "r", "--json", "--quiet"}));
  QCOMPARE(run["samples"].toInt(), 10'000);
  // Published figures for these weights on these JPEG images; eight counts are allowed for
  // arithmetic (8 of 10,000).
  const double expected[] = {0.8103, 0.8256, 0.8267, 0.8320};
  for (int i = 0; i < 4; ++i)
    QVERIFY2(std::abs(run["voters"].toArray()[i].toObject()["accuracy"].toDouble() - expected[i]) <=
                 8.5e-4,
             qPrintable(models[i]));

  const auto mean =
      json_output(engine({"decide", study, "--run", "r", "--policy", "mean(t=0)", "--json"}));
  QVERIFY(std::abs(mean["accuracy"].toDouble() - 0.8590) <= 8.5e-4);
  QCOMPARE(mean["caught_mispredictions"].toInt(), 0);

  const auto polygraph = json_output(engine(
      {"decide", study, "--run", "r", "--policy", "polygraph(thr_conf=0.7,thr_freq=3)", "--json"}));
  const auto near = [&](const char* key, int count) {
    const int found = polygraph[key].toInt();
    return std::abs(found - count) <= 8;
  };
  QVERIFY(near("kept_correct", 7688));
  QVERIFY(near("undetected_mispredictions", 586));
  QVERIFY(near("caught_mispredictions", 846));
  QVERIFY(near("needlessly_rejected", 880));
  QCOMPARE(polygraph["kept_correct"].toInt() + polygraph["undetected_mispredictions"].toInt() +
               polygraph["caught_mispredictions"].toInt() +
               polygraph["needlessly_rejected"].toInt(),
           10'000);
}

}  // namespace plumbline::test

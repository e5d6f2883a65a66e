#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>

#include "tests/app/engine_process.h"
#include "tests/app/tests.h"

namespace plumbline::test {

namespace {

QJsonObject object_of(const Outcome& outcome) {
  if (outcome.exit_code != 0) qFatal("%s", outcome.err.constData());
  return QJsonDocument::fromJson(outcome.out).object();
}

void expect_success(const Outcome& outcome) {
  QVERIFY2(outcome.exit_code == 0, outcome.err.constData());
}

const QStringList coco_keys = {"AP",  "AP50", "AP75",  "APs", "APm", "APl",
                               "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"};

/// Fifty scenes of the demo's items.
Outcome compose(const QString& folder, const QString& seed) {
  const auto data = resources() + "/demo/fashion-mnist";
  return engine({"scenes", "--images", data + "/t10k-images-idx3-ubyte.gz", "--labels",
                 data + "/t10k-labels-idx1-ubyte.gz", "--classes", data + "/classes.txt", "--count",
                 "50", "--seed", seed, "-o", folder});
}

}  // namespace

/// Two real detectors on real images, from the files to the figures (shared data,
/// coco/reference/README.md): within 0.005, which its differences of decoder and resize allow.
void TestDetectors::two_real_detectors_give_the_references_figures() {
  if (shared_data().isEmpty()) QSKIP("the example data are absent ($PLUMBLINE_DATA)");
  const auto coco = shared_data() + "/coco", truth = coco + "/tiny-val2017/instances_val2017.json";
  const QTemporaryDir directory;
  const auto study = directory.filePath("coco.plumb");
  expect_success(
      engine({"import", "dataset", study, "--name", "coco", "--format", "coco", "--images",
              coco + "/tiny-val2017/images", "--labels", truth, "--split", "val", "--quiet"}));
  for (const QString model : {"yolox_nano", "fastestdet"})
    expect_success(engine({"import", "model", study, "--name", model, "--file",
                           shared_data() + "/detectors/" + model + ".pt"}));
  const auto run = object_of(engine({"run", study, "--dataset", "coco", "--split", "val",
                                     "--models", "yolox_nano,fastestdet", "--views",
                                     "identity,flip_x", "--name", "r", "--json", "--quiet"}));
  QCOMPARE(run["samples"].toInt(), 50);
  const QJsonObject figures = QJsonDocument::fromJson(read_file(coco + "/reference/figures.json"))
                                  .object()
                                  .value("cases")
                                  .toObject();
  for (int i = 0; i < 4; ++i) {
    const auto voter = run["voters"].toArray()[i].toObject();
    const auto name = voter["model"].toString() + "." + voter["view"].toString();
    const auto expected = figures[name].toObject();
    const auto file = directory.filePath(name + ".json");
    expect_success(engine(
        {"export", study, "--run", "r", "--what", "detections", "--format", "coco", "--voters",
         voter["model"].toString() + ":" + voter["view"].toString(), "-o", file}));
    const auto judged = object_of(
        engine({"evaluate", "detection", "--ground-truth", truth, "--detections", file, "--json"}));
    for (const QString& key : coco_keys)
      QVERIFY2(
          std::abs(judged[key].toDouble() - expected["coco"].toObject()[key].toDouble()) < 0.005,
          qPrintable(name + " " + key));
    QVERIFY(std::abs(judged["undetected_objects"].toInt() - expected["undetected_count"].toInt()) <=
            2);
    // What a run says of its voters is what its files give.
    QCOMPARE(voter["AP"].toDouble(), judged["AP"].toDouble());
    QCOMPARE(voter["undetected_objects"].toInt(), judged["undetected_objects"].toInt());
    QCOMPARE(voter["boxes"].toInt(), judged["detections"].toInt());
  }

  // Fused in the study, or from the files that are exported, is the same.
  const auto fusion = QStringLiteral("wbf(iou=0.55,skip=0.05,count=boxes)");
  const auto fused = object_of(
      engine({"fuse", study, "--run", "r", "--fusion", fusion, "--voters", "all", "--json"}));
  QVERIFY(std::abs(fused["AP"].toDouble() -
                   figures["wbf"].toObject()["coco"].toObject()["AP"].toDouble()) < 0.005);
  QCOMPARE(fused["found_by_k"].toArray().size(), 5);
  const auto out = directory.filePath("fused.json");
  expect_success(engine({"export", study, "--run", "r", "--what", "detections", "--format", "coco",
                         "--fusion", fusion, "--voters", "all", "-o", out}));
  const auto again = object_of(
      engine({"evaluate", "detection", "--ground-truth", truth, "--detections", out, "--json"}));
  QCOMPARE(again["AP"].toDouble(), fused["AP"].toDouble());

  // Left out, the voters are those that decide by default, and every command says so.
  const QByteArray two =
      "decided by 2 of the run's 4 voters: yolox_nano:identity, fastestdet:identity";
  const auto by_default = engine({"fuse", study, "--run", "r", "--fusion", fusion, "--json"});
  QCOMPARE(object_of(by_default)["found_by_k"].toArray().size(), 3);
  QVERIFY2(by_default.err.contains(two + " (--voters chooses others)"), by_default.err.constData());
  const auto in_words = engine({"fuse", study, "--run", "r", "--fusion", fusion});
  QVERIFY2(in_words.out.endsWith("  " + two + "\n"), in_words.out.constData());
  const auto exported = engine(
      {"export", study, "--run", "r", "--what", "ledger", "-o", directory.filePath("two.csv")});
  QVERIFY2(exported.out.endsWith("  " + two + "\n"), exported.out.constData());
  const auto decided = engine({"decide", study, "--run", "r", "--policy", "wbf"});
  QVERIFY2(decided.out.endsWith("  " + two + "\n"), decided.out.constData());

  // As many failures as the ledger counts.
  const auto csv = directory.filePath("failures.csv"), ledger = directory.filePath("ledger.csv");
  expect_success(engine({"export", study, "--run", "r", "--what", "failures", "--fusion", fusion,
                         "--voters", "all", "-o", csv}));
  QCOMPARE(read_file(csv).count("undetected object"), fused["undetected_objects"].toInt());
  expect_success(engine({"export", study, "--run", "r", "--what", "ledger", "--fusion", fusion,
                         "--voters", "all", "-o", ledger}));
  QCOMPARE(read_file(ledger).count('\n'), fused["objects"].toInt() + 1);
  QCOMPARE(
      engine({"export", study, "--run", "r", "--what", "detections", "--format", "coco", "-o", out})
          .exit_code,
      2);
}

void TestDetectors::scenes_are_of_their_seed() {
  const QTemporaryDir directory;
  const auto first = directory.filePath("a"), same = directory.filePath("b"),
             other = directory.filePath("c");
  expect_success(compose(first, "1"));
  expect_success(compose(same, "1"));
  expect_success(compose(other, "2"));
  QCOMPARE(read_file(first + "/instances.json"), read_file(same + "/instances.json"));
  QCOMPARE(read_file(first + "/images/000050.png"), read_file(same + "/images/000050.png"));
  QVERIFY(read_file(first + "/instances.json") != read_file(other + "/instances.json"));
  const auto truth = QJsonDocument::fromJson(read_file(first + "/instances.json")).object();
  QCOMPARE(truth["images"].toArray().size(), 50);
  QVERIFY(truth["annotations"].toArray().size() >= 60);
  for (const auto& value : truth["annotations"].toArray()) {
    const auto box = value.toObject()["bbox"].toArray();
    QVERIFY(box[0].toDouble() >= 0 && box[1].toDouble() >= 0 && box[2].toDouble() >= 4 &&
            box[3].toDouble() >= 4 && box[0].toDouble() + box[2].toDouble() <= 96 &&
            box[1].toDouble() + box[3].toDouble() <= 96);
  }
}

/// Training, run and figures of a detector, from scenes that are composed: a few steps, whose
/// figures say nothing but that they are there.
void TestDetectors::a_detector_is_trained_and_run() {
  const QTemporaryDir directory;
  const auto study = directory.filePath("s.plumb"), scenes = directory.filePath("a");
  expect_success(compose(scenes, "1"));
  expect_success(engine({"import", "dataset", study, "--name", "scenes", "--format", "coco",
                         "--images", scenes + "/images", "--labels", scenes + "/instances.json",
                         "--split", "train", "--quiet"}));
  const auto trained =
      object_of(engine({"train",        study,    "--architecture", "centernet-small",
                        "--dataset",    "scenes", "--split",        "train",
                        "--validation", "train",  "--epochs",       "2",
                        "--batch",      "10",     "--store",        "fp16",
                        "--device",     "cpu",    "--name",         "d",
                        "--json",       "--quiet"}));
  QVERIFY(trained.contains("found") && trained.contains("validation_AP50"));
  const auto run = object_of(
      engine({"run", study, "--dataset", "scenes", "--split", "train", "--models", "d", "--views",
              "identity,flip_x,scale=0.9", "--device", "cpu", "--name", "r", "--json", "--quiet"}));
  QCOMPARE(run["voters"].toArray().size(), 3);
  const auto truth = QJsonDocument::fromJson(read_file(scenes + "/instances.json")).object();
  for (const auto& voter : run["voters"].toArray())
    QCOMPARE(voter.toObject()["objects"].toInt(), int(truth["annotations"].toArray().size()));
  // What the first opening would wait for is there.
  const QDir cache(study + "/cache");
  QCOMPARE(cache.entryList({"boxes-*.bin"}).size(), 1);
  QCOMPARE(cache.entryList({"ledger-*.bin"}).size(), 1);
  // So it is of detections that come from elsewhere, which are a voter without a run.
  const auto found = directory.filePath("found.json");
  expect_success(engine({"export", study, "--run", "r", "--what", "detections", "--format", "coco",
                         "--voters", "d:identity", "-o", found}));
  const auto imported =
      engine({"import", "predictions", study, "--name", "elsewhere", "--dataset", "scenes",
              "--split", "train", "--file", found, "--labels", scenes + "/instances.json"});
  expect_success(imported);
  QVERIFY2(imported.out.endsWith("on 50 samples; use it as the voter elsewhere:identity\n"),
           imported.out.constData());
  cache.refresh();
  QCOMPARE(cache.entryList({"boxes-*.bin"}).size(), 2);
  QCOMPARE(cache.entryList({"ledger-*.bin"}).size(), 2);
  const auto events =
      engine({"import", "predictions", study, "--name", "again", "--dataset", "scenes", "--split",
              "train", "--file", found, "--labels", scenes + "/instances.json", "--events"});
  expect_success(events);
  QVERIFY2(events.out.contains("\"finished\""), events.out.constData());
  QVERIFY2(events.out.contains("judging boxes") && events.out.contains("keeping predictions"),
           events.out.constData());
  // A classifier is not trained on objects.
  const auto refused = engine({"train", study, "--architecture", "lenet5", "--dataset", "scenes",
                               "--split", "train", "--name", "e", "--quiet"});
  QCOMPARE(refused.exit_code, 3);
  QVERIFY(refused.err.contains("centernet-small"));
}

}  // namespace plumbline::test

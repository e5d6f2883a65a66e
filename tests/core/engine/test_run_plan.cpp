#include <QtTest>

#include "core/engine/inference/run_plan.h"
#include "core/predictions/class_predictions.h"
#include "tests/core/engine/image_study.h"
#include "tests/core/engine/inference_tests.h"

namespace plumbline::test {

namespace {

std::string detector(const std::string& name) {
  auto text = QString::fromStdString(StudyFixture::card(name, 10));
  text.replace("classification", "detection").replace("logits", "boxes-xyxy");
  return text.toStdString();
}

}  // namespace

void TestRunPlan::a_new_run_is_planned() {
  ImageStudy images(10);
  images.add_model("a", images.card("a"), "a.pt");
  images.add_model("b", StudyFixture::card("b", 10), "b.pt");
  auto request = images.request("a:identity,a:flip_x,a:gamma=0.5");
  const auto plan = value(plan_run(images.study, request));
  QVERIFY(!plan.exists);
  QCOMPARE(plan.models.size(), std::size_t{1});
  QCOMPARE(plan.voters.size(), std::size_t{3});
  for (const VoterSetup& voter : plan.voters) QCOMPARE(voter.model, &plan.models[0]);
  QCOMPARE(plan.imported, (std::vector<bool>{false, false, false}));
  QCOMPARE(plan.run.batch, 64);
  QCOMPARE(plan.run.decoder, std::string("raw"));
  QVERIFY(plan.warnings.empty());
  QVERIFY(plan.head != nullptr);
  const auto missing = value(missing_shards(images.study, plan, plan.run, "test"));
  QCOMPARE(missing.size(), std::size_t{1});
  QCOMPARE(missing[0].count, std::int64_t{10});
  QCOMPARE(missing[0].voters, (std::vector<std::size_t>{0, 1, 2}));
}

void TestRunPlan::wrong_requests_are_named_data() {
  QTest::addColumn<QString>("key");
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("named");
  QTest::addColumn<int>("code");
  QTest::newRow("no data set") << "dataset" << "" << "a data set is needed" << 2;
  QTest::newRow("unknown data set") << "dataset" << "dogs" << "no data set 'dogs'" << 3;
  QTest::newRow("no split") << "split" << "" << "a split is needed" << 2;
  QTest::newRow("unknown split") << "split" << "train" << "no split 'train'" << 3;
  QTest::newRow("no voter") << "voters" << "" << "no voters are named" << 2;
  QTest::newRow("unknown model") << "voters" << "z:identity" << "no model 'z'" << 3;
  QTest::newRow("a detector beside it")
      << "voters" << "a:identity,boxes:identity" << "its outputs are boxes" << 3;
  QTest::newRow("other classes") << "voters" << "other:identity" << "" << 3;
  QTest::newRow("empty name") << "name" << "" << "the name of a run" << 2;
  QTest::newRow("a path as a name") << "name" << "../x" << "the name of a run" << 2;
  QTest::newRow("unknown precision") << "precision" << "fp8" << "fp8" << 2;
  QTest::newRow("a device that is not there") << "device" << "tpu" << "tpu" << 2;
}

void TestRunPlan::wrong_requests_are_named() {
  QFETCH(QString, key);
  QFETCH(QString, text);
  QFETCH(QString, named);
  QFETCH(int, code);
  ImageStudy images(5);
  images.add_model("a", images.card("a"), "a.pt");
  images.add_model("boxes", detector("boxes"), "boxes.pt");
  images.add_model("other", StudyFixture::card("other", 10), "other.pt");
  const auto word = text.toStdString();
  auto request = images.request(key == "voters" ? word : "a:identity");
  if (key == "dataset") request.dataset = word;
  if (key == "split")
    request.splits = word.empty() ? std::vector<std::string>() : std::vector{word};
  if (key == "name") request.name = word;
  if (key == "precision") request.precision = word;
  if (key == "device") request.device = word;
  const auto plan = plan_run(images.study, request);
  QVERIFY(!plan);
  const auto error = QString::fromStdString(to_string(plan.error()));
  QVERIFY2(error.contains(named), qPrintable(error));
  QCOMPARE(exit_code(plan.error().kind), code);
}

void TestRunPlan::an_existing_run_keeps_its_settings_data() {
  QTest::addColumn<QString>("voters");
  QTest::addColumn<int>("batch");
  QTest::addColumn<QString>("precision");
  QTest::addColumn<QString>("named");
  QTest::newRow("nothing is named") << "" << 0 << "fp32" << "";
  QTest::newRow("the same") << "a:identity" << 16 << "fp32" << "";
  QTest::newRow("another batch") << "" << 32 << "fp32" << "--batch 16, not 32";
  QTest::newRow("another voter") << "a:flip_x" << 0 << "fp32"
                                 << "--voters a:identity, not a:flip_x";
  QTest::newRow("another precision") << "" << 0 << "bf16" << "--precision fp32, not bf16";
}

void TestRunPlan::an_existing_run_keeps_its_settings() {
  QFETCH(QString, voters);
  QFETCH(int, batch);
  QFETCH(QString, precision);
  QFETCH(QString, named);
  ImageStudy images(5);
  images.add_model("a", images.card("a"), "a.pt");
  succeed(images.study.add_run(images.run("a:identity", 16)));
  auto request = images.request(voters.toStdString());
  request.dataset.clear();
  request.splits.clear();
  request.batch = batch;
  request.precision = precision.toStdString();
  const auto plan = plan_run(images.study, request);
  QCOMPARE(plan.has_value(), named.isEmpty());
  if (plan) {
    QVERIFY(plan->exists);
    QCOMPARE(plan->run.batch, 16);
    QCOMPARE(plan->dataset.name, std::string("images"));
  } else {
    QVERIFY2(QString::fromStdString(plan.error().message).contains(named),
             plan.error().message.c_str());
    QCOMPARE(exit_code(plan.error().kind), 2);
  }
}

void TestRunPlan::a_runs_decoder_stays_data() {
  QTest::addColumn<QString>("kept");
  QTest::addColumn<QString>("asked");
  QTest::addColumn<QString>("planning");   // what is wrong, when it is planned
  QTest::addColumn<QString>("computing");  // and when it begins
  const QString nvjpeg = "nvJPEG 9.9.9, hardware", host = "libjpeg-turbo 1.2.3";
  QTest::newRow("of the host") << host << "auto" << "" << "";
  QTest::newRow("of the host, insisted on") << host << "host" << "" << "";
  QTest::newRow("of the host, not wanted")
      << host << "device" << "--decoder libjpeg-turbo 1.2.3, not device" << "";
  QTest::newRow("of a device that is not here") << nvjpeg << "auto" << "" << nvjpeg;
  QTest::newRow("of a device, not wanted")
      << nvjpeg << "host" << "--decoder nvJPEG 9.9.9, hardware, not host" << "";
  QTest::newRow("unknown") << host << "gpu" << "no decoder 'gpu'" << "";
  QTest::newRow("new, of records, by the host") << "" << "host" << "are records" << "";
  QTest::newRow("new, of records, by the device") << "" << "device" << "are records" << "";
}

void TestRunPlan::a_runs_decoder_stays() {
  QFETCH(QString, kept);
  QFETCH(QString, asked);
  QFETCH(QString, planning);
  QFETCH(QString, computing);
  ImageStudy images(5);
  images.add_model("a", images.card("a"), "a.pt");
  auto request = images.request("a:identity");
  request.decoder = asked.toStdString();
  if (!kept.isEmpty()) {
    auto run = images.run("a:identity", 16);
    run.decoder = kept.toStdString();
    succeed(images.study.add_run(run));
  }
  const auto plan = plan_run(images.study, request);
  QCOMPARE(plan.has_value(), planning.isEmpty());
  if (!plan) {
    QVERIFY2(QString::fromStdString(plan.error().message).contains(planning),
             plan.error().message.c_str());
    QCOMPARE(exit_code(plan.error().kind), 2);
    return;
  }
  const auto decoder = decoder_of(*plan);
  QCOMPARE(decoder.has_value(), computing.isEmpty());
  if (decoder)
    QCOMPARE(decoder->name, kept.toStdString());
  else
    QVERIFY(QString::fromStdString(decoder.error().message).contains(computing));
}

void TestRunPlan::a_decoder_is_said_with_its_reason() {
  ImageStudy images(5);
  images.add_model("a", images.card("a"), "a.pt");
  RunPlan plan = value(plan_run(images.study, images.request("a:identity")));
  QCOMPARE(decoding_note(plan), std::string());  // nobody decodes records
  QCOMPARE(value(why_host_decodes(images.study, plan, 4)),
           std::string("the run computes on the CPU"));
  plan.device = c10::Device(c10::kCUDA, 0);
  QCOMPARE(value(why_host_decodes(images.study, plan, 16)),
           std::string("16 processors are faster than a GPU's decoder"));
  QCOMPARE(value(why_host_decodes(images.study, plan, 15)),
           std::string("no file among the split's first 5 is a JPEG by its name"));
  plan.run.conditions = {value(parse_view("noise=4"))};
  QCOMPARE(value(why_host_decodes(images.study, plan, 4)),
           std::string("conditions are computed on the host"));
  plan.run.decoder = "libjpeg-turbo 1.2.3";
  plan.why_decoder = value(why_host_decodes(images.study, plan, 4));
  QCOMPARE(decoding_note(plan), std::string("images are decoded by libjpeg-turbo 1.2.3 on the "
                                            "host, because conditions are computed on the host"));
  plan.run.decoder = "nvJPEG 9.9.9, hardware";
  plan.why_decoder = "the run asks for it";
  QCOMPARE(decoding_note(plan), std::string("images are decoded by nvJPEG 9.9.9, hardware, on the "
                                            "GPU, because the run asks for it"));
  auto run = images.run("a:identity", 16);
  run.decoder = "libjpeg-turbo 1.2.3";
  succeed(images.study.add_run(run));
  QCOMPARE(decoding_note(value(plan_run(images.study, images.request("a:identity")))),
           std::string("images are decoded by libjpeg-turbo 1.2.3 on the host, because the run "
                       "was begun with it"));
}

void TestRunPlan::missing_ranges_are_found() {
  ImageStudy images(3 * static_cast<int>(shard_samples) + 100);
  images.add_model("a", images.card("a"), "a.pt");
  images.add_model("b", images.card("b"), "b.pt");
  const auto plan = value(plan_run(images.study, images.request("a:identity,b:identity")));
  succeed(images.study.add_run(plan.run));
  const auto set = [&](std::size_t voter) {
    return value(images.study.prediction_set(
                     prediction_key(plan.run, "test", plan.run.voters[voter], false)))
        .id;
  };
  // The first voter lacks range 2, the second all but range 0.
  const std::vector<std::int64_t> a = {set(0)}, both = {set(0), set(1)};
  succeed(images.study.commit_shard("0", 0, shard_samples, both));
  succeed(images.study.commit_shard("1", shard_samples, shard_samples, a));
  succeed(images.study.commit_shard("3", 3 * shard_samples, 100, a));
  const auto missing = value(missing_shards(images.study, plan, plan.run, "test"));
  QCOMPARE(missing.size(), std::size_t{3});
  QCOMPARE(missing[0].first, shard_samples);
  QCOMPARE(missing[0].voters, (std::vector<std::size_t>{1}));
  QCOMPARE(missing[1].first, 2 * shard_samples);
  QCOMPARE(missing[1].voters, (std::vector<std::size_t>{0, 1}));
  QCOMPARE(missing[2].first, 3 * shard_samples);
  QCOMPARE(missing[2].count, std::int64_t{100});
  QCOMPARE(missing[2].voters, (std::vector<std::size_t>{1}));
}

}  // namespace plumbline::test

#include <QtTest>

#include <ATen/ATen.h>

#include "core/engine/inference/run_pipeline.h"
#include "core/engine/inference/run_plan.h"
#include "core/predictions/prediction_schema.h"
#include "tests/core/engine/image_study.h"
#include "tests/core/engine/inference_tests.h"
#include "tests/core/engine/number_kind.h"

namespace plumbline::test {

namespace {

RunRequest number_request(const ImageStudy& images, const std::string& voters) {
  RunRequest request;
  request.study = images.study.folder();
  request.name = "r";
  request.dataset = "images";
  request.splits = {"test"};
  request.voters = value(parse_voters(voters));
  request.device = "cpu";
  request.batch = 32;
  request.job = {request.study, "run", {"run"}, false, true, ""};
  return request;
}

}  // namespace

void TestNumberKind::a_further_kind_runs_whole() {
  register_number_kind();
  constexpr int samples = 2048 + 70;
  ImageStudy images(samples);
  const auto file = images.file("brightness.pt");
  save_script(file, "  return torch.mean(x, [1, 2, 3])");
  images.add_model("brightness", number_card("brightness"), file.string());
  const auto request = number_request(images, "brightness:identity,brightness:flip_y");
  const auto summary = value(run_voters(request));
  QCOMPARE(summary["samples"].get<int>(), samples);
  const auto expected = images.inputs().mean({1, 2, 3}) * 0.5;
  for (const auto& voter : summary["voters"]) {
    QVERIFY(std::abs(voter["mean"].get<double>() - expected.mean().item<double>()) < 1e-6);
    QVERIFY(voter["latency_ms"].get<double>() > 0);
    QVERIFY(!voter.contains("accuracy"));
  }
  // Both files hold both voters' numbers.
  const auto run = value(images.study.run("r"));
  const auto sets = value(images.study.prediction_sets(run, "test"));
  for (const PredictionSet& set : sets) {
    const auto rows = value(images.study.shard_rows(set.id));
    QVERIFY(rows.size() >= 2);  // more where the machine is slow
    for (const ShardRow& row : rows) {
      const auto stored =
          value(open_checked_predictions(images.study.folder() / "predictions" / row.shard.file,
                                         row.shard.first, row.shard.count));
      QCOMPARE(stored.envelope.kind, std::string("numbers"));
      QCOMPARE(stored.envelope.voters, run.voters);
      const auto* numbers =
          reinterpret_cast<const float*>(stored.tensors.find("number")->data.data());
      for (std::int64_t i = 0; i < row.shard.count; ++i) {
        const double found = numbers[row.row * row.shard.count + i];
        QVERIFY(std::abs(found - expected[row.shard.first + i].item<double>()) < 1e-5);
      }
    }
  }
  // A run that is there is summed up from its files.
  const auto again = value(run_voters(request));
  QVERIFY(std::abs(again["voters"][0]["mean"].get<double>() -
                   summary["voters"][0]["mean"].get<double>()) < 1e-12);
}

void TestNumberKind::kinds_are_not_mixed_in_a_run() {
  register_number_kind();
  ImageStudy images(5);
  images.add_model("n", number_card("n"), "n.pt");
  auto card = QString::fromStdString(StudyFixture::card("c", 10));
  for (int c = 0; c < 10; ++c)
    card.replace(QString("\"class%1\"").arg(c),
                 "\"" + QString::fromStdString(images.dataset.classes[c]) + "\"");
  images.add_model("c", card.toStdString(), "c.pt");
  const auto plan = plan_run(images.study, number_request(images, "n:identity,c:identity"));
  QVERIFY(!plan);
  QCOMPARE(plan.error().where, std::string("c"));
  QCOMPARE(plan.error().message, std::string("its outputs are classes, those of 'n' are numbers"));
  QCOMPARE(exit_code(plan.error().kind), 3);
}

void TestNumberKind::a_wrong_output_is_found_at_import() {
  register_number_kind();
  const ImageStudy images(1);
  const auto file = images.file("net.pt");
  save_script(file, "  return torch.mean(x, [2, 3])");
  const auto card = value(parse_model_card(number_card("net"), "net"));
  auto network = value(load_network(file, card, at::kCPU, Precision::fp32));
  const auto checked = check_against_card(*network, card, at::kCPU, Precision::fp32, "net.pt");
  QVERIFY(!checked);
  QCOMPARE(checked.error().message, std::string("the output is not one number per sample"));
}

}  // namespace plumbline::test

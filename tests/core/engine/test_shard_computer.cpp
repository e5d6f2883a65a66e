#include <QtTest>

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "tests/core/engine/computed_run.h"
#include "tests/core/engine/inference_tests.h"

namespace plumbline::test {

void TestShardComputer::predictions_equal_their_definition_data() {
  QTest::addColumn<int>("samples");
  QTest::addColumn<int>("batch");
  QTest::newRow("one batch") << 20 << 64;
  QTest::newRow("even batches") << 64 << 16;
  QTest::newRow("a short last batch") << 67 << 16;
  QTest::newRow("batches of one") << 5 << 1;
}

void TestShardComputer::predictions_equal_their_definition() {
  QFETCH(int, samples);
  QFETCH(int, batch);
  Computing computing(samples, "a:identity,a:flip_x,a:gamma=0.5,b:identity", batch);
  auto computer = value(computing.computer([] { return mean_network(); }));
  QCOMPARE(computing.loaded, 2);
  std::int64_t reported = 0, calls = 0;
  const auto range = computing.whole();
  const auto all = computing.images.samples();
  const auto output = value(computer.compute(range, computing.reader(), all, [&](std::int64_t n) {
    reported += n;
    ++calls;
  }));
  QCOMPARE(reported, std::int64_t{4} * samples);
  QCOMPARE(calls, std::int64_t{(samples + batch - 1) / batch});
  QVERIFY(output.failures.empty());
  const auto file = computing.written(output, range);
  QCOMPARE(file.rows(), 4);
  const auto inputs = computing.images.inputs();
  const auto identity = expected_log_probs(inputs);
  QVERIFY(difference(file, 0, identity, all) < 1e-5);
  // The means of a mirrored image are the same; a level v becomes 255 · (v / 255)^0.5.
  QVERIFY(difference(file, 1, identity, all) < 1e-5);
  const auto brighter = ((inputs * 0.25 + 0.5).sqrt() - 0.5) / 0.25;
  QVERIFY(difference(file, 2, expected_log_probs(brighter), all) < 2e-2);  // rounded levels
  QVERIFY(difference(file, 3, identity, all) < 1e-5);
  // Only full batches are timed.
  for (std::size_t v = 0; v < 4; ++v)
    QCOMPARE(computer.batch_times(v).size(), static_cast<std::size_t>(samples / batch));
}

void TestShardComputer::pieces_of_a_block_have_the_same_batches() {
  // The sizes of the batches that a network sees, whatever the pieces of the range are.
  std::vector<std::int64_t> seen;
  class Noting final : public Network {
   public:
    explicit Noting(std::vector<std::int64_t>& sizes) : seen_(sizes) {}
    NetworkOutput forward(const at::Tensor& input) override {
      seen_.push_back(input.size(0));
      return mean_network()->forward(input);
    }

   private:
    std::vector<std::int64_t>& seen_;
  };
  Computing computing(50, "a:identity", 8);
  auto computer = value(computing.computer([&] { return std::make_unique<Noting>(seen); }));
  const auto reader = computing.reader();
  const auto batches = [&](const std::vector<std::int64_t>& ends) {
    seen.clear();
    std::int64_t first = 0;
    for (const std::int64_t end : ends) {
      const auto samples = value(
          computing.images.study.samples(computing.images.dataset.id, "test", first, end - first));
      value(computer.compute({first, end - first, {0}}, reader, samples, [](std::int64_t) {}));
      first = end;
    }
    return seen;
  };
  const std::vector<std::int64_t> whole = {8, 8, 8, 8, 8, 8, 2};
  QCOMPARE(batches({50}), whole);
  QCOMPARE(batches({8, 24, 50}), whole);
  // A beginning amid a batch, of a run with other batches: the next batch is a whole one again.
  QCOMPARE(batches({20, 50}), (std::vector<std::int64_t>{8, 8, 4, 4, 8, 8, 8, 2}));
}

void TestShardComputer::ranges_may_be_queued_before_one_is_settled() {
  Computing computing(67, "a:identity,b:gamma=0.5", 16);
  const auto reader = computing.reader();
  const auto all = computing.images.samples();
  const std::vector<SampleInfo> front(all.begin(), all.begin() + 32),
      back(all.begin() + 32, all.end());
  const ShardRange first{0, 32, {0, 1}}, second{32, 35, {0, 1}};
  auto at_once = value(computing.computer([] { return mean_network(); }));
  auto in_steps = value(computing.computer([] { return mean_network(); }));
  const auto ignored = [](std::int64_t) {};
  auto a = value(in_steps.queue(first, reader, front, ignored));
  auto b = value(in_steps.queue(second, reader, back, ignored));
  // Nothing is known of a time before the device has been waited for.
  QVERIFY(in_steps.batch_times(0).empty());
  succeed(in_steps.settle(a, front));
  QCOMPARE(in_steps.batch_times(0).size(), std::size_t{2});
  succeed(in_steps.settle(b, back));
  QCOMPARE(in_steps.batch_times(0).size(), std::size_t{4});
  succeed(in_steps.settle(b, back));  // it is finished: nothing more is done
  QCOMPARE(in_steps.batch_times(0).size(), std::size_t{4});
  const auto same = [&](const ShardComputer::Output& steps, const ShardRange& range,
                        const std::vector<SampleInfo>& samples) {
    const auto whole = value(at_once.compute(range, reader, samples, ignored));
    for (int row = 0; row < 2; ++row) {
      std::vector<float> values[2];
      for (int i = 0; i < 2; ++i) {
        const auto file = computing.written(i == 0 ? steps : whole, range);
        values[i].resize(static_cast<std::size_t>(file.count() * file.classes()));
        file.log_probs(row, 0, file.count(), file.classes(), values[i].data());
      }
      if (values[0] != values[1]) return false;
    }
    return true;
  };
  QVERIFY(same(a, first, front));
  QVERIFY(same(b, second, back));
  const StageSeconds stages = in_steps.stages();
  QVERIFY(stages.networks > 0 && stages.views > 0 && stages.queueing >= stages.networks);
}

void TestShardComputer::an_unreadable_image_has_no_prediction() {
  Computing computing(12, "a:identity,b:identity", 5);
  auto computer = value(computing.computer([] { return mean_network(); }));
  auto samples = computing.images.samples();
  samples[7].locator.record = 1'000'000;
  const auto range = computing.whole();
  const auto output =
      value(computer.compute(range, computing.reader(), samples, [](std::int64_t) {}));
  QCOMPARE(output.failures.size(), std::size_t{1});
  QCOMPARE(output.failures[0].sample, std::int64_t{7});
  const auto file = computing.written(output, range);
  const auto expected = expected_log_probs(computing.images.inputs());
  for (int row = 0; row < 2; ++row) {
    QCOMPARE(file.predicted(row)[7], -1);
    QCOMPARE(file.confidence(row)[7], 0.0F);
    QVERIFY(std::isnan(file.log_prob_label(row)[7]));
    std::vector<float> values(10);
    file.log_probs(row, 7, 8, 10, values.data());
    for (const float v : values) QCOMPARE(v, -std::numeric_limits<float>::infinity());
    // Its neighbours have theirs.
    QCOMPARE(std::int64_t{file.predicted(row)[6]}, expected[6].argmax().item<std::int64_t>());
    QCOMPARE(std::int64_t{file.predicted(row)[8]}, expected[8].argmax().item<std::int64_t>());
  }
}

void TestShardComputer::classes_stand_in_the_data_sets_order() {
  Computing computing(30, "a:identity", 8);
  // The same network, whose card names the classes from behind.
  auto& names = computing.models[0].card.classes;
  std::ranges::reverse(names);
  computing.head = Computing::class_head_of();
  std::vector<StoredWarning> warnings;
  succeed(computing.head->add_model(computing.models[0], computing.images.dataset, warnings));
  QVERIFY(warnings.empty());
  auto computer = value(computing.computer([] { return mean_network(); }));
  const auto range = computing.whole();
  const auto samples = computing.images.samples();
  const auto output =
      value(computer.compute(range, computing.reader(), samples, [](std::int64_t) {}));
  const auto expected = expected_log_probs(computing.images.inputs()).flip(1);
  QVERIFY(difference(computing.written(output, range), 0, expected, samples) < 1e-5);
}

void TestShardComputer::further_classes_of_one_name_have_one_place() {
  Computing computing(30, "a:identity,b:identity", 8);
  // The last two outputs are classes that the data set has not: in another order each.
  const std::string last[2][2] = {{"owl", "cow"}, {"cow", "owl"}};
  computing.head = Computing::class_head_of();
  std::vector<StoredWarning> warnings;
  for (std::size_t m = 0; m < 2; ++m) {
    auto& names = computing.models[m].card.classes;
    names[8] = last[m][0];
    names[9] = last[m][1];
    succeed(computing.head->add_model(computing.models[m], computing.images.dataset, warnings));
  }
  auto computer = value(computing.computer([] { return mean_network(); }));
  const auto range = computing.whole();
  const auto output = value(
      computer.compute(range, computing.reader(), computing.images.samples(), [](std::int64_t) {}));
  const auto file = computing.written(output, range);
  QCOMPARE(file.classes(), 12);
  QCOMPARE(file.further(), (FurtherClasses{"owl", "cow"}));
  const auto expected = expected_log_probs(computing.images.inputs());
  // By row: the output behind the places of owl and cow.
  const std::int64_t behind[2][2] = {{8, 9}, {9, 8}};
  std::vector<float> values(static_cast<std::size_t>(file.count()) * 12);
  for (int row = 0; row < 2; ++row) {
    file.log_probs(row, 0, file.count(), 12, values.data());
    for (std::int64_t i = 0; i < file.count(); ++i) {
      const float* found = values.data() + i * 12;
      QVERIFY(std::isinf(found[8]) && std::isinf(found[9]));  // which the models do not have
      for (int k = 0; k < 2; ++k)
        QVERIFY(std::abs(double{found[10 + k]} - expected[i][behind[row][k]].item<double>()) <
                1e-5);
    }
  }
}

}  // namespace plumbline::test

#include <QtTest>

#include <ATen/ATen.h>

#include "core/engine/inference/apply_setup.h"
#include "core/engine/inference/filled_batch.h"
#include "core/engine/inference/kept_images.h"
#include "tests/core/engine/computed_run.h"
#include "tests/core/engine/inference_tests.h"

namespace plumbline::test {

namespace {

/// Notes the size of each batch.
class NotingNetwork final : public Network {
 public:
  explicit NotingNetwork(std::vector<std::int64_t>& sizes) : seen_(sizes) {}
  NetworkOutput forward(const at::Tensor& input) override {
    seen_.push_back(input.size(0));
    return mean_network()->forward(input);
  }

 private:
  std::vector<std::int64_t>& seen_;
};

void ignored(std::int64_t) {}

/// The samples of a range at some places.
std::vector<SampleInfo> at_places(const std::vector<SampleInfo>& all,
                                  const std::vector<std::int64_t>& places) {
  std::vector<SampleInfo> there;
  for (const std::int64_t place : places) there.push_back(all[static_cast<std::size_t>(place)]);
  return there;
}

/// The expected log-probabilities at some places.
at::Tensor expected_at(const at::Tensor& inputs, const std::vector<std::int64_t>& places) {
  return expected_log_probs(inputs).index_select(0, at::tensor(places, at::kLong));
}

}  // namespace

void TestShardStages::a_short_batch_is_computed_as_a_full_one() {
  std::vector<std::int64_t> seen;
  Computing computing(37, "a:identity,a:gamma=0.5", 16);
  auto computer =
      value(computing.computer([&] { return std::make_unique<NotingNetwork>(seen); }, true));
  seen.clear();
  const auto range = computing.whole();
  const auto all = computing.images.samples();
  const auto output = value(computer.compute(range, computing.reader(), all, ignored));
  QCOMPARE(seen, (std::vector<std::int64_t>(6, 16)));
  const auto file = computing.written(output, range);
  QCOMPARE(file.count(), std::int64_t{37});
  const auto inputs = computing.images.inputs();
  QVERIFY(difference(file, 0, expected_log_probs(inputs), all) < 1e-5);
  const auto brighter = ((inputs * 0.25 + 0.5).sqrt() - 0.5) / 0.25;
  QVERIFY(difference(file, 1, expected_log_probs(brighter), all) < 2e-2);  // rounded levels
  // What a short batch takes says nothing of a full one's images.
  QCOMPARE(computer.batch_times(0).size(), std::size_t{2});
}

void TestShardStages::a_filled_batch_has_its_last_row_again() {
  const at::Tensor rows = at::arange(6, at::kLong).view({3, 2});
  const at::Tensor filled = filled_batch(rows, 5);
  QVERIFY(at::equal(filled, at::tensor({0, 1, 2, 3, 4, 5, 4, 5, 4, 5}, at::kLong).view({5, 2})));
  QVERIFY(filled_batch(rows, 3).is_same(rows));
  QVERIFY(!filled_batch({}, 5).defined());
  const at::Tensor whole = at::arange(4, at::kFloat).view({2, 2});
  const NetworkOutput first = first_rows(
      NetworkOutput(std::vector<OutputTensor>{{"rows", filled}, {"whole", whole}}), 3, 5);
  QVERIFY(at::equal(value(first.tensor("rows")), rows));
  QVERIFY(at::equal(value(first.tensor("whole")), whole));
}

void TestShardStages::images_are_kept_for_later_stages() {
  Computing computing(40, "a:identity,b:identity", 16);
  auto computer = value(computing.computer([] { return mean_network(); }, true));
  const auto reader = computing.reader();
  const auto all = computing.images.samples();
  const auto inputs = computing.images.inputs();
  KeptImages kept(std::size_t{40} * 32 * 32 * 3);
  auto first = value(computer.queue({0, 40, {0}}, reader, all, ignored, {}, &kept));
  succeed(computer.settle(first, all));
  const auto loaded = computer.decoded();
  QCOMPARE(loaded.by_host, std::int64_t{40});
  // The second stage reads nothing, whatever stands where its samples were read from.
  const std::vector<std::int64_t> places = {1,  2,  3,  5,  8,  13, 20, 21, 22, 23, 24,
                                            25, 26, 27, 28, 29, 30, 31, 32, 33, 39};
  auto samples = at_places(all, places);
  const ShardRange open{0, static_cast<std::int64_t>(places.size()), {1}, places};
  const auto labels = samples;
  for (SampleInfo& sample : samples) sample.locator.record = 1'000'000;
  auto second = value(computer.queue(open, reader, samples, ignored, {}, &kept));
  succeed(computer.settle(second, samples));
  QVERIFY(second.failures.empty());
  QCOMPARE(computer.decoded().by_host, std::int64_t{40});
  const auto file = computing.written(second, open);
  QVERIFY(difference(file, 0, expected_at(inputs, places), labels) < 1e-5);
}

void TestShardStages::what_is_not_kept_is_loaded_data() {
  QTest::addColumn<int>("most");
  QTest::addColumn<std::int64_t>("unread");
  QTest::addColumn<std::int64_t>("loaded");
  constexpr int bytes = 20 * 32 * 32 * 3;
  QTest::newRow("all is kept") << bytes << std::int64_t{-1} << std::int64_t{20};
  QTest::newRow("too many bytes") << bytes - 1 << std::int64_t{-1} << std::int64_t{22};
  QTest::newRow("nothing may be kept") << 0 << std::int64_t{-1} << std::int64_t{22};
  // Of one that could not be read there is nothing to be had; it says so again.
  QTest::newRow("an image that could not be read") << bytes << std::int64_t{7} << std::int64_t{22};
}

void TestShardStages::what_is_not_kept_is_loaded() {
  QFETCH(int, most);
  QFETCH(std::int64_t, unread);
  QFETCH(std::int64_t, loaded);
  Computing computing(20, "a:identity,b:identity", 8);
  auto computer = value(computing.computer([] { return mean_network(); }));
  const auto reader = computing.reader();
  auto all = computing.images.samples();
  if (unread >= 0) all[static_cast<std::size_t>(unread)].locator.record = 1'000'000;
  KeptImages kept(static_cast<std::size_t>(most));
  auto first = value(computer.queue({0, 20, {0}}, reader, all, ignored, {}, &kept));
  succeed(computer.settle(first, all));
  const std::vector<std::int64_t> places = {7, 12};
  const auto samples = at_places(all, places);
  auto second = value(computer.queue({0, 2, {1}, places}, reader, samples, ignored, {}, &kept));
  succeed(computer.settle(second, samples));
  QCOMPARE(computer.decoded().by_host, loaded);
  QCOMPARE(second.failures.size(), std::size_t{unread >= 0});
}

void TestShardStages::blocks_of_stages_are_whole_shards_data() {
  QTest::addColumn<std::int64_t>("images");
  QTest::addColumn<std::int64_t>("batch");
  QTest::addColumn<std::int64_t>("classes");
  QTest::addColumn<std::int64_t>("expected");
  const auto row = [](const char* name, std::int64_t images, std::int64_t batch,
                      std::int64_t classes, std::int64_t expected) {
    QTest::newRow(name) << images << batch << classes << expected;
  };
  row("32 batches", 1'000'000, 128, 10, 4096);
  row("at most eight shards", 1'000'000, 4096, 10, 16'384);
  row("small batches", 1'000'000, 1, 10, 2048);
  row("as many blocks as are in work", 10'000, 512, 10, 4096);
  row("one image", 1, 512, 10, 2048);
  row("no image", 0, 512, 10, 2048);
  row("many classes", 1'000'000, 512, 20'000, 2048);
  row("more classes than fit", 1'000'000, 512, 60'000, 2048);
}

void TestShardStages::blocks_of_stages_are_whole_shards() {
  QFETCH(std::int64_t, images);
  QFETCH(std::int64_t, batch);
  QFETCH(std::int64_t, classes);
  QTEST(images_a_block(images, batch, classes), "expected");
}

}  // namespace plumbline::test

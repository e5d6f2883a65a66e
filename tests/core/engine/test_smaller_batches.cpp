#include <QtTest>

#include <map>

#include "core/engine/inference/run_pipeline.h"
#include "core/engine/inference/smaller_batches.h"
#include "core/study/decide_run.h"
#include "tests/core/engine/image_study.h"
#include "tests/core/engine/inference_tests.h"

namespace plumbline::test {

namespace {

std::vector<int> sizes_of(const std::vector<SizeTimes>& times) {
  std::vector<int> sizes;
  for (const SizeTimes& one : times) sizes.push_back(one.size);
  return sizes;
}

}  // namespace

void TestSmallerBatches::sizes_are_chosen_by_what_they_cost_data() {
  QTest::addColumn<int>("batch");
  QTest::addColumn<double>("budget");
  QTest::addColumn<double>("sample_ms");
  QTest::addColumn<std::vector<int>>("sizes");
  using Sizes = std::vector<int>;
  QTest::newRow("all below the batch") << 256 << 1.0 << 0.01 << Sizes{1, 4, 16, 64};
  QTest::newRow("a batch of one") << 1 << 1.0 << 0.01 << Sizes{};
  QTest::newRow("not the batch itself") << 64 << 1.0 << 0.01 << Sizes{1, 4, 16};
  // 5 batches of one take 150 ms, of four 600: of sixteen they would take 2.4 s.
  QTest::newRow("a slow network") << 256 << 1.0 << 30.0 << Sizes{1, 4};
  QTest::newRow("more time") << 256 << 10.0 << 30.0 << Sizes{1, 4, 16};
}

void TestSmallerBatches::sizes_are_chosen_by_what_they_cost() {
  QFETCH(int, batch);
  QFETCH(double, budget);
  QFETCH(double, sample_ms);
  QFETCH(std::vector<int>, sizes);
  std::map<int, int> repeated;
  const auto times = time_smaller_batches(batch, budget, [&](int size, int repeats) {
    repeated[size] = repeats;
    return std::vector<double>(static_cast<std::size_t>(repeats), size * sample_ms);
  });
  QCOMPARE(sizes_of(times), sizes);
  QCOMPARE(repeated.size(), sizes.size());
  for (const SizeTimes& one : times) {
    QVERIFY(one.ms.size() >= 5 && one.ms.size() <= 25);
    QCOMPARE(one.ms.front(), one.size * sample_ms);
  }
}

void TestSmallerBatches::a_size_that_cannot_be_timed_ends_it() {
  const auto times = time_smaller_batches(256, 1, [](int size, int repeats) {
    return size > 4 ? std::vector<double>()
                    : std::vector<double>(static_cast<std::size_t>(repeats), 0.1);
  });
  QCOMPARE(sizes_of(times), (std::vector<int>{1, 4}));
}

void TestSmallerBatches::a_run_measures_what_stages_cost() {
  ImageStudy images(100);
  const auto file = images.file("mean.pt");
  save_script(file, "  return torch.mean(x, [2, 3]).matmul(self.weight)");
  images.add_model("mean", images.card("mean"), file.string());
  RunRequest request = images.request("mean:identity,mean:flip_x");
  request.batch = 32;
  value(run_voters(request));
  const RunInfo run = value(images.study.run("r"));
  const auto sets = value(images.study.prediction_sets(run, "test"));
  const auto smaller = value(images.study.batch_latencies());
  for (const auto& set : sets) {
    QCOMPARE(set.latency->batch, 32);
    std::vector<int> sizes;
    const auto [begin, end] = smaller.equal_range(set.id);
    for (auto at = begin; at != end; ++at) {
      sizes.push_back(at->second.batch);
      QCOMPARE(at->second.device, set.latency->device);
      QVERIFY(at->second.median_ms > 0 && at->second.batches >= 5);
    }
    QCOMPARE(sizes, (std::vector<int>{1, 4, 16}));
  }
  const std::vector<std::size_t> voters = {0, 1};
  const auto times = value(comparable_times(images.study, run, "test", voters));
  QCOMPARE(times.common_sizes(), (std::vector<double>{1, 4, 16, 32}));
}

}  // namespace plumbline::test

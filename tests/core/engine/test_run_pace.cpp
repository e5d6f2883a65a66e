#include <QtTest>

#include <map>
#include <random>

#include "core/engine/inference/run_pace.h"
#include "tests/core/engine/inference_tests.h"

namespace plumbline::test {

void TestRunPace::paces_follow_what_was_measured() {
  const ShardRange block{shard_samples, shard_samples, {0, 1, 2, 3}};
  // Fast machines write whole blocks.
  QCOMPARE(RunPace(64, 1e-5).next(block).count, shard_samples);
  QCOMPARE(RunPace(64, 0).next(block).voters.size(), std::size_t{4});
  // 0.01 s a voter and sample, 4 s: 100 samples of four voters, or one batch of 64.
  RunPace pace(64, 0.01);
  auto piece = pace.next(block);
  QCOMPARE(piece.count, std::int64_t{64});
  QCOMPARE(piece.voters.size(), std::size_t{4});
  QCOMPARE(pace.expected(piece), 0.01 * 64 * 4);
  // Ten times slower a batch of all is too much already; a voter's is the least.
  QCOMPARE(RunPace(64, 0.03).next(block).voters, (std::vector<std::size_t>{0, 1}));
  QCOMPARE(RunPace(64, 10).next(block).voters, std::vector<std::size_t>{0});
  // All pieces together are the range, each ends where a batch ends, whatever the paces are.
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    const int batch = 1 + static_cast<int>(random() % 300);
    const std::int64_t offset = static_cast<std::int64_t>(random() % 2048);
    const ShardRange range{shard_samples + offset, shard_samples - offset, {0, 1, 2}};
    RunPace changing(batch, 1e-4 * static_cast<double>(1 + random() % 1000));
    std::map<std::pair<std::int64_t, std::size_t>, int> times;
    std::vector<ShardRange> left{range};
    while (!left.empty()) {
      const ShardRange front = left.front();
      left.erase(left.begin());
      const ShardRange part = changing.next(front);
      QVERIFY(part.count > 0 && !part.voters.empty());
      const std::int64_t end = part.first + part.count - shard_samples;
      QVERIFY(end % batch == 0 || end == shard_samples);
      for (std::int64_t i = 0; i < part.count; ++i)
        for (const std::size_t v : part.voters) ++times[{part.first + i, v}];
      const auto rest = RunPace::rest(front, part);
      left.insert(left.begin(), rest.begin(), rest.end());
      changing.took(part, static_cast<double>(random() % 10), batch);
    }
    QCOMPARE(times.size(), static_cast<std::size_t>(3 * range.count));
    for (const auto& [cell, count] : times) QCOMPARE(count, 1);
  }
}

}  // namespace plumbline::test

#include <QtTest>

#include <atomic>
#include <memory>
#include <mutex>

#include "core/engine/inference/shard_course.h"
#include "tests/core/engine/inference_tests.h"

namespace plumbline::test {

namespace {

/// Can be moved alone, as a shard with its predictions.
struct FakeShard {
  ShardRange range;
  std::unique_ptr<int> output = {};
};

/// A course of blocks whose steps are noted.
struct NotedCourse {
  std::mutex mutex;
  QStringList steps;  ///< of the course's own thread
  QList<int> written;
  std::atomic<bool> writing = false, prepared_while_writing = false;
  int unreadable = -1, fails_at = -1, stops_at = -1;
  bool stopping = false;
  double waited = 0;

  static int number(const ShardRange& range) {
    return static_cast<int>(range.first / shard_samples);
  }

  Result<void> run(int blocks, bool runs_ahead, double seconds_a_sample = 1e-6) {
    std::vector<ShardRange> ranges;
    for (int i = 0; i < blocks; ++i) ranges.push_back({i * shard_samples, shard_samples, {0}});
    RunPace pace(64, seconds_a_sample);
    ShardSteps<FakeShard> all;
    all.prepare = [&](const ShardRange& piece) -> Result<FakeShard> {
      prepared_while_writing = prepared_while_writing || writing;
      if (number(piece) == unreadable) return bad_input("the study is gone", "s.plumb");
      return FakeShard{piece};
    };
    all.load_ahead = [&](const FakeShard& next) {
      steps << QString("load %1").arg(number(next.range));
    };
    all.queue = [&](FakeShard& work) -> Result<void> {
      const int at = number(work.range);
      steps << QString("queue %1").arg(at);
      if (at == fails_at) return fail(ErrorKind::device, "no memory", "");
      stopping = stopping || at == stops_at;
      work.output = std::make_unique<int>(at);
      return {};
    };
    all.settle = [&](FakeShard& work) -> Result<void> {
      steps << QString("settle %1").arg(number(work.range));
      return {};
    };
    all.write = [&](const FakeShard& work) -> Result<void> {
      writing = true;
      QTest::qSleep(5);
      {
        const std::lock_guard lock(mutex);
        written << *work.output;
      }
      writing = false;
      return {};
    };
    all.range = [](const FakeShard& work) -> const ShardRange& { return work.range; };
    all.batch = [] { return 64; };
    all.stopping = [&] { return stopping; };
    all.runs_ahead = runs_ahead;
    return ShardCourse(std::move(all), ranges, pace, waited).run();
  }
};

}  // namespace

void TestShardCourse::a_device_that_runs_ahead_has_its_next_shard() {
  NotedCourse course;
  QVERIFY(course.run(4, true));
  QCOMPARE(course.steps,
           (QStringList{"load 1", "queue 0", "load 2", "queue 1", "settle 0", "load 3", "queue 2",
                        "settle 1", "queue 3", "settle 2", "settle 3"}));
  QCOMPARE(course.written, (QList<int>{0, 1, 2, 3}));
  QVERIFY(!course.prepared_while_writing);
  QVERIFY(course.waited > 0);
}

void TestShardCourse::another_one_finishes_each_first() {
  NotedCourse course;
  QVERIFY(course.run(3, false));
  QCOMPARE(course.steps, (QStringList{"load 1", "queue 0", "settle 0", "load 2", "queue 1",
                                      "settle 1", "queue 2", "settle 2"}));
  QCOMPARE(course.written, (QList<int>{0, 1, 2}));
  QVERIFY(!course.prepared_while_writing);
}

void TestShardCourse::a_shard_that_takes_long_is_written_first() {
  NotedCourse course;
  // Two seconds by the guess; what is measured is next to nothing.
  QVERIFY(course.run(3, true, 1e-3));
  QCOMPARE(course.steps.first(3), (QStringList{"load 1", "queue 0", "settle 0"}));
  QCOMPARE(course.written, (QList<int>{0, 1, 2}));
}

void TestShardCourse::what_was_queued_before_an_error_is_written() {
  NotedCourse course;
  course.fails_at = 2;
  const auto done = course.run(4, true);
  QVERIFY(!done);
  QCOMPARE(QString::fromStdString(done.error().message), QString("no memory"));
  QCOMPARE(course.written, (QList<int>{0, 1}));
  QVERIFY(!course.steps.contains("queue 3"));
}

void TestShardCourse::what_is_complete_is_written_where_the_next_cannot_be_read() {
  // Read while the device is at shard 0; without running ahead, once shard 1 is complete.
  for (const bool runs_ahead : {true, false}) {
    NotedCourse course;
    course.unreadable = 3;
    const auto done = course.run(5, runs_ahead);
    QVERIFY(!done);
    QCOMPARE(QString::fromStdString(done.error().message), QString("the study is gone"));
    QCOMPARE(course.written, runs_ahead ? (QList<int>{0}) : (QList<int>{0, 1}));
  }
}

void TestShardCourse::a_stop_leaves_nothing_half_done() {
  for (const bool runs_ahead : {false, true}) {
    NotedCourse course;
    course.stops_at = 1;
    QVERIFY(course.run(4, runs_ahead));
    QCOMPARE(course.written, (QList<int>{0, 1}));
    QVERIFY(!course.steps.contains("queue 2"));
  }
}

}  // namespace plumbline::test

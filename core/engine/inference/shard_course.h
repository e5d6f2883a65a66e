#pragma once
#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <utility>
#include <vector>

#include "core/engine/inference/run_pace.h"
#include "core/engine/inference/stage_seconds.h"

namespace plumbline {

/// What is done with each shard of a course, in this order; each but `write` by the thread that
/// runs the course.
template <class Work>
struct ShardSteps {
  /// Reads what has to be known of a piece; never while something is written.
  std::function<Result<Work>(const ShardRange& piece)> prepare;
  /// The next shard's images may be loaded.
  std::function<void(const Work& next)> load_ahead;
  std::function<Result<void>(Work& work)> queue;   ///< asks the device for all of it
  std::function<Result<void>(Work& work)> settle;  ///< waits for it; in the order of `queue`
  /// On another thread, one at a time, while the next ones are computed.
  std::function<Result<void>(const Work& work)> write;
  std::function<const ShardRange&(const Work& work)> range;
  std::function<int()> batch;
  std::function<bool()> stopping;  ///< what was begun is finished, and nothing more begun
  bool runs_ahead = false;         ///< a device that has its next shard before one is waited for
};

/// The shards of one split under one condition: one is written while the next is computed, and the
/// first images of the one behind that are loaded. Where a device runs ahead it never waits for the
/// host between two shards, unless a shard takes long: that one is then not kept from its file.
template <class Work>
class ShardCourse {
 public:
  /// `waiting_for_writer`: where seconds of that are added. All that is referred to must stay.
  ShardCourse(ShardSteps<Work> steps, const std::vector<ShardRange>& ranges, RunPace& pace,
              double& waiting_for_writer)
      : steps_(std::move(steps)),
        pace_(pace),
        waiting_for_writer_(waiting_for_writer),
        left_(ranges.begin(), ranges.end()) {}

  /// Until nothing is left, or `stopping`: then everything that was queued is written. Errors: the
  /// first that a step gives, once what was queued before it is written.
  Result<void> run() {
    TRY(prepare());
    while (!prepared_.empty()) {
      Work work = std::move(prepared_.front());
      prepared_.pop_front();
      if (auto prepared = prepare(); !prepared) {
        TRY(settle_queued());
        TRY(wait_for_writer());
        return prepared;
      }
      if (!prepared_.empty()) steps_.load_ahead(prepared_.front());
      const auto begin = Clock::now();
      const auto queued = steps_.queue(work);
      // What was queued before is complete whatever became of this one.
      TRY(settle_queued());
      if (!queued) {
        TRY(wait_for_writer());
        return queued;
      }
      const bool overlaps =
          steps_.runs_ahead && pace_.expected(steps_.range(work)) <= most_seconds_ahead;
      queued_ = std::move(work);
      begun_ = begin;
      if (!overlaps || steps_.stopping()) TRY(settle_queued());
      if (steps_.stopping()) break;
    }
    TRY(settle_queued());
    return wait_for_writer();
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr double most_seconds_ahead = 1;
  static constexpr std::size_t shards_prepared = 2;

  /// Between two that are written one is taken.
  Result<void> prepare() {
    while (!writer_.valid() && prepared_.size() < shards_prepared && !left_.empty()) {
      const ShardRange range = std::move(left_.front());
      left_.pop_front();
      const ShardRange piece = pace_.next(range);
      const auto rest = RunPace::rest(range, piece);
      left_.insert(left_.begin(), rest.begin(), rest.end());
      auto prepared = steps_.prepare(piece);
      TRY(prepared);
      prepared_.push_back(std::move(*prepared));
    }
    return {};
  }

  Result<void> settle_queued() {
    if (!queued_) return {};
    Work work = std::move(*queued_);
    queued_.reset();
    TRY(steps_.settle(work));
    const auto now = Clock::now();
    // Of shards that overlap, from one end to the next.
    const std::chrono::duration<double> took = now - std::max(begun_, settled_);
    settled_ = now;
    pace_.took(steps_.range(work), took.count(), steps_.batch());
    TRY(wait_for_writer());
    // What is complete is written whatever becomes of those behind it.
    auto prepared = prepare();
    writer_ = std::async(std::launch::async,
                         [this, done = std::move(work)] { return steps_.write(done); });
    return prepared;
  }

  Result<void> wait_for_writer() {
    if (!writer_.valid()) return {};
    const Seconds waiting(waiting_for_writer_);
    return writer_.get();
  }

  ShardSteps<Work> steps_;
  RunPace& pace_;
  double& waiting_for_writer_;
  std::deque<ShardRange> left_;
  std::deque<Work> prepared_;   ///< in order; the first one's images are loaded ahead
  std::optional<Work> queued_;  ///< that the device is at
  Clock::time_point begun_{}, settled_{};
  std::future<Result<void>> writer_;  // last: it ends before the rest goes
};

}  // namespace plumbline

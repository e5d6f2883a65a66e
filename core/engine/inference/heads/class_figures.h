#pragma once
#include <memory>

#include "core/engine/inference/heads/output_head.h"
#include "core/predictions/class_predictions.h"

namespace plumbline {

/// Right predictions among those that can be judged.
struct RunningAccuracy {
  std::int64_t right = 0, judged = 0;

  void add(ClassIndex predicted, ClassIndex label) {
    if (predicted == no_class || label == no_class) return;
    ++judged;
    right += predicted == label;
  }
  double fraction() const { return static_cast<double>(right) / static_cast<double>(judged); }
};

/// The accuracies of a run's voters ("accuracy/MODEL:VIEW"), and of their mean ("accuracy/mean")
/// over the ranges that one job computes for all of them.
class ClassFigures {
 public:
  explicit ClassFigures(const RunInfo& run) : run_(run), voters_(run.voters.size()) {}

  Result<void> load(const Study& study);
  void add(const ShardRange& range, const ClassPredictions& content,
           std::span<const SampleInfo> samples, Job& job);
  void report(std::size_t voter, Job& job) const;
  const RunningAccuracy& voter(std::size_t voter) const { return voters_[voter]; }
  std::int64_t unreadable() const { return unreadable_; }

 private:
  void add_mean(const ClassPredictions& content, std::span<const SampleInfo> samples, Job& job);

  RunInfo run_;
  std::vector<RunningAccuracy> voters_;
  RunningAccuracy mean_;
  std::int64_t unreadable_ = 0;
};

}  // namespace plumbline

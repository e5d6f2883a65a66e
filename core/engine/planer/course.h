#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/engine/planer/weight_trainer.h"
#include "core/engine/sums/rank_sum.h"
#include "core/jobs/job.h"

namespace plumbline {

/// What a course of training steps is made of: training, the super-network's warm-up, a search,
/// retraining.
struct Course {
  std::string phase;               ///< in progress events
  std::string metrics;             ///< before the metrics' names: "loss/train" or "search 0.5/loss"
  std::int64_t report_every = 10;  ///< steps
  std::function<void()> step;
  /// Reads what was measured since; false: not finite any more.
  std::function<bool(std::int64_t step)> report;
  std::function<std::int64_t()> done;
  std::int64_t steps = 0;
  std::function<NamedTensors()> state;
  std::function<SafetensorsMetadata()> place;
  std::function<Result<void>(const SafetensorsFile&, const std::string& where)> restore;
  /// Once, where what was learned is no longer finite: back to the last good state, more slowly.
  /// False: that cannot be done.
  std::function<void()> remember;
  std::function<bool()> go_back;
};

/// Runs a course, from its checkpoint if it has one of the same settings: reports, saves every
/// eight seconds while it goes on (less often where training waits for that over an eighth of the
/// time, or where it takes longer to write) and when asked to stop; a checkpoint that cannot be
/// written ends it with the next, or at the end. Losses that are not finite any more (or twice as
/// large as guessing would have) are rolled back once, then an error.
///
/// With `ranks`, whose course is the same on all: they look up after the same steps, those that are
/// reported. Any of them may be asked to stop; rank 0 alone writes checkpoints, and says who began.
Result<void> run_course(Course& course, Job& job, const std::filesystem::path& checkpoint,
                        const std::string& settings, RankSum* ranks = nullptr);

/// The course of a weight trainer; `mixture` gives the options of a step.
Course weight_course(WeightTrainer& trainer, std::string phase, std::string metrics,
                     std::int64_t vocabulary, std::function<Mixture(std::int64_t step)> mixture,
                     Job& job);

}  // namespace plumbline

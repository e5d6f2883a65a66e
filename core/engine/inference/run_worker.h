#pragma once
#include <memory>
#include <optional>
#include <string>

#include "core/engine/inference/run_plan.h"
#include "core/engine/inference/run_ranks.h"
#include "core/engine/inference/stage_seconds.h"
#include "core/jobs/job.h"
#include "core/predictions/prediction_store.h"
#include "core/study/study.h"

namespace plumbline {

/// Computes what a run still lacks, or one rank's share of that, file by file: one is written and
/// reported while the next is computed. Refers to what it is made of.
class RunWorker {
 public:
  /// `ranks`: what the run is divided among, or null.
  RunWorker(Study& study, const RunPlan& plan, Job& job, PredictionStore& store, RunRanks* ranks);
  ~RunWorker();
  RunWorker(const RunWorker&) = delete;
  RunWorker& operator=(const RunWorker&) = delete;

  /// A model that fails takes its own voters only. Errors: cancelled; the device; the study.
  Result<void> run();
  /// What it took to compute, load and write, the models being ready.
  double seconds() const;
  /// Who decoded the images of what was computed here.
  const DecodingCounts& decoded() const;
  /// Where the time of computing here went.
  const StageSeconds& stages() const;
  /// Voters that could not run, once all others are complete.
  const std::optional<Error>& left_out() const;
  /// Says what all ranks have done.
  void show_progress(const std::string& phase);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace plumbline

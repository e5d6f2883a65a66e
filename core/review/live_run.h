#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/jobs/job_folder.h"
#include "core/jobs/job_log.h"
#include "core/jobs/job_subject.h"
#include "core/study/study.h"
#include "core/types/voter.h"

namespace plumbline {

/// A voter of a run that is being computed.
struct LiveVoter {
  Voter voter;
  std::int64_t samples = 0;                ///< with a label and an output, so far
  std::optional<double> accuracy;          ///< of a detector the share of all objects that it finds
  std::optional<double> half_width;        ///< of its 95 % interval
  std::optional<double> against_identity;  ///< of the same model, over the same samples
  std::optional<double> ms_per_image;
};

/// What a run's events say of its voters. A value.
struct LiveRun {
  bool of_objects = false;           ///< its voters are detectors
  std::vector<LiveVoter> voters;     ///< in the run's order; the first is the baseline
  std::int64_t samples = 0;          ///< that each voter is to have
  std::vector<JobMetricPoint> mean;  ///< accuracy of the voters' mean; empty: not known
};

/// `voters` in the run's order; `samples` of its splits.
LiveRun live_run(const std::vector<Voter>& voters, std::int64_t samples, const JobLog& log);

/// Whether a run's events are of detectors.
bool is_of_objects(const JobLog& log);

/// The running accuracy of a voter, or share of objects found.
const std::vector<JobMetricPoint>* accuracy_curve(const JobLog& log, const Voter& voter);

/// The job to look at among those that are wanted, by rising id: the last one that works, else the
/// last one that has begun, else the last one. Null where none is wanted.
const JobFolder* watched_job(std::span<const JobFolder> jobs,
                             const std::function<bool(const JobFolder&)>& is_wanted);

/// What a run's job works on as the study has it now.
struct WorkNow {
  RunWork work;
  std::int64_t samples = 0;  ///< that each voter is to have: of the splits, where they are known
};

/// What the job leaves to a run that exists (splits, voters) is that run's, and so is the data set:
/// it may have been renamed since the job began. Of any other run it is as the job says.
WorkNow work_now(RunWork work, std::span<const RunInfo> runs,
                 std::span<const DatasetInfo> datasets);

/// A run as the job says that works on it, or did last.
struct WatchedRun {
  JobFolder job;
  RunWork work;  ///< as work_now() has it
  LiveRun run;
};

/// Reads the study's jobs. Errors (bad input): the study keeps no job of this run.
Result<WatchedRun> watch_run(const Study& study, const std::string& run);

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/jobs/job_folder.h"

namespace plumbline {

/// How a job stands, in a word: "queued", "running", "paused", "finished", "failed", "cancelled";
/// of one whose process is gone without a word "interrupted". A literal, which ends where it ends.
std::string_view state_word(JobState state);

/// What a job has done, of all that its phase has to do, in `unit` of its log.
struct JobAmount {
  std::int64_t done = 0, total = 0;
};

/// The figures of a job, as the window's table and the command `jobs` have them.
struct JobFigures {
  std::optional<JobAmount> amount;      ///< nothing while it is queued, or where none is counted
  double share = 0;                     ///< 0 to 1; of a finished job 1, whatever it said last
  std::optional<double> per_second;     ///< of one that runs, where it is known
  std::optional<double> seconds_left;   ///< likewise, at that rate
  std::optional<double> seconds_taken;  ///< of one that is over
};
JobFigures figures_of(const JobFolder& job);

/// Of the jobs of a study, how many stand so.
struct JobCounts {
  std::int64_t running = 0;  ///< paused ones too
  std::int64_t queued = 0;
  std::int64_t finished = 0;
  std::int64_t failed = 0;  ///< interrupted ones too
  std::int64_t cancelled = 0;
};
JobCounts count_jobs(std::span<const JobFolder> jobs);

}  // namespace plumbline

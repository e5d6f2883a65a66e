#include "core/jobs/job_figures.h"

#include <algorithm>

namespace plumbline {

std::string_view state_word(JobState state) {
  switch (state) {
    case JobState::queued: return "queued";
    case JobState::running: return "running";
    case JobState::paused: return "paused";
    case JobState::finished: return "finished";
    case JobState::failed: return "failed";
    case JobState::cancelled: return "cancelled";
    case JobState::ended: return "interrupted";
  }
  return "unknown";
}

JobFigures figures_of(const JobFolder& job) {
  const JobLog& log = job.log();
  const JobState state = job.state();
  JobFigures figures;
  if (log.total > 0 && state != JobState::queued) {
    figures.amount = JobAmount{log.done, log.total};
    figures.share = std::min(1.0, static_cast<double>(log.done) / static_cast<double>(log.total));
  }
  // The last phase may have said nothing at its end.
  if (state == JobState::finished) figures.share = 1;
  if (state == JobState::running) {
    if (log.rate > 0) figures.per_second = log.rate;
    figures.seconds_left = log.eta_s;
  }
  if (is_over(state) && log.seconds > 0) figures.seconds_taken = log.seconds;
  return figures;
}

JobCounts count_jobs(std::span<const JobFolder> jobs) {
  JobCounts counts;
  for (const JobFolder& job : jobs) {
    switch (job.state()) {
      case JobState::queued: ++counts.queued; break;
      case JobState::running:
      case JobState::paused: ++counts.running; break;
      case JobState::finished: ++counts.finished; break;
      case JobState::failed:
      case JobState::ended: ++counts.failed; break;
      case JobState::cancelled: ++counts.cancelled; break;
    }
  }
  return counts;
}

}  // namespace plumbline

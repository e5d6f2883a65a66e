#pragma once
#include <cstddef>
#include <vector>

#include "core/jobs/job_log.h"
#include "core/metrics/proportion.h"
#include "core/types/voter.h"

namespace plumbline {

/// A voter's share of right labels so far, or of a detector the share of all objects that it finds,
/// at one number of samples after the other.
struct VoterCourse {
  std::size_t voter = 0;                 ///< its place in the run; 0 is the baseline
  std::vector<JobMetricPoint> points;    ///< `step`: samples; never empty
  std::vector<Interval> intervals = {};  ///< 95 %, of each point; of objects none

  /// What was computed before is one figure, not a course.
  bool is_level() const { return points.size() == 1; }
};

/// How a run's shares came to what they are, as its events say it: the Runs page draws it, and
/// `run --progress --course` prints it. A value.
struct RunCourse {
  bool of_objects = false;
  std::vector<VoterCourse> voters;   ///< those of which there is a figure, in the run's order
  std::vector<JobMetricPoint> mean;  ///< of the mean of all voters; empty: not known
};

/// `voters` in the run's order.
RunCourse run_course(const std::vector<Voter>& voters, const JobLog& log);

}  // namespace plumbline

#include "core/review/run_course.h"

#include <cmath>
#include <cstdint>

#include "core/review/live_run.h"

namespace plumbline {

namespace {

Interval interval_at(const JobMetricPoint& point) {
  const double hits = point.value * static_cast<double>(point.step);
  return wilson_interval(static_cast<std::int64_t>(std::llround(hits)), point.step);
}

}  // namespace

RunCourse run_course(const std::vector<Voter>& voters, const JobLog& log) {
  RunCourse course;
  course.of_objects = is_of_objects(log);
  for (std::size_t i = 0; i < voters.size(); ++i) {
    const auto* points = accuracy_curve(log, voters[i]);
    if (points == nullptr) continue;
    VoterCourse& own = course.voters.emplace_back(VoterCourse{i, *points});
    // How many objects a share is of is not known.
    if (course.of_objects) continue;
    for (const JobMetricPoint& point : own.points) own.intervals.push_back(interval_at(point));
  }
  if (const auto mean = log.metrics.find("accuracy/mean"); mean != log.metrics.end())
    course.mean = mean->second;
  return course;
}

}  // namespace plumbline

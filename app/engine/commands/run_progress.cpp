#include "app/engine/commands/run_progress.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/json_values.h"
#include "core/jobs/job_figures.h"
#include "core/review/live_run.h"
#include "core/review/run_course.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// The share of a detector's objects is called as its events call it.
std::string_view share_key(const LiveRun& run) { return run.of_objects ? "found" : "accuracy"; }

ordered_json progress_json(const std::string& name, const WatchedRun& watched) {
  const JobLog& log = watched.job.log();
  ordered_json json = {{"run", name},
                       {"dataset", watched.work.dataset},
                       {"splits", watched.work.splits},
                       {"job", watched.job.id()},
                       {"state", state_word(watched.job.state())},
                       {"done", log.done},
                       {"total", log.total},
                       {"unit", log.unit},
                       {"per_second", log.rate > 0 ? ordered_json(log.rate) : ordered_json()},
                       {"seconds_left", value_or_null(log.eta_s)},
                       {"seconds", log.seconds},
                       {"samples", watched.run.samples},
                       {"voters", ordered_json::array()}};
  for (const LiveVoter& voter : watched.run.voters)
    json["voters"].push_back({{"model", voter.voter.model},
                              {"view", to_string(voter.voter.view)},
                              {"samples", voter.samples},
                              {share_key(watched.run), value_or_null(voter.accuracy)},
                              {"half_width", value_or_null(voter.half_width)},
                              {"against_identity", value_or_null(voter.against_identity)},
                              {"ms_per_image", value_or_null(voter.ms_per_image)}});
  return json;
}

RunCourse course_of(const WatchedRun& watched) {
  std::vector<Voter> voters;
  for (const LiveVoter& voter : watched.run.voters) voters.push_back(voter.voter);
  return run_course(voters, watched.job.log());
}

/// `intervals`: of each point, or none.
ordered_json course_json(std::string_view share, const std::vector<JobMetricPoint>& points,
                         const std::vector<Interval>& intervals) {
  ordered_json json = ordered_json::array();
  for (std::size_t i = 0; i < points.size(); ++i) {
    ordered_json point = {{"samples", points[i].step}, {share, points[i].value}};
    if (i < intervals.size()) point["interval"] = {intervals[i].low, intervals[i].high};
    json.push_back(std::move(point));
  }
  return json;
}

/// Adds "course" to each voter, and "mean_course" of the mean of all; empty where none is known.
void add_course(ordered_json& json, const WatchedRun& watched) {
  const RunCourse course = course_of(watched);
  const std::string_view share = share_key(watched.run);
  for (ordered_json& voter : json["voters"]) voter["course"] = ordered_json::array();
  for (const VoterCourse& own : course.voters)
    json["voters"][own.voter]["course"] = course_json(share, own.points, own.intervals);
  json["mean_course"] = course_json(share, course.mean, {});
}

std::string percent_text(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f} %", 100 * *share) : "–";
}

void print_voters(const std::string& name, const WatchedRun& watched) {
  const JobLog& log = watched.job.log();
  fmt::print("{} on {} ({}): {}", visible_text(name), visible_text(watched.work.dataset),
             visible_text(fmt::format("{}", fmt::join(watched.work.splits, ", "))),
             state_word(watched.job.state()));
  // Of a job that is done the last phase alone would be said.
  if (log.total > 0 && watched.job.state() != JobState::finished)
    fmt::print(", {} of {} {}", log.done, log.total, visible_text(log.unit));
  if (log.rate > 0 && watched.job.state() == JobState::running)
    fmt::print(", {:.0f} per second", log.rate);
  if (log.eta_s && watched.job.state() == JobState::running)
    fmt::print(", {:.0f} s left", *log.eta_s);
  fmt::print("\n");
  for (const LiveVoter& voter : watched.run.voters)
    fmt::print("  {:32} {:>9} of {} samples, {} {}{}{}\n", visible_text(to_string(voter.voter)),
               voter.samples, watched.run.samples, share_key(watched.run),
               percent_text(voter.accuracy),
               voter.half_width ? fmt::format(" ± {:.1f}", 100 * *voter.half_width) : "",
               voter.against_identity
                   ? fmt::format(", {:+.1f} against identity", 100 * *voter.against_identity)
                   : "");
}

void print_course(const WatchedRun& watched) {
  const auto print_points = [&](const std::string& name, const std::vector<JobMetricPoint>& points,
                                const std::vector<Interval>& intervals) {
    if (points.empty()) return;
    fmt::print("{} of {}, so far:\n", share_key(watched.run), visible_text(name));
    for (std::size_t i = 0; i < points.size(); ++i) {
      fmt::print("  {:>9} samples, {:.1f} %", points[i].step, 100 * points[i].value);
      if (i < intervals.size())
        fmt::print(" ({:.1f} to {:.1f})", 100 * intervals[i].low, 100 * intervals[i].high);
      fmt::print("\n");
    }
  };
  const RunCourse course = course_of(watched);
  for (const VoterCourse& own : course.voters)
    print_points(to_string(watched.run.voters[own.voter].voter), own.points, own.intervals);
  print_points("the mean of all voters", course.mean, {});
}

}  // namespace

Result<void> print_progress(const std::string& folder, const std::string& run, bool json,
                            bool course) {
  const auto study = Study::open(folder, Access::read_only);
  TRY(study);
  const auto watched = watch_run(*study, run);
  TRY(watched);
  if (json) {
    ordered_json document = progress_json(run, *watched);
    if (course) add_course(document, *watched);
    fmt::print("{}\n", document.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
    return {};
  }
  print_voters(run, *watched);
  if (course) print_course(*watched);
  return {};
}

}  // namespace plumbline

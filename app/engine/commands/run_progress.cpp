#include "app/engine/commands/run_progress.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/json_values.h"
#include "core/jobs/job_figures.h"
#include "core/review/live_run.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// The share of a detector's objects is called as its events call it.
std::string_view share_key(const LiveRun& run) { return run.of_objects ? "found" : "accuracy"; }

ordered_json progress_json(const std::string& name, const WatchedRun& watched) {
  const JobLog& log = watched.job.log();
  ordered_json json = {{"run", name},
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

std::string percent_text(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f} %", 100 * *share) : "–";
}

void print_voters(const std::string& name, const WatchedRun& watched) {
  const JobLog& log = watched.job.log();
  fmt::print("{}: {}", visible_text(name), state_word(watched.job.state()));
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

}  // namespace

Result<void> print_progress(const std::string& folder, const std::string& run, bool json) {
  const auto study = Study::open(folder, Access::read_only);
  TRY(study);
  const auto watched = watch_run(*study, run);
  TRY(watched);
  if (json)
    fmt::print(
        "{}\n",
        progress_json(run, *watched).dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  else
    print_voters(run, *watched);
  return {};
}

}  // namespace plumbline

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/json_values.h"
#include "core/jobs/job_figures.h"
#include "core/study/study.h"
#include "core/types/count_text.h"
#include "core/types/shell_word.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

ordered_json job_json(const JobFolder& job) {
  const JobLog& log = job.log();
  const JobFigures figures = figures_of(job);
  const auto whole_or_null = [&](std::int64_t JobAmount::* part) {
    return figures.amount ? ordered_json((*figures.amount).*part) : ordered_json();
  };
  ordered_json json = {
      {"job", job.id()},
      {"kind", job.kind()},
      {"works_on", job.subject().known() ? to_json(job.subject()) : ordered_json()},
      {"command", job.command()},
      {"state", state_word(job.state())},
      {"phase", log.phase},
      {"done", whole_or_null(&JobAmount::done)},
      {"total", whole_or_null(&JobAmount::total)},
      {"unit", log.unit},
      {"share", figures.share},
      {"per_second", value_or_null(figures.per_second)},
      {"seconds_left", value_or_null(figures.seconds_left)},
      {"seconds_taken", value_or_null(figures.seconds_taken)},
      {"warning_count", log.warning_count},
      {"warnings", ordered_json::array()},
      {"failure", ordered_json()}};
  for (const JobWarning& warning : log.warnings)
    json["warnings"].push_back(
        {{"code", warning.code}, {"sample", warning.sample}, {"message", warning.message}});
  if (log.failure)
    json["failure"] = {{"code", log.failure->code},
                       {"message", log.failure->message},
                       {"hint", log.failure->hint}};
  return json;
}

void print_job(const JobFolder& job) {
  const JobLog& log = job.log();
  const JobFigures figures = figures_of(job);
  fmt::print("{}: {}", visible_text(job.id()), state_word(job.state()));
  if (!log.phase.empty()) fmt::print(", {}", visible_text(log.phase));
  if (figures.amount)
    fmt::print(", {} of {} {}", figures.amount->done, figures.amount->total,
               visible_text(log.unit));
  if (figures.per_second) fmt::print(", {:.1f} per second", *figures.per_second);
  if (figures.seconds_left) fmt::print(", {:.0f} s left", *figures.seconds_left);
  if (figures.seconds_taken) fmt::print(", took {:.1f} s", *figures.seconds_taken);
  if (log.warning_count > 0) fmt::print(", {}", count_text(log.warning_count, "warning"));
  fmt::print("\n");
  if (log.failure) fmt::print("  {}\n", visible_text(log.failure->message));
  std::string line = "  plumbline-engine";
  for (const std::string& word : job.command()) line += ' ' + shell_word(word);
  fmt::print("{}\n", visible_text(line));
}

Result<void> list_jobs(const std::string& folder, bool json) {
  const auto study = Study::open(folder, Access::read_only);
  TRY(study);
  const auto jobs = jobs_of(study->folder());
  const JobCounts counts = count_jobs(jobs);
  if (json) {
    ordered_json document = {{"running", counts.running},     {"queued", counts.queued},
                             {"finished", counts.finished},   {"failed", counts.failed},
                             {"cancelled", counts.cancelled}, {"jobs", ordered_json::array()}};
    for (const JobFolder& job : jobs) document["jobs"].push_back(job_json(job));
    fmt::print("{}\n", document.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
    return {};
  }
  for (const JobFolder& job : jobs) print_job(job);
  fmt::print("{} running, {} queued, {} finished, {} failed, {} cancelled\n", counts.running,
             counts.queued, counts.finished, counts.failed, counts.cancelled);
  return {};
}

}  // namespace

void add_jobs(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(
      "jobs", "the jobs that a study keeps: what each has done, of how much, at what rate");
  auto study = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("STUDY", *study, "the study's folder")->required();
  command->add_flag("--json", *json, "print JSON");
  command->footer(
      "The oldest comes first. A paused job counts as running, and one whose process is gone "
      "without a word, interrupted, as failed. Jobs are only read.");
  command->callback([&context, study, json] { context.result = list_jobs(*study, *json); });
}

}  // namespace plumbline

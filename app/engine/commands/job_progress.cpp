#include "app/engine/commands/job_progress.h"

#include <fmt/format.h>

#include "app/engine/commands/json_values.h"
#include "core/jobs/job_figures.h"
#include "core/types/visible_text.h"

namespace plumbline {

void add_job_progress(nlohmann::ordered_json& json, const JobFolder& job) {
  const JobLog& log = job.log();
  json["job"] = job.id();
  json["state"] = state_word(job.state());
  json["done"] = log.done;
  json["total"] = log.total;
  json["unit"] = log.unit;
  json["per_second"] = log.rate > 0 ? nlohmann::ordered_json(log.rate) : nlohmann::ordered_json();
  json["seconds_left"] = value_or_null(log.eta_s);
  json["seconds"] = log.seconds;
}

std::string job_progress_text(const JobFolder& job) {
  const JobLog& log = job.log();
  const JobFigures figures = figures_of(job);
  std::string text(state_word(job.state()));
  // Of a job that is done the last phase alone would be said.
  if (figures.amount && job.state() != JobState::finished)
    text += fmt::format(", {} of {} {}", figures.amount->done, figures.amount->total,
                        visible_text(log.unit));
  if (figures.per_second) text += fmt::format(", {:.0f} per second", *figures.per_second);
  if (figures.seconds_left) text += fmt::format(", {:.0f} s left", *figures.seconds_left);
  return text;
}

}  // namespace plumbline

#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"

namespace plumbline {

void add_job_flags(CLI::App& command, JobFlags& flags) {
  command.add_flag("--events", flags.events, "print events as JSON lines on standard output");
  command.add_flag("--quiet", flags.quiet, "no progress, no warnings on the terminal");
  command.add_option("--job", flags.job, "the job that was described for this command")->group("");
}

void note_job(CommandContext& context, const JobFlags& flags, const std::string& study,
              const std::string& kind) {
  context.study = study;
  context.job = flags.job;
  context.job_kind = kind;
}

Result<void> as_job(const JobOptions& options, const std::function<Result<void>()>& body) {
  if (options.id.empty()) return body();
  const auto work = [&](Job&) -> Result<nlohmann::ordered_json> {
    TRY(body());
    return nlohmann::ordered_json::object();
  };
  TRY(run_job(options, work));
  return {};
}

void close_described_job(const CommandContext& context) {
  if (context.job.empty() || context.result) return;
  JobOptions options{context.study, context.job_kind, context.words, false, true, context.job};
  // One that has begun has said its last word itself.
  if (auto job = Job::begin(options)) job->failed(context.result.error());
}

JobOptions job_options(const CommandContext& context, const JobFlags& flags,
                       const std::string& study, const std::string& kind, JobSubject subject) {
  return {study, kind, context.words, flags.events, flags.quiet, flags.job, std::move(subject)};
}

}  // namespace plumbline

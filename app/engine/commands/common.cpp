#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"
#include "core/types/number.h"

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

Result<void> as_job(const CommandContext& context, const JobFlags& flags, const std::string& study,
                    const std::string& kind, const std::function<Result<void>()>& body) {
  if (flags.job.empty()) return body();
  auto job = Job::begin(job_options(context, flags, study, kind));
  TRY(job);
  const auto result = body();
  if (result)
    job->finished(nlohmann::ordered_json::object());
  else
    job->failed(result.error());
  return result;
}

void close_described_job(const CommandContext& context) {
  if (context.job.empty() || context.result) return;
  JobOptions options{context.study, context.job_kind, context.words, false, true, context.job};
  // One that has begun has said its last word itself.
  if (auto job = Job::begin(options)) job->failed(context.result.error());
}

JobOptions job_options(const CommandContext& context, const JobFlags& flags,
                       const std::string& study, const std::string& kind) {
  return {study, kind, context.words, flags.events, flags.quiet, flags.job};
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto part = trimmed(std::string_view(text).substr(begin, end - begin));
    if (!part.empty()) parts.emplace_back(part);
    begin = end + 1;
  }
  return parts;
}

}  // namespace plumbline

#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "core/jobs/job.h"
#include "core/types/error.h"

namespace plumbline {

/// What the commands share. A command's callback leaves its outcome in `result`.
struct CommandContext {
  std::vector<std::string> words;  ///< the command line, for job.json
  Result<void> result;
  /// Of a job that was described before (--job): what goes wrong before it begins is its last word.
  std::filesystem::path study;
  std::string job, job_kind;
};

/// Each adds its command (DESIGN 4) with options and callback.
void add_demo(CLI::App& app, CommandContext& context);
void add_doctor(CLI::App& app, CommandContext& context);
void add_import(CLI::App& app, CommandContext& context);
void add_import_model(CLI::App& group, CommandContext& context);
void add_run(CLI::App& app, CommandContext& context);
void add_train(CLI::App& app, CommandContext& context);
void add_decide(CLI::App& app, CommandContext& context);
void add_compare(CLI::App& app, CommandContext& context);
void add_apply(CLI::App& app, CommandContext& context);
void add_export(CLI::App& app, CommandContext& context);
void add_explain(CLI::App& app, CommandContext& context);
/// Images with boxes for those who have none: the demo is made so.
void add_scenes(CLI::App& app, CommandContext& context);
void add_remove(CLI::App& app, CommandContext& context);
void add_rename(CLI::App& app, CommandContext& context);
void add_relink(CLI::App& app, CommandContext& context);
void add_usage(CLI::App& app, CommandContext& context);
/// What a study's jobs have done and how they stand.
void add_jobs(CLI::App& app, CommandContext& context);
void add_merge(CLI::App& app, CommandContext& context);
/// `evaluate` and the commands below it, which its table names.
void add_evaluate(CLI::App& app, CommandContext& context);
void add_evaluate_classification(CLI::App& evaluate, CommandContext& context);
void add_evaluate_detection(CLI::App& evaluate, CommandContext& context);
/// `fuse` and the commands below it.
void add_fuse(CLI::App& app, CommandContext& context);
/// `planer` and the commands below it.
void add_planer(CLI::App& app, CommandContext& context);
void add_planer_import(CLI::App& planer, CommandContext& context);
void add_planer_profile(CLI::App& planer, CommandContext& context);
void add_planer_train(CLI::App& planer, CommandContext& context);
void add_planer_search(CLI::App& planer, CommandContext& context);
void add_planer_sweep(CLI::App& planer, CommandContext& context);
void add_planer_evaluate(CLI::App& planer, CommandContext& context);
void add_planer_networks(CLI::App& planer, CommandContext& context);
void add_planer_front(CLI::App& planer, CommandContext& context);
void add_planer_export(CLI::App& planer, CommandContext& context);

/// Options of every command that is a job.
struct JobFlags {
  bool events = false, quiet = false;
  std::string job;
};
void add_job_flags(CLI::App& command, JobFlags& flags);
/// To be called before the command's work begins.
void note_job(CommandContext& context, const JobFlags& flags, const std::string& study,
              const std::string& kind);
/// Runs a short command as a job of its own where it was described as one.
Result<void> as_job(const JobOptions& options, const std::function<Result<void>()>& body);
/// Writes the last word of a job that was described and failed before it began.
void close_described_job(const CommandContext& context);
/// `subject`: what the job works on, as the options that were read say it.
JobOptions job_options(const CommandContext& context, const JobFlags& flags,
                       const std::string& study, const std::string& kind, JobSubject subject);

}  // namespace plumbline

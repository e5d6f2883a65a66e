#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/resumed_words.h"
#include "core/engine/planer_requests.h"
#include "core/planer/cost_kind.h"

/// Options that several of the commands `planer …` have, with their ranges.
namespace plumbline {

/// What each of these commands is asked for besides its own options.
struct PlanerCommon {
  std::string study;
  bool json = false;
  JobFlags flags;
};

/// --json and the flags of a job.
void add_planer_flags(CLI::App& command, PlanerCommon& common);

/// --text, --tokens, --words.
void add_text_options(CLI::App& command, PlanerTextRequest& text, const std::string& what);
/// Error (usage) where --words stands without --tokens words.
Result<void> check_text(const PlanerTextRequest& text);
/// --steps, --batch, --length, --memory, --seed, --learning-rate, --precision, --device,
/// --distill, --validation-tokens. `teacher`: the network that --distill learns from, as its help
/// says it.
void add_course_options(CLI::App& command, PlanerCourseRequest& course, const std::string& steps,
                        const std::string& teacher);
/// --batch, --length, --memory and --precision of the step whose latency counts. With a prefix
/// "latency-" where the plain names are the training's; without one it has --device too.
void add_shape_options(CLI::App& command, PlanerShapeRequest& shape,
                       const std::string& prefix = {});

/// An option for a whole number; one out of the range is an error that names option and range.
CLI::Option* add_count(CLI::App& command, const std::string& name, std::int64_t& value,
                       std::int64_t least, std::int64_t most, const std::string& text);

/// Fractions of the baseline's cost as in "0.3,0.5", each from 0.01 to 1. Errors (usage): no
/// number, out of range, twice.
Result<std::vector<double>> parse_targets(const std::vector<std::string>& words, CostKind cost);
/// Whole numbers as in "1,8,32", each from 1 to 65,536. `option`: its name in errors.
Result<std::vector<std::int64_t>> parse_counts(const std::string& text, const std::string& option);

/// Error where there is no built-in configuration of that name and no file (usage), or the file is
/// wrong (bad input).
/// An empty name is right: no configuration is asked for.
Result<void> check_config(const std::string& name_or_file);
/// Error (usage) that names the options which `command` needs and which were not given.
Result<void> check_given(const std::string& command,
                         const std::vector<std::pair<std::string, bool>>& needed);

/// Adds a command's callback: `body` is called with its name ("train") noted as the job's kind, and
/// what it returns is the outcome.
template <class Options, class Body>
void on_planer_command(CLI::App& command, CommandContext& context,
                       const std::shared_ptr<Options>& options, Body body) {
  command.callback([&command, &context, options, body] {
    const PlanerCommon& common = options->common;
    note_job(context, common.flags, common.study, "planer-" + command.get_name());
    context.result = body(*options, context);
  });
}

/// The same for a command that --resume goes on: what it began has its words, and `name_of` gives
/// the name among its options. --resume is taken from the command itself.
template <class Options, class Body, class Name>
void on_resumed_planer_command(CLI::App& command, CommandContext& context,
                               const std::shared_ptr<Options>& options, ResumedWork work, Body body,
                               Name name_of) {
  command.callback([&command, &context, options, work = std::move(work), body, name_of] {
    const PlanerCommon& common = options->common;
    note_job(context, common.flags, common.study, "planer-" + command.get_name());
    const bool resumes = command.get_option("--resume")->count() > 0 && !common.study.empty();
    if (resumes)
      context.result =
          take_words_of_start(command, work, common.study, name_of(*options), context.words);
    if (context.result) context.result = body(*options, context);
  });
}

}  // namespace plumbline

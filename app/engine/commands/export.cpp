#include <memory>

#include <fmt/format.h>

#include "app/engine/commands/commands.h"
#include "core/data/atomic_file.h"
#include "core/decision/default_voters.h"
#include "core/review/export_run.h"
#include "core/study/decide_run.h"
#include "core/study/run_gaps.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

struct ExportOptions {
  std::string study, run, what, format = "csv", out, policy = "mcp", split;
};

Result<void> export_run(const ExportOptions& options) {
  const auto study = Study::open(options.study, Access::read_only);
  TRY(study);
  const auto run = find_run(*study, options.run);
  TRY(run);
  const auto gaps = gaps_of(*study, *run);
  TRY(gaps);
  const std::string missing = to_text(*gaps, *run);
  if (gaps->there == 0) return bad_input("there is nothing to export: " + missing, options.study);
  // What is exported has empty fields there; whoever has asked for it is told.
  if (!missing.empty()) fmt::print(stderr, "warning: {}\n", visible_text(missing));
  const auto format = options.format == "json" ? ExportFormat::json : ExportFormat::csv;
  Result<std::int64_t> rows = 0;
  if (options.what == "predictions") {
    rows = export_predictions(*study, *run, format, options.out);
  } else {
    const auto split = choose_split(*run, options.split);
    TRY(split);
    const auto voters = default_voters(run->voters);
    auto written = parse_policy(options.policy, voters.size());
    TRY(written);
    const auto policy = bind(std::move(*written));
    TRY(policy);
    const auto votes = load_votes(*study, *run, *split);
    TRY(votes);
    const auto decisions = decide_run(*study, *run, *split, *votes, voters, *policy);
    TRY(decisions);
    rows = export_decisions(*study, *run, *split, *votes, voters, *decisions,
                            options.what == "failures", format, options.out);
  }
  TRY(rows);
  // What is exported may itself go to standard output, where nothing else belongs then.
  fmt::print(is_standard_output(options.out) ? stderr : stdout, "{}: {} rows\n",
             visible_text(options.out), *rows);
  return {};
}

}  // namespace

void add_export(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("export", "predictions, decisions or failures as a file");
  auto options = std::make_shared<ExportOptions>();
  command->add_option("STUDY", options->study, "the study's folder")->required();
  command->add_option("--run", options->run, "run, or the name of imported predictions")->required();
  command->add_option("--what", options->what, "predictions, failures or decisions")
      ->required()
      ->check(CLI::IsMember({"predictions", "failures", "decisions"}));
  command->add_option("--format", options->format, "csv or json")
      ->check(CLI::IsMember({"csv", "json"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->out, "the file to write; - is standard output")->required();
  command->add_option("--policy", options->policy, "for failures and decisions")
      ->capture_default_str();
  command->add_option("--split", options->split,
                      "for failures and decisions, where a run has several");
  command->callback([&context, options] { context.result = export_run(*options); });
}

}  // namespace plumbline

#include <memory>

#include <fmt/format.h>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/run_detections.h"
#include "core/data/atomic_file.h"
#include "core/review/export_run.h"
#include "core/review/review_kind.h"
#include "core/study/decide_run.h"
#include "core/study/run_gaps.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

struct ExportOptions {
  std::string study, run, what, format = "csv", out, policy = "mcp", split, voters;
  std::string fusion, ground_truth;
  double score = 0.25;
};

/// A run of detectors: without a policy, since what is judged is what one voter found, or what all
/// of them do once they are fused.
Result<std::int64_t> export_boxes(const Study& study, const RunInfo& run,
                                  const ExportOptions& options) {
  auto detections =
      read_run_detections(study, run, options.split, options.voters, options.ground_truth);
  TRY(detections);
  const std::string what = options.what == "predictions" ? "detections" : options.what;
  return export_detections(std::move(*detections),
                           {what, options.format, options.out, options.fusion, options.score});
}

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
  std::string deciding;
  const auto boxes = gives_boxes(*study, *run);
  TRY(boxes);
  const bool of_boxes = options.what == "detections" || options.what == "ledger";
  if (of_boxes || (*boxes && options.what != "decisions")) {
    rows = export_boxes(*study, *run, options);
  } else if (options.format == "coco") {
    return usage_error("the format is for detections", "--format coco", "csv or json");
  } else if (options.what == "predictions") {
    rows = export_predictions(*study, *run, format, options.out);
  } else {
    const auto split = choose_split(*run, options.split);
    TRY(split);
    const auto voters = choose_voters(*run, options.voters);
    TRY(voters);
    const auto kind = review_kind_of(*study, *run);
    TRY(kind);
    auto written = parse_policy(options.policy, voters->size());
    TRY(written);
    TRY(check_suits(*written, (*kind)->name));
    const auto policy = bind(std::move(*written));
    TRY(policy);
    const auto source = (*kind)->open(*study, *run, *split);
    TRY(source);
    const auto reviewed = (*source)->decide(*policy, *voters);
    TRY(reviewed);
    rows = export_reviewed(*study, *run, *split, **source, **reviewed, *voters,
                           options.what == "failures", format, options.out);
    deciding = fmt::format("  decided by {}\n", voter_names(*run, *voters));
  }
  TRY(rows);
  // What is exported may itself go to standard output, where nothing else belongs then.
  fmt::print(is_standard_output(options.out) ? stderr : stdout, "{}: {} rows\n{}",
             visible_text(options.out), *rows, deciding);
  return {};
}

}  // namespace

void add_export(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(
      "export", "predictions, decisions, failures, detections or a ledger of objects as a file");
  auto options = std::make_shared<ExportOptions>();
  command->add_option("STUDY", options->study, "the study's folder")->required();
  command->add_option("--run", options->run, "run, or the name of imported predictions")
      ->required();
  command
      ->add_option(
          "--what", options->what,
          "predictions, failures or decisions; of detectors also detections, or the ledger of "
          "objects: found by which voters, or why not")
      ->required()
      ->check(CLI::IsMember({"predictions", "failures", "decisions", "detections", "ledger"}));
  command
      ->add_option(
          "--format", options->format,
          "csv or json; of detectors also coco: results, or of the ledger the objects that "
          "are undetected")
      ->check(CLI::IsMember({"csv", "json", "coco"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->out, "the file to write; - is standard output")
      ->required();
  command->add_option("--policy", options->policy, "for failures and decisions")
      ->capture_default_str();
  command->add_option("--split", options->split,
                      "for failures and decisions, where a run has several");
  command->add_option(
      "--voters", options->voters,
      "for failures and decisions: MODEL:VIEW,… of the run's voters; left out, those "
      "of the identity view where every model has every view, else all");
  command->add_option("--fusion", options->fusion,
                      "of detectors: how voters become one (default wbf where there are several; "
                      "detections are written as each voter has them)");
  command
      ->add_option("--score", options->score,
                   "of detectors, for failures and ledger: accepted are detections of at least "
                   "this score")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--ground-truth", options->ground_truth,
                      "of detectors: COCO's instances JSON whose numbers of images and classes are "
                      "written (default: those in the files' names, and COCO's for its classes)");
  command->callback([&context, options] { context.result = export_run(*options); });
}

}  // namespace plumbline

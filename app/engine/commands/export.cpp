#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/run_detections.h"
#include "core/data/atomic_file.h"
#include "core/decision/default_voters.h"
#include "core/decision/policies/cost_matrix.h"
#include "core/review/export_run.h"
#include "core/review/review_kind.h"
#include "core/study/condition.h"
#include "core/study/decide_run.h"
#include "core/study/deployed_decision.h"
#include "core/study/run_dataset.h"
#include "core/study/run_gaps.h"
#include "core/types/count_text.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

struct ExportOptions {
  std::string study, run, what, format = "csv", out, policy, split, voters, decision, condition;
  std::string fusion, ground_truth;
  double score = 0.25;
};

/// A policy with the voters that it decides by: as it is written, or a decision that was saved.
struct ExportPolicy {
  std::vector<std::size_t> voters;
  BoundPolicy policy;
};

Result<ExportPolicy> export_policy(const Study& study, const RunInfo& run,
                                   const ExportOptions& options, const ReviewKind& kind) {
  std::string named = options.voters;
  std::optional<BoundPolicy> saved;
  if (!options.decision.empty()) {
    const auto decision = study.decision(options.decision);
    TRY(decision);
    named.clear();
    for (const Voter& voter : decision->voters)
      named += (named.empty() ? "" : ",") + to_string(voter);
    saved = decision->policy;
  }
  auto voters = choose_voters(run, named);
  TRY(voters);
  if (saved) return ExportPolicy{std::move(*voters), std::move(*saved)};
  auto written = parse_policy(options.policy.empty() ? "mcp" : options.policy, voters->size());
  TRY(written);
  TRY(check_suits(*written, kind.name));
  auto bound = bind(std::move(*written));
  TRY(bound);
  return ExportPolicy{std::move(*voters), std::move(*bound)};
}

Result<void> export_deployment(const ExportOptions& options) {
  const auto study = Study::open(options.study, Access::read_only);
  TRY(study);
  const auto decision = deployed_decision(*study, options.decision);
  TRY(decision);
  TRY(write_decision_bundle(*decision, options.out));
  fmt::print("{}: the decision '{}' with {} model{}; plumbline-engine apply reads it\n",
             visible_text(options.out), visible_text(decision->name), decision->models.size(),
             decision->models.size() == 1 ? "" : "s");
  return {};
}

/// The matrix that a saved decision has, or 1 for every error: to be edited, and read by --costs.
Result<void> export_costs(const ExportOptions& options) {
  if (options.format != "csv")
    return usage_error("a cost matrix is written as CSV", "--format " + options.format, "csv");
  const auto study = Study::open(options.study, Access::read_only);
  TRY(study);
  std::string named = options.run;
  std::vector<double> costs;
  if (!options.decision.empty()) {
    const auto decision = study->decision(options.decision);
    TRY(decision);
    named = decision->run;
    const auto learned = decision->policy.learned["costs"];
    costs.assign(learned.begin(), learned.end());
  }
  const auto run = find_run(*study, named);
  TRY(run);
  const auto own = dataset_of_run(*study, *run);
  TRY(own);
  CostMatrix matrix = plain_costs(own->classes);
  if (costs.size() == matrix.costs.size()) matrix.costs = std::move(costs);
  TRY(write_output(options.out, to_csv(matrix)));
  fmt::print(is_standard_output(options.out) ? stderr : stdout, "{}: costs of {}\n",
             visible_text(options.out),
             count_text(static_cast<std::int64_t>(matrix.size()), "class", "classes"));
  return {};
}

/// A run of detectors: without a policy, since what is judged is what one voter found, or what
/// several do once they are fused; `deciding` says which. Of detections that nobody fuses there are
/// all voters'.
Result<std::int64_t> export_boxes(const Study& study, const RunInfo& run,
                                  const ExportOptions& options, std::string& deciding) {
  const std::string what = options.what == "predictions" ? "detections" : options.what;
  const bool are_judged = what != "detections" || !options.fusion.empty();
  auto detections = read_run_detections(study, run, options.split, options.voters,
                                        are_judged ? UnnamedVoters::deciding : UnnamedVoters::all,
                                        options.ground_truth);
  TRY(detections);
  // A study keeps no numbers of images and classes: which ones are written is said, not left to
  // guess.
  if (options.format == "coco" && options.ground_truth.empty()) {
    const auto places = [](const auto& entries) {
      for (std::size_t i = 0; i < entries.size(); ++i)
        if (entries[i].id.number != static_cast<std::int64_t>(i) + 1) return false;
      return true;
    };
    fmt::print(stderr,
               "warning: images are numbered by {}, classes by {}; with --ground-truth F.json they "
               "have the numbers of that file\n",
               places(detections->truth.images) ? "their positions, from 1" : "their files' names",
               places(detections->truth.categories) ? "their positions, from 1" : "COCO's numbers");
  }
  if (are_judged)
    deciding = fmt::format("  decided by {}\n", visible_text(voter_names(run, detections->chosen)));
  return export_detections(std::move(*detections),
                           {what, options.format, options.out, options.fusion, options.score});
}

Result<void> export_run(const ExportOptions& options) {
  const auto study = Study::open(options.study, Access::read_only);
  TRY(study);
  std::string named = options.run;
  if (named.empty()) {
    const auto decision = study->decision(options.decision);
    TRY(decision);
    named = decision->run;
  }
  const auto found = find_run(*study, named);
  TRY(found);
  const auto condition = choose_condition(*found, options.condition);
  TRY(condition);
  const Result<RunInfo> run = under(*found, *condition);
  // What is exported of the run: all of its splits, or the one that is named.
  RunInfo part = *run;
  if (!options.split.empty()) {
    auto split = choose_split(*study, *run, options.split);
    TRY(split);
    part.splits = {std::move(*split)};
  }
  const auto gaps = gaps_of(*study, part);
  TRY(gaps);
  const std::string missing = to_text(*gaps, part);
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
    rows = export_boxes(*study, *run, options, deciding);
  } else if (options.format == "coco") {
    return usage_error("the format is for detections", "--format coco", "csv or json");
  } else if (options.what == "predictions") {
    rows = export_predictions(*study, part, format, options.out);
  } else {
    const auto split = choose_split(*study, *run, options.split);
    TRY(split);
    const auto kind = review_kind_of(*study, *run);
    TRY(kind);
    const auto by = export_policy(*study, *run, options, **kind);
    TRY(by);
    const auto source = (*kind)->open(*study, *run, *split);
    TRY(source);
    const auto reviewed = (*source)->decide(by->policy, by->voters);
    TRY(reviewed);
    rows = export_reviewed(*study, *run, *split, **source, **reviewed, by->voters,
                           options.what == "failures", format, options.out);
    deciding = fmt::format("  decided by {}\n", visible_text(voter_names(*run, by->voters)));
  }
  TRY(rows);
  // What is exported may itself go to standard output, where nothing else belongs then.
  fmt::print(is_standard_output(options.out) ? stderr : stdout, "{}: {}\n{}",
             visible_text(options.out), count_text(*rows, "row"), deciding);
  return {};
}

Result<void> check_export(const ExportOptions& options) {
  const bool deployment = options.what == "deployment";
  if (deployment && options.decision.empty())
    return usage_error("only a saved decision can be deployed", "--decision", "name it");
  if (deployment && is_standard_output(options.out))
    return usage_error("a deployment must be a folder", "--output",
                       "name one that does not exist yet");
  if (!deployment && options.run.empty() && options.decision.empty())
    return usage_error("a run is needed", "--run", "export --help");
  if (!options.decision.empty() && !(options.policy.empty() && options.voters.empty()))
    return usage_error("a saved decision has its own policy and voters", "--decision",
                       "leave out --policy and --voters");
  if (options.what == "predictions" && !options.decision.empty())
    return usage_error("predictions do not depend on a decision", "--decision", "leave it out");
  return {};
}

}  // namespace

void add_export(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(
      "export", "predictions, decisions, failures, detections or a ledger of objects as a file");
  auto options = std::make_shared<ExportOptions>();
  command->add_option("STUDY", options->study, "the study's folder")->required();
  command->add_option("--run", options->run,
                      "run, or the name of imported predictions; with --decision its run");
  command
      ->add_option(
          "--what", options->what,
          "predictions, failures, decisions, deployment (a saved decision with its models in "
          "one folder, for plumbline-engine apply on another machine) or costs (a cost "
          "matrix as CSV, for decide --costs); of detectors also detections, or the ledger "
          "of objects: found by which voters, or why not")
      ->required()
      ->check(CLI::IsMember(
          {"predictions", "failures", "decisions", "deployment", "costs", "detections", "ledger"}));
  command
      ->add_option(
          "--format", options->format,
          "csv or json; of detectors also coco: results, or of the ledger the objects that "
          "are undetected")
      ->check(CLI::IsMember({"csv", "json", "coco"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->out, "the file to write; - is standard output")
      ->required();
  command->add_option("--policy", options->policy, "for failures and decisions (default: mcp)");
  command->add_option("--decision", options->decision,
                      "for failures and decisions, in place of a policy, and for deployment: one "
                      "that was saved, as it is");
  command->add_option("--condition", options->condition,
                      "what the run's voters gave under one of its conditions");
  command->add_option("--split", options->split,
                      "for failures and decisions, where a run has several");
  command->add_option(
      "--voters", options->voters,
      fmt::format(
          "for failures and decisions, and of detectors for ledger and --fusion: MODEL:VIEW,… "
          "of the run's voters; left out, {}; detections that are not fused are written of all",
          default_voters_words));
  command->add_option("--fusion", options->fusion,
                      "of detectors: how voters become one (default wbf where there are several; "
                      "detections are written as each voter has them)");
  command
      ->add_option(
          "--score", options->score,
          "of detectors, for failures and ledger: detections of at least this score are accepted")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--ground-truth", options->ground_truth,
                      "of detectors: COCO's instances JSON whose numbers of images and classes are "
                      "written (default: those in the files' names, and COCO's for its classes)");
  command->callback([&context, options] {
    context.result = check_export(*options);
    if (context.result)
      context.result = options->what == "deployment" ? export_deployment(*options)
                       : options->what == "costs"    ? export_costs(*options)
                                                     : export_run(*options);
  });
}

}  // namespace plumbline

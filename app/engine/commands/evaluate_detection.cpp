#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/fusion_options.h"
#include "app/engine/commands/heeded_options.h"
#include "app/engine/commands/judged_detections.h"
#include "core/data/atomic_file.h"
#include "core/data/coco_json.h"
#include "core/detection/detection_files.h"
#include "core/detection/pr_curves.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

struct DetectionOptions {
  std::string ground_truth, detections, fusion, ledger, ledger_format = "csv", curves;
  JudgingOptions judging;
  bool json = false;
};

Result<void> evaluate_detection(const DetectionOptions& options) {
  const auto format = ledger_format(options.ledger_format);
  TRY(format);
  auto truth = read_coco_truth(options.ground_truth);
  TRY(truth);
  print_notes(options.ground_truth, truth->notes);
  auto voters = read_voters(options.detections, *truth);
  TRY(voters);
  const auto made = judge_detections(std::move(*truth), std::move(*voters), options.fusion,
                                     options.judging.score);
  TRY(made);
  const JudgedDetections& judged = *made;
  if (!options.ledger.empty())
    TRY(write_file_atomically(options.ledger, ledger_text(judged.truth, judged.result,
                                                          judged.voters, judged.ledger, *format)));
  if (!options.curves.empty())
    TRY(write_file_atomically(options.curves, pr_curves_csv(judged.truth, judged.coco)));
  if (options.json)
    fmt::print("{}\n", detection_json(judged, options.judging)
                           .dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  else
    print_judged(judged, options.judging);
  return {};
}

}  // namespace

void add_evaluate_detection(CLI::App& evaluate, CommandContext& context) {
  auto* command = evaluate.add_subcommand(
      "detection", "COCO's figures, TIDE, LRP and undetected objects of detections in files");
  auto options = std::make_shared<DetectionOptions>();
  command->add_option("--ground-truth", options->ground_truth, "COCO's instances JSON");
  command->add_option("--detections", options->detections,
                      "COCO's results JSON; several, separated by commas, are voters");
  command->add_option("--fusion", options->fusion,
                      "how voters become one: name or name(parameter=value,…) ('list' prints them; "
                      "default wbf where there are several)");
  command
      ->add_option(
          "--score", options->judging.score,
          "detections of at least this score are accepted; COCO's figures and TIDE use all")
      ->capture_default_str();
  command->add_flag("--corrected", options->judging.corrected,
                    "besides pycocotools' figures, those by COCO's own definition, and which "
                    "objects make the difference");
  command->add_flag("--intervals", options->judging.intervals,
                    "95 % intervals of COCO's figures and counts, by resampling images");
  command->add_option("--resamples", options->judging.resamples, "number of resamples")
      ->check(CLI::Range(10, 100'000))
      ->capture_default_str();
  command->add_option("--seed", options->judging.seed, "seed of the resamples")
      ->capture_default_str();
  command->add_flag("--per-class", options->judging.per_class, "one row per class, in the JSON");
  command->add_option(
      "--ledger", options->ledger,
      "writes each object: found by which voters, best overlap and score, and why not");
  command
      ->add_option("--ledger-format", options->ledger_format,
                   "csv, json (detections too) or coco (undetected objects only)")
      ->capture_default_str();
  command->add_option("--curves", options->curves,
                      "writes precision over recall of each class, size and threshold, as CSV");
  command->add_flag("--json", options->json, "print JSON");
  command->callback([&context, options, command] {
    if (options->fusion == "list") {
      context.result = check_heeded(*command, "--fusion list", "only lists the fusions");
      if (context.result) print_fusions();
      return;
    }
    if (options->ground_truth.empty() || options->detections.empty())
      context.result = usage_error("--ground-truth and --detections are needed",
                                   "evaluate detection", "evaluate detection --help");
    else if (options->judging.per_class && !options->json)
      context.result =
          usage_error("rows of classes are in the JSON alone", "--per-class", "add --json");
    else
      context.result = evaluate_detection(*options);
  });
}

}  // namespace plumbline

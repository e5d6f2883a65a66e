#include <memory>

#include <fmt/format.h>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/fusion_options.h"
#include "app/engine/commands/heeded_options.h"
#include "app/engine/commands/run_detections.h"
#include "core/data/atomic_file.h"
#include "core/data/coco_json.h"
#include "core/decision/default_voters.h"
#include "core/detection/detection_files.h"
#include "core/study/decide_run.h"
#include "core/study/run_gaps.h"
#include "core/types/count_text.h"
#include "core/types/list_text.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

struct FuseBoxesOptions {
  std::string detections, fusion = "wbf", ground_truth, output;
};

/// The images' sizes and the classes' names, where a file has them; else what the detections name.
Result<BoxDataset> fused_images(const FuseBoxesOptions& options) {
  if (!options.ground_truth.empty()) return read_coco_truth(options.ground_truth);
  std::vector<std::filesystem::path> files;
  for (const std::string& file : split_list(options.detections)) files.emplace_back(file);
  return images_of_results(files);
}

Result<void> fuse_boxes(const FuseBoxesOptions& options) {
  const auto fusion = parse_fusion(options.fusion);
  TRY(fusion);
  const auto images = fused_images(options);
  TRY(images);
  const auto voters = read_voters(options.detections, *images);
  TRY(voters);
  const auto bound = bind_fusion(*fusion, voters->size(), images->categories);
  TRY(bound);
  const FusedDetections fused = fuse_detections(*images, *voters, *bound);
  TRY(write_file_atomically(options.output, coco_results_text(*images, fused.set)));
  std::size_t before = 0;
  for (const DetectionSet& voter : *voters) before += voter.boxes.size();
  fmt::print("{}: {} of {} became {} by {}\n", options.output,
             count_text(static_cast<std::int64_t>(before), "box", "boxes"),
             count_text(std::ssize(*voters), "voter"), fused.set.boxes.size(), to_string(*fusion));
  return {};
}

struct FuseRunOptions {
  std::string study, run, fusion = "wbf", split, voters;
  JudgingOptions judging;
  bool json = false;
};

/// A run's voters as one, held against the objects of a split.
Result<void> fuse_run(const FuseRunOptions& options) {
  const auto study = Study::open(options.study, Access::read_only);
  TRY(study);
  const auto run = find_run(*study, options.run);
  TRY(run);
  const auto gaps = gaps_of(*study, *run);
  TRY(gaps);
  if (const std::string missing = to_text(*gaps, *run); !missing.empty())
    fmt::print(stderr, "warning: {}\n", visible_text(missing));
  auto detections =
      read_run_detections(*study, *run, options.split, options.voters, UnnamedVoters::deciding, "");
  TRY(detections);
  const std::string names = voter_names(*run, detections->chosen);
  const auto judged = judge_detections(std::move(detections->truth), std::move(detections->voters),
                                       options.fusion, options.judging.score);
  TRY(judged);
  if (options.json) {
    fmt::print("{}\n", detection_json(*judged, options.judging)
                           .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    // As decide does: whoever left the choice to us reads it here.
    if (options.voters.empty() && detections->chosen.size() < run->voters.size())
      fmt::print(stderr, "decided by {} (--voters chooses others)\n", visible_text(names));
  } else {
    print_judged(*judged, options.judging);
    fmt::print("  decided by {}\n", visible_text(names));
  }
  return {};
}

}  // namespace

void add_fuse(CLI::App& app, CommandContext& context) {
  auto* group = app.add_subcommand("fuse", "several detectors' boxes become one list");
  group->require_subcommand(0, 1);
  auto run = std::make_shared<FuseRunOptions>();
  group->add_option("STUDY", run->study, "the study's folder");
  group->add_option("--run", run->run, "a run of detectors");
  group->add_option("--fusion", run->fusion, "name or name(parameter=value,…) ('list' prints them)")
      ->capture_default_str();
  group->add_option("--split", run->split, "where the run has several");
  group->add_option("--voters", run->voters,
                    fmt::format("MODEL:VIEW,… of the run's; left out, {}", default_voters_words));
  group
      ->add_option(
          "--score", run->judging.score,
          "detections of at least this score are accepted; COCO's figures and TIDE use all")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  group->add_flag("--intervals", run->judging.intervals,
                  "95 % intervals of COCO's figures and counts, by resampling images");
  group->add_flag("--per-class", run->judging.per_class, "one row per class, in the JSON");
  group->add_flag("--json", run->json, "print JSON");
  group->callback([&context, group, run] {
    if (!group->get_subcommands().empty()) return;
    if (run->fusion == "list") {
      context.result = check_heeded(*group, "--fusion list", "only lists the fusions");
      if (context.result) print_fusions();
      return;
    }
    if (run->study.empty() || run->run.empty())
      context.result = usage_error("STUDY and --run are needed", "fuse", "fuse --help");
    else if (run->judging.per_class && !run->json)
      context.result =
          usage_error("rows of classes are in the JSON alone", "--per-class", "add --json");
    else
      context.result = fuse_run(*run);
  });
  auto* boxes = group->add_subcommand("boxes", "from files to COCO results: no study is needed");
  auto options = std::make_shared<FuseBoxesOptions>();
  boxes->add_option("--detections", options->detections,
                    "COCO's results JSON of each voter, separated by commas");
  boxes
      ->add_option("--fusion", options->fusion,
                   "name or name(parameter=value,…) ('list' prints them)")
      ->capture_default_str();
  boxes->add_option("--ground-truth", options->ground_truth,
                    "COCO's instances JSON: boxes are clipped to the sizes of its images, and "
                    "class weights use its names");
  boxes->add_option("-o,--output", options->output, "the file to write");
  boxes->callback([&context, options, boxes] {
    if (options->fusion == "list") {
      context.result = check_heeded(*boxes, "--fusion list", "only lists the fusions");
      if (context.result) print_fusions();
      return;
    }
    if (options->detections.empty() || options->output.empty())
      context.result =
          usage_error("--detections and -o are needed", "fuse boxes", "fuse boxes --help");
    else
      context.result = fuse_boxes(*options);
  });
}

}  // namespace plumbline

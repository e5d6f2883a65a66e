#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"
#include "core/review/judge_ahead.h"
#include "core/study/merge_study.h"
#include "core/types/count_text.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

struct MergeOptions {
  std::string study;
  std::vector<std::string> from;
  bool json = false;
};

/// Adds what one merge did to what others have.
void add(MergedPredictions& sum, const MergedPredictions& merged) {
  sum.manifests += merged.manifests;
  sum.files += merged.files;
  sum.added += merged.added;
  sum.predictions += merged.predictions;
  sum.known += merged.known;
  for (const auto& [voter, count] : merged.by_voter) sum.by_voter[voter] += count;
  sum.warnings.insert(sum.warnings.end(), merged.warnings.begin(), merged.warnings.end());
}

ordered_json summary_of(const MergedStudy& merged) {
  const MergedPredictions& sum = merged.predictions;
  ordered_json voters = ordered_json::array();
  for (const auto& [voter, count] : sum.by_voter)
    voters.push_back({{"voter", voter}, {"predictions", count}});
  ordered_json warnings = ordered_json::array();
  for (const ManifestWarning& warned : sum.warnings)
    warnings.push_back({{"run", warned.run},
                        {"code", warned.warning.code},
                        {"where", warned.warning.where},
                        {"message", warned.warning.message}});
  return {{"manifests", sum.manifests},
          {"files", sum.files},
          {"new_files", sum.added},
          {"new_predictions", sum.predictions},
          {"known_predictions", sum.known},
          {"voters", std::move(voters)},
          {"new_runs", merged.runs},
          {"other_runs", merged.other_runs},
          {"runs_left_out", merged.runs_left_out},
          {"files_left_out", merged.files_left_out},
          {"warnings", std::move(warnings)}};
}

void print_merged(const MergedStudy& merged) {
  const MergedPredictions& sum = merged.predictions;
  fmt::print("{} of {} new, with {}; {} already there\n", sum.added, count_text(sum.files, "file"),
             count_text(sum.predictions, "prediction"), sum.known);
  for (const auto& [voter, count] : sum.by_voter)
    fmt::print("  {:>12}  {}\n", count, visible_text(voter));
  if (!merged.runs.empty())
    fmt::print("new runs: {}\n", visible_text(fmt::format("{}", fmt::join(merged.runs, ", "))));
  for (const std::string& run : merged.other_runs)
    fmt::print(stderr, "warning: {}\n",
               visible_text(fmt::format("the study has a different run '{}': the merged one was "
                                        "left out, but not its predictions",
                                        run)));
  const auto warn = [](const std::string& words) {
    fmt::print(stderr, "warning: {}\n", visible_text(words));
  };
  for (const std::string& run : merged.runs_left_out)
    warn(fmt::format(
        "the run '{}' was left out: nothing was computed there of one of its splits or models",
        run));
  for (const std::string& file : merged.files_left_out)
    warn(fmt::format("the prediction file {} was left out: only some of its rows are still used",
                     file));
  for (const ManifestWarning& warned : sum.warnings)
    fmt::print(stderr, "warning: {}\n",
               visible_text(fmt::format("{}: {}", warned.warning.where, warned.warning.message)));
}

/// Runs that are complete now: what their first opening would wait for, as `run` makes it at its
/// end. The merge is whole without it.
void judge_merged_runs(const Study& study, const MergedPredictions& merged) {
  const auto runs = study.runs();
  if (!runs)
    return fmt::print(
        stderr, "warning: {}\n",
        visible_text(fmt::format("no boxes were judged in advance: {}", to_string(runs.error()))));
  for (const RunInfo& run : *runs) {
    if (std::ranges::none_of(run.voters, [&](const Voter& voter) {
          return merged.by_voter.contains(to_string(voter));
        }))
      continue;
    bool said = false;
    const auto judged = judge_ahead(study, run, [&](std::string_view, std::int64_t, std::int64_t) {
      if (!std::exchange(said, true))
        fmt::print(stderr, "judging the boxes of the run '{}'\n", visible_text(run.name));
      return true;
    });
    if (!judged)
      fmt::print(stderr, "warning: {}\n",
                 visible_text(fmt::format("the boxes of the run '{}' were not judged in advance; "
                                          "this is done when it is first opened: {}",
                                          run.name, to_string(judged.error()))));
    else
      for (const std::string& note : judged->notes)
        fmt::print(stderr, "warning: {}\n", visible_text(fmt::format("{}: {}", run.name, note)));
  }
}

Result<void> merge(const MergeOptions& options) {
  auto study = Study::open(options.study, Access::read_write);
  TRY(study);
  MergedStudy merged;
  const auto own = manifests_of(study->folder());
  TRY(own);
  if (options.from.empty() || !own->empty()) {
    const auto here = merge_and_remove(*study);
    TRY(here);
    merged.predictions = *here;
  }
  const auto say = [&] {
    if (!options.json) return print_merged(merged);
    fmt::print("{}\n",
               summary_of(merged).dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  };
  bool any = merged.predictions.manifests > 0;
  for (const std::string& folder : options.from) {
    const auto from = Study::open(folder, Access::read_only);
    const auto one =
        from ? merge_study(*from, *study) : Result<MergedStudy>(tl::unexpected(from.error()));
    if (!one) {
      // What came before it is in the study.
      if (any) say();
      return tl::unexpected(one.error());
    }
    any = true;
    add(merged.predictions, one->predictions);
    for (const auto part : {&MergedStudy::runs, &MergedStudy::other_runs,
                            &MergedStudy::runs_left_out, &MergedStudy::files_left_out})
      (merged.*part).insert((merged.*part).end(), ((*one).*part).begin(), ((*one).*part).end());
  }
  say();
  judge_merged_runs(*study, merged.predictions);
  return {};
}

}  // namespace

void add_merge(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(
      "merge", "take over the predictions that ranks have written, or those of a copy");
  auto options = std::make_shared<MergeOptions>();
  command->add_option("STUDY", options->study, "the study's folder")->required();
  command->add_option("FROM", options->from, "copies of the study that were computed on elsewhere");
  command->add_flag("--json", options->json, "print what was merged as JSON");
  command->footer(
      "Ranks write files and NAME.manifest.jsonl in predictions/; a run whose rank 0 was ended "
      "left "
      "them there. Every file is checked before anything is named, and what is there already is "
      "counted and not added twice. Of a copy the data sets' samples and the models' files must be "
      "those of STUDY; its runs come with their predictions.");
  command->callback([&context, options] { context.result = merge(*options); });
}

}  // namespace plumbline

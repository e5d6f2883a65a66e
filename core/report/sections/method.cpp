// How figures are defined, and how a reader makes them again.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/report/section_table.h"
#include "core/review/box_review.h"
#include "core/types/number.h"
#include "core/types/shell_word.h"

namespace plumbline {

namespace {

std::string never_missing(const ReportDraft&) { return ""; }

Result<std::vector<ReportBlock>> write_method(ReportDraft& draft) {
  std::vector<ReportBlock> blocks;
  if (draft.run && draft.run->reviewed->boxes) {
    blocks.emplace_back(paragraph(fmt::format(
        "An object is found where an accepted fused box of its class overlaps it by an IoU of at "
        "least {}, boxes and objects one to one, the most confident box first; else it is "
        "undetected. An accepted fused box that finds no object is a false detection. Fusions and "
        "detectors are compared at equal false detections, never at equal scores. Intervals are of "
        "95 %, each with its kind in the JSON file: percentiles of resamples of the images for "
        "precision, Wilson's for shares of the objects, Poisson's for false detections.",
        shortest(draft.run->reviewed->boxes->overlap))));
  } else if (draft.run) {
    blocks.emplace_back(paragraph(fmt::format(
        "A sample is judged where it has a true class and every voter has an output. It is kept "
        "(right and accepted), an undetected misprediction (wrong and accepted), caught (wrong and "
        "rejected) or needlessly rejected (right and rejected). Intervals are of 95 %: percentiles "
        "2.5 and 97.5 of {} resamples of the samples with replacement, seed 1; differences are "
        "taken on the same resamples, so what both have in common cancels out. A share of 0 or of "
        "1 has Wilson's interval.",
        grouped(draft.run->resamples))));
  }
  if (draft.planer)
    blocks.emplace_back(
        paragraph("A network's loss is the mean over the tokens of the text's validation part; its "
                  "interval is 1.96 standard errors over segments. Latencies are medians of "
                  "repeated steps, measured in turns with the existing network."));
  blocks.emplace_back(
      paragraph("Digits: figures are shown to the second digit of half their interval. The JSON "
                "file has every figure as it was computed."));
  ReportTable table{"definitions", "Definitions", {"figure", "definition"}, {false, false}, {}};
  // Figures that are defined alike stand in one row.
  std::vector<std::pair<std::string, std::string>> rows;
  const std::string of_decision = draft.run ? " of " + draft.run->own.words : std::string();
  for (const ReportFigure& figure : draft.report.figures) {
    if (!(figure.id.starts_with("decision.") || figure.id.starts_with("detection.")) ||
        figure.definition.empty() || !figure.value)
      continue;
    std::string title = figure.title;
    if (!of_decision.empty() && title.ends_with(of_decision))
      title.resize(title.size() - of_decision.size());
    const auto same =
        std::ranges::find(rows, figure.definition, &std::pair<std::string, std::string>::second);
    if (same == rows.end())
      rows.emplace_back(std::move(title), figure.definition);
    else if (same->first != title)
      same->first += ", " + title;
  }
  for (auto& [title, definition] : rows)
    table.rows.push_back({{{std::move(title)}, {std::move(definition)}}, {}});
  if (!table.rows.empty()) blocks.emplace_back(std::move(table));
  return blocks;
}

std::string predictions_command(const std::string& study, const RunInfo& run) {
  return fmt::format("plumbline-engine export {} --run {} --what predictions -o predictions.csv",
                     shell_word(study), shell_word(run.name));
}

/// Classes: predictions as they are and under each condition, and the check of all of them.
void add_class_commands(const ReportDraft& draft, const std::string& study, Listing& commands) {
  const RunInfo& run = draft.run->run;
  commands.lines.push_back(predictions_command(study, run));
  std::string verify = "python3 verify_report.py report.json predictions.csv";
  for (const View& condition : run.conditions) {
    if (!draft.has("stress.none.undetected")) continue;
    const std::string name = to_string(condition);
    std::string file = "under-" + name + ".csv";
    std::ranges::replace(file, '=', '-');
    commands.lines.push_back(
        fmt::format("plumbline-engine export {} --run {} --what predictions --condition {} -o {}",
                    shell_word(study), shell_word(run.name), shell_word(name), shell_word(file)));
    verify += fmt::format(" --under {} {}", shell_word(name), shell_word(file));
  }
  for (const ReportFigure& figure : draft.report.figures) {
    constexpr std::string_view begin = "beside.", end = ".augrc";
    if (!figure.id.starts_with(begin) || !figure.id.ends_with(end)) continue;
    const std::string name =
        figure.id.substr(begin.size(), figure.id.size() - begin.size() - end.size());
    std::vector<std::string> voters;
    for (const std::size_t voter : draft.run->own.voters)
      voters.push_back(to_string(run.voters[voter]));
    const std::string file = "beside-" + name + ".csv";
    commands.lines.push_back(fmt::format(
        "plumbline-engine export {} --run {} --split {} --what decisions --policy {} --voters {} "
        "-o {}",
        shell_word(study), shell_word(run.name), shell_word(draft.run->split), shell_word(name),
        shell_word(fmt::format("{}", fmt::join(voters, ","))), shell_word(file)));
    verify += fmt::format(" --beside {} {}", shell_word(name), shell_word(file));
  }
  commands.lines.push_back(std::move(verify));
}

/// Boxes: a file a voter, what the decision makes of them, and the check.
void add_box_commands(const ReportDraft& draft, const std::string& study, Listing& commands) {
  const RunFindings& run = *draft.run;
  std::string files, deciding;
  for (std::size_t v = 0; v < run.run.voters.size(); ++v) {
    const std::string file = fmt::format("voter-{}.json", v + 1);
    commands.lines.push_back(
        fmt::format("plumbline-engine export {} --run {} --split {} --what detections --format "
                    "coco --voters {} "
                    "-o {}",
                    shell_word(study), shell_word(run.run.name), shell_word(run.split),
                    shell_word(to_string(run.run.voters[v])), file));
    files += " " + file;
    if (std::ranges::find(run.own.voters, v) != run.own.voters.end())
      deciding += (deciding.empty() ? "" : ",") + file;
  }
  commands.lines.push_back(
      fmt::format("plumbline-engine fuse boxes --detections {} --fusion {} -o decision.json",
                  deciding, shell_word(fusion_text(run.own.policy.policy))));
  commands.lines.push_back("python3 verify_detection.py report.json instances.json decision.json" +
                           files);
}

void add_run_commands(const ReportDraft& draft, const std::string& study, Listing& commands) {
  if (draft.run->votes)
    add_class_commands(draft, study, commands);
  else if (draft.run->reviewed->boxes)
    add_box_commands(draft, study, commands);
  else
    commands.lines.push_back(predictions_command(study, draft.run->run));
}

Result<std::vector<ReportBlock>> write_reproduction(ReportDraft& draft) {
  std::vector<ReportBlock> blocks;
  const std::string study = draft.report.study + ".plumb";
  Listing commands{"Commands", {draft.report.command}};
  if (draft.run) add_run_commands(draft, study, commands);
  if (draft.planer)
    commands.lines.push_back(fmt::format("plumbline-engine planer front {} --name {} --json",
                                         shell_word(study), shell_word(draft.planer->search.name)));
  blocks.emplace_back(std::move(commands));
  if (draft.run && draft.run->votes)
    blocks.emplace_back(paragraph(
        "verify_report.py needs Python with numpy and no Plumbline. It computes each figure of the "
        "report's JSON from the exported predictions, and prints the figure with yes or no."));
  if (draft.run && draft.run->reviewed->boxes)
    blocks.emplace_back(paragraph(
        "verify_detection.py needs Python with numpy, and neither Plumbline nor pycocotools. "
        "instances.json is the data set's own file. It computes COCO's figures, what is found and "
        "what stays undetected from the exported boxes, and prints each with yes or no."));
  if (draft.run) {
    ReportTable table{
        "hashes", "What it was made of (XXH3-128)", {"input", "hash"}, {false, false}, {}};
    for (const auto& [what, hash] : draft.run->hashes) table.rows.push_back({{{what}, {hash}}, {}});
    blocks.emplace_back(std::move(table));
  }
  if (draft.planer) {
    ReportTable table{
        "network-hashes", "Networks and text (XXH3-128)", {"input", "hash"}, {false, false}, {}};
    for (const ReportedNetwork& network : draft.planer->networks)
      table.rows.push_back({{{"network " + network.info.name}, {network.info.hash}}, {}});
    table.rows.push_back({{{"text"}, {draft.planer->search.text.hash}}, {}});
    blocks.emplace_back(std::move(table));
  }
  return blocks;
}

}  // namespace

extern const ReportSection method_section, reproduction_section;
const ReportSection method_section = {.key = "method",
                                      .group = "method",
                                      .title = "Method and definitions",
                                      .missing = never_missing,
                                      .write = write_method};
const ReportSection reproduction_section = {.key = "reproduction",
                                            .group = "reproduction",
                                            .title = "Reproduction: commands, hashes",
                                            .missing = never_missing,
                                            .write = write_reproduction};

}  // namespace plumbline

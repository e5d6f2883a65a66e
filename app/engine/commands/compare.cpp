#include <algorithm>
#include <iterator>
#include <memory>

#include <fmt/format.h>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/compare_output.h"
#include "core/decision/default_voters.h"
#include "core/study/run_gaps.h"
#include "core/types/list_text.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

struct CompareOptions {
  std::string study, run, split, items;
  SideWords first, second;
  bool equal_kept = false, json = false;
};

Result<std::vector<Change>> parse_changes(const std::string& text) {
  std::vector<Change> changes;
  for (const std::string& word : split_list(text)) {
    const auto* const known =
        std::ranges::find_if(shown_changes, [&](Change c) { return word == change_key(c); });
    if (known == std::end(shown_changes))
      return usage_error(fmt::format("there is no change '{}'", word), "--items",
                         "gained, lost, changed, same or unjudged, with commas between them");
    changes.push_back(*known);
  }
  return changes;
}

/// Items with one of these changes, in their order in the second side's table.
Result<std::vector<ComparedItem>> listed_items(const Study& study, const CompareOutput& output,
                                               const std::vector<Change>& changes) {
  const OpenedRun& run = output.second.run;
  const auto samples =
      study.samples(run.dataset.id, run.split, 0, static_cast<std::int64_t>(run.samples()));
  TRY(samples);
  const ReviewTable &before = output.first.reviewed->table, &after = output.second.reviewed->table;
  std::vector<ComparedItem> items;
  for (std::size_t row = 0; row < after.rows; ++row) {
    const Change change = output.comparison.changes[row];
    if (std::ranges::find(changes, change) == changes.end()) continue;
    const ItemRef ref = after.item(row);
    ComparedItem item{(*samples)[ref.sample()].name,
                      ref.object(),
                      change,
                      after.truth[row],
                      no_class,
                      after.label[row]};
    item.second = after.verdict[row];
    if (const auto first_row = output.comparison.first_rows[row]) {
      item.first_label = before.label[*first_row];
      item.first = before.verdict[*first_row];
    }
    items.push_back(std::move(item));
  }
  return items;
}

/// What runs lack is said, so that nobody takes a part for the whole.
Result<void> warn_of_gaps(const Study& study, const CompareOptions& options) {
  const auto say = [&](const std::string& name) -> Result<void> {
    const auto run = study.run(name);
    TRY(run);
    const auto gaps = gaps_of(study, *run);
    TRY(gaps);
    if (const std::string missing = to_text(*gaps, *run); !missing.empty())
      fmt::print(stderr, "warning: {}\n", visible_text(missing));
    return {};
  };
  TRY(say(options.first.run));
  if (options.second.run != options.first.run) TRY(say(options.second.run));
  return {};
}

Result<void> check_side(const SideWords& side, const std::string& name) {
  if (side.run.empty())
    return usage_error("a run is needed", "--run",
                       "--run names that of both sides, --first-run and --second-run one of each");
  if (side.decision.empty()) return {};
  if (!side.policy.empty())
    return usage_error("a side is either a policy or a decision that was saved",
                       fmt::format("--{}-decision", name), fmt::format("leave out --{}", name));
  if (!side.voters.empty() || !side.fit_on.empty())
    return usage_error("a saved decision is applied unchanged, by its own voters",
                       fmt::format("--{}-decision", name),
                       fmt::format("leave out --{0}-voters and --{0}-fit-on", name));
  return {};
}

Result<void> compare_command(CompareOptions options) {
  if (!options.run.empty() && !options.first.run.empty() && !options.second.run.empty())
    return usage_error("each side names a run of its own", "--run",
                       "leave out --run, or one of --first-run and --second-run");
  for (SideWords* side : {&options.first, &options.second})
    if (side->run.empty()) side->run = options.run;
  TRY(check_side(options.first, "first"));
  TRY(check_side(options.second, "second"));
  const auto changes = parse_changes(options.items);
  TRY(changes);
  const auto study = Study::open(options.study, Access::read_only);
  TRY(study);
  TRY(warn_of_gaps(*study, options));
  CompareOutput output;
  auto first = compared_side(*study, options.first, options.split, SidePlace::first);
  TRY(first);
  auto second = compared_side(*study, options.second, options.split, SidePlace::second);
  TRY(second);
  output.first = std::move(*first);
  output.second = std::move(*second);
  if (options.equal_kept) {
    if (output.first.run.votes == nullptr || output.second.run.votes == nullptr)
      return usage_error("only decisions on classes meet at equal kept", "--equal-kept",
                         "leave it out");
    output.kept = output.second.decisions().counts[Verdict::kept];
    TRY(meet_at_kept(output.first, *output.kept));
  }
  auto comparison = compare_sides(output.first, output.second);
  TRY(comparison);
  output.comparison = std::move(*comparison);
  output.lists_items = !changes->empty();
  if (output.lists_items) {
    auto items = listed_items(*study, output, *changes);
    TRY(items);
    output.items = std::move(*items);
  }
  if (options.json)
    fmt::print("{}\n", json_of(output).dump(-1, ' ', false,
                                            nlohmann::ordered_json::error_handler_t::replace));
  else
    print_comparison(output);
  return {};
}

void add_side(CLI::App& command, SideWords& side, const std::string& name,
              const std::string& usual) {
  command.add_option(
      "--" + name, side.policy,
      fmt::format("policy of the {} side, as decide's --policy; left out, {}", name, usual));
  command.add_option(fmt::format("--{}-decision", name), side.decision,
                     "a decision that was saved, instead");
  command.add_option(
      fmt::format("--{}-voters", name), side.voters,
      fmt::format("MODEL:VIEW,… of its run's; left out, the first one for a policy that asks no "
                  "other, else {}",
                  default_voters_words));
  command.add_option(fmt::format("--{}-run", name), side.run, "its run, where it is not --run");
  command.add_option(fmt::format("--{}-fit-on", name), side.fit_on,
                     "the split on which its policy learns (default: another one on which all "
                     "voters have predictions)");
}

}  // namespace

void add_compare(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(
      "compare", "what a second policy, decision or run gains and loses against a first one");
  auto options = std::make_shared<CompareOptions>();
  command->add_option("STUDY", options->study, "the study's folder")->required();
  command->add_option("--run", options->run, "run of both sides");
  command->add_option("--split", options->split, "the split (default: the run's first)");
  add_side(*command, options->first, "first",
           "of classes the first voter's confidence alone, else the policy that a run is opened "
           "with");
  add_side(*command, options->second, "second", "the policy that a run is opened with");
  command->add_flag("--equal-kept", options->equal_kept,
                    "set the first side's threshold so that it keeps as many correct labels as the "
                    "second one: then undetected mispredictions can be compared");
  command->add_option("--items", options->items,
                      "also list the samples or objects that are gained, lost, changed (another "
                      "label or verdict, neither better nor worse), same or unjudged; with commas "
                      "between them");
  command->add_flag("--json", options->json, "print JSON");
  command->footer(
      "An item is gained where it was undetected or needlessly rejected before and is kept or "
      "caught now, lost the other way round. Shares are of labels that are right, whatever the "
      "verdict, with Wilson's 95 % intervals; their difference has that of paired proportions "
      "(Bonett and Price, 2012). Of detectors the items are objects: right are those that are "
      "found, and false detections are not compared. The study is only read.");
  command->callback([&context, options] { context.result = compare_command(*options); });
}

}  // namespace plumbline

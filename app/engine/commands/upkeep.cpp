#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/commands.h"
#include "core/study/lock_entry.h"
#include "core/study/relink.h"
#include "core/study/study_contents.h"
#include "core/study/study_usage.h"
#include "core/types/count_text.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

struct ChosenEntry {
  StudyEntry entry;
  std::string name;
};

/// --dataset, --model, --run, --search and --network, of which one is given.
struct EntryOptions {
  std::string study, dataset, model, run, search, network;

  void add_to(CLI::App& command) {
    command.add_option("STUDY", study, "the study's folder")->required();
    command.add_option("--dataset", dataset, "a data set");
    command.add_option("--model", model, "a model, or imported predictions");
    command.add_option("--run", run, "a run");
    command.add_option("--search", search, "a search");
    command.add_option("--network", network, "a language model");
  }

  /// `options`: those of the command, for its errors.
  Result<ChosenEntry> chosen(const char* options) const {
    std::optional<ChosenEntry> found;
    for (const auto& [entry, name] :
         {std::pair(StudyEntry::dataset, &dataset), std::pair(StudyEntry::model, &model),
          std::pair(StudyEntry::run, &run), std::pair(StudyEntry::search, &search),
          std::pair(StudyEntry::network, &network)}) {
      if (name->empty()) continue;
      if (found) return usage_error("only one of them can be named", options);
      found = ChosenEntry{entry, *name};
    }
    if (!found) return usage_error("one of them is needed", options);
    return *found;
  }
};

// --- remove

constexpr const char* removable = "--dataset, --model, --run, --search, --network, --decision";

struct RemoveOptions {
  EntryOptions what;
  std::string decision;
  bool yes = false, with_dependents = false, json = false;
};

/// Asks on a terminal; without one nobody can answer.
bool is_agreed(const std::string& question) {
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1) return false;
  fmt::print(stderr, "{} [y/N] ", question);
  std::string answer;
  return std::getline(std::cin, answer) && (answer == "y" || answer == "Y" || answer == "yes");
}

/// Nothing depends on a decision, and what it was can be seen where it was: it goes with --yes.
Result<void> remove_decision(const RemoveOptions& options) {
  const EntryOptions& what = options.what;
  if (!what.dataset.empty() || !what.model.empty() || !what.run.empty() || !what.search.empty() ||
      !what.network.empty())
    return usage_error("only one of them can be named", removable);
  auto study = Study::open(what.study, Access::read_write);
  TRY(study);
  TRY(study->decision(options.decision));
  const std::string named = fmt::format("the decision '{}'", options.decision);
  if (!options.yes && !options.with_dependents &&
      !is_agreed(visible_text(fmt::format("Remove {}?", named))))
    return usage_error(named + " would be removed", "remove", "--yes removes it");
  TRY(study->remove_decision(options.decision));
  if (options.json)
    fmt::print("{}\n", ordered_json{{"removed", options.decision}}.dump());
  else
    fmt::print("{} was removed\n", visible_text(named));
  return {};
}

Result<void> remove(const RemoveOptions& options) {
  if (!options.decision.empty()) return remove_decision(options);
  const auto chosen = options.what.chosen(removable);
  TRY(chosen);
  auto study = Study::open(options.what.study, Access::read_write);
  TRY(study);
  const auto dependents = study->dependents(chosen->entry, chosen->name);
  TRY(dependents);
  const std::string named = fmt::format("the {} '{}'", entry_word(chosen->entry), chosen->name);
  const std::string goes = dependents->any() ? ", and with it " + to_text(*dependents) : "";
  const bool agreed = options.with_dependents || (options.yes && !dependents->any()) ||
                      is_agreed(visible_text(fmt::format("Remove {}{}?", named, goes)));
  if (!agreed)
    return usage_error(
        fmt::format("{} would be removed{}", named, goes), "remove",
        dependents->any() ? "--with-dependents removes all of it" : "--yes removes it");
  const auto locks = lock_entry(*study, chosen->entry, chosen->name);
  TRY(locks);
  const auto removed = study->remove_entry(chosen->entry, chosen->name);
  TRY(removed);
  if (options.json) {
    const ordered_json summary = {
        {"removed", chosen->name},       {"kind", entry_word(chosen->entry)},
        {"runs", removed->runs},         {"models", removed->models},
        {"searches", removed->searches}, {"predictions", removed->predictions},
        {"remarks", removed->remarks},   {"bytes", removed->bytes}};
    fmt::print("{}\n", summary.dump());
    return {};
  }
  fmt::print("{} was removed{}\n", visible_text(named), visible_text(goes));
  if (!removed->networks.empty())
    fmt::print("  networks that {} are kept: {}\n",
               chosen->entry == StudyEntry::search ? "it found" : "came from it",
               visible_text(fmt::format("{}", fmt::join(removed->networks, ", "))));
  return {};
}

// --- rename

struct RenameOptions {
  EntryOptions what;
  std::string to;
};

Result<void> rename(const RenameOptions& options) {
  const auto chosen = options.what.chosen("--dataset, --model, --run, --search, --network");
  TRY(chosen);
  auto study = Study::open(options.what.study, Access::read_write);
  TRY(study);
  const auto locks = lock_entry(*study, chosen->entry, chosen->name, options.to);
  TRY(locks);
  TRY(study->rename_entry(chosen->entry, chosen->name, options.to));
  fmt::print("the {} '{}' is now called '{}'\n", entry_word(chosen->entry),
             visible_text(chosen->name), options.to);
  return {};
}

// --- relink

struct RelinkOptions {
  std::string study, from, to;
  JobFlags flags;
};

Result<void> relink_files(const RelinkOptions& options, const CommandContext& context) {
  auto study = Study::open(options.study, Access::read_write);
  TRY(study);
  Relinked result;
  const auto work = [&](Job& job) -> Result<ordered_json> {
    auto relinked =
        relink(*study, options.from, options.to, [&](std::int64_t done, std::int64_t total) {
          job.progress("checking", done, total, "files");
          return job.should_stop();
        });
    TRY(relinked);
    result = std::move(*relinked);
    return ordered_json{{"relinked", result.owners}, {"files", result.files}};
  };
  TRY(run_job(job_options(context, options.flags, options.study, "relink", {}), work));
  if (!options.flags.events)
    fmt::print("{} of {} found again\n", count_text(result.files, "file"),
               visible_text(fmt::format("{}", fmt::join(result.owners, ", "))));
  return {};
}

// --- usage

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

/// Adds a count as "predictions"; null, with the reason, where it cannot be read.
void add_predictions(ordered_json& entry, const Result<std::int64_t>& count) {
  entry["predictions"] = count ? ordered_json(*count) : ordered_json();
  if (!count) entry["null_reasons"]["predictions"] = to_string(count.error());
}

/// The run's data set; null where the study has lost it.
const DatasetInfo* dataset_of(const StudyContents& contents, const RunInfo& run) {
  const auto found = std::ranges::find(contents.datasets, run.dataset, &DatasetInfo::id);
  return found == contents.datasets.end() ? nullptr : &*found;
}

ordered_json count_or_null(const Result<std::int64_t>& count) {
  return count ? ordered_json(*count) : ordered_json();
}

/// What stands beside a run's name in the window's tree, and in its status line.
ordered_json contents_of_run(const Study& study, const StudyContents& contents,
                             const ComputedRun& run) {
  const RunInfo& info = run.info;
  const DatasetInfo* dataset = dataset_of(contents, info);
  ordered_json json = {
      {"name", info.name},
      {"data_set", dataset == nullptr ? ordered_json() : ordered_json(dataset->name)},
      {"voters", info.voters.size()},
      {"precision", info.precision},
      {"device_kind", info.device_kind},
      {"decoder", info.decoder}};
  add_predictions(json, run.all_predictions());
  json["splits"] = ordered_json::array();
  json["conditions"] = ordered_json::array();
  for (std::size_t i = 0; i < info.splits.size(); ++i) {
    json["splits"].push_back(
        {{"name", info.splits[i]},
         {"samples", count_or_null(study.sample_count(info.dataset, info.splits[i]))},
         {"computed", count_or_null(study.committed(info, info.splits[i]))}});
    add_predictions(json["splits"].back(), run.predictions[i]);
  }
  for (const View& condition : info.conditions) {
    ordered_json splits = ordered_json::array();
    for (const std::string& split : info.splits)
      splits.push_back(
          {{"name", split},
           {"computed", count_or_null(study.committed(under(info, condition), split))}});
    json["conditions"].push_back(
        {{"condition", to_string(condition)}, {"splits", std::move(splits)}});
  }
  return json;
}

/// What stands in the window's tree, with the counts beside the names.
ordered_json contents_json(const Study& study, const StudyContents& contents) {
  ordered_json json = {{"data_sets", ordered_json::array()}, {"models", ordered_json::array()},
                       {"runs", ordered_json::array()},      {"decisions", ordered_json::array()},
                       {"networks", ordered_json::array()},  {"searches", ordered_json::array()}};
  for (const DatasetInfo& dataset : contents.datasets) {
    ordered_json splits = ordered_json::array();
    for (const SplitInfo& split : dataset.splits)
      splits.push_back({{"name", split.name}, {"samples", split.samples}});
    json["data_sets"].push_back({{"name", dataset.name}, {"splits", std::move(splits)}});
  }
  for (const ModelInfo& model : contents.models) json["models"].push_back({{"name", model.name}});
  for (const ComputedRun& run : contents.runs)
    json["runs"].push_back(contents_of_run(study, contents, run));
  for (const StoredDecision& decision : contents.decisions)
    json["decisions"].push_back({{"name", decision.name}, {"run", decision.run}});
  for (const NetworkInfo& network : contents.networks)
    json["networks"].push_back({{"name", network.name}});
  for (const CountedSearch& search : contents.searches)
    json["searches"].push_back({{"name", search.info.name},
                                {"targets", search.info.targets.size()},
                                {"found", search.found}});
  return json;
}

std::string predictions_text(const Result<std::int64_t>& count, std::int64_t voters) {
  if (!count) return "predictions cannot be read: " + visible_text(to_string(count.error()));
  return count_text(*count, "prediction") + " of " + count_text(voters, "voter");
}

void print_contents(const StudyContents& contents) {
  for (const DatasetInfo& dataset : contents.datasets)
    for (const SplitInfo& split : dataset.splits)
      fmt::print("  data set {}, {}: {}\n", visible_text(dataset.name), visible_text(split.name),
                 count_text(split.samples, "sample"));
  for (const ComputedRun& run : contents.runs)
    for (std::size_t i = 0; i < run.info.splits.size(); ++i)
      fmt::print("  run {}, {}: {}\n", visible_text(run.info.name),
                 visible_text(run.info.splits[i]),
                 predictions_text(run.predictions[i], std::ssize(run.info.voters)));
  for (const CountedSearch& search : contents.searches)
    fmt::print("  search {}: networks found for {} of {}\n", visible_text(search.info.name),
               search.found, count_text(std::ssize(search.info.targets), "target"));
  fmt::print("{}, {}, {}, {}, {}, {}\n", count_text(std::ssize(contents.datasets), "data set"),
             count_text(std::ssize(contents.models), "model"),
             count_text(std::ssize(contents.runs), "run"),
             count_text(std::ssize(contents.decisions), "decision"),
             count_text(std::ssize(contents.networks), "network"),
             contents.searches.size() == 1 ? std::string("1 search")
                                           : fmt::format("{} searches", contents.searches.size()));
}

Result<void> usage(const std::string& folder, bool json) {
  const auto study = Study::open(folder, Access::read_only);
  TRY(study);
  const auto usage = study_usage(*study);
  TRY(usage);
  const auto contents = study_contents(*study);
  // Where files are is asked of a damaged study too.
  if (!contents)
    fmt::print(stderr, "warning: what the study has is left out: {}\n",
               visible_text(to_string(contents.error())));
  if (json) {
    ordered_json document = {{"bytes", usage->bytes}, {"entries", ordered_json::array()}};
    for (const UsageEntry& entry : usage->entries)
      document["entries"].push_back({{"what", entry.what},
                                     {"name", entry.name},
                                     {"files", entry.files},
                                     {"bytes", entry.bytes}});
    document["outside"] = ordered_json::array();
    for (const OutsideUsage& file : usage->outside)
      document["outside"].push_back({{"name", file.owner},
                                     {"path", file.path},
                                     {"bytes", file.bytes},
                                     {"there", file.there}});
    if (contents) document["contents"] = contents_json(*study, *contents);
    fmt::print("{}\n", document.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
    return {};
  }
  for (const UsageEntry& entry : usage->entries)
    fmt::print("{:>12}  {:>6} {}  {} {}\n", megabytes(entry.bytes), entry.files,
               entry.files == 1 ? "file " : "files", entry.what, visible_text(entry.name));
  fmt::print("{:>12}  in all\n", megabytes(usage->bytes));
  if (!usage->outside.empty()) fmt::print("outside of the study:\n");
  for (const OutsideUsage& file : usage->outside)
    fmt::print("{:>12}  {}  {}{}\n", megabytes(file.bytes), visible_text(file.owner),
               visible_text(file.path), file.there ? "" : "  (not there: relink finds it again)");
  if (contents) {
    fmt::print("in the study:\n");
    print_contents(*contents);
  }
  return {};
}

}  // namespace

void add_remove(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(
      "remove",
      "take a data set, model, run, search, network or decision out of a study, with what depends "
      "on it");
  auto options = std::make_shared<RemoveOptions>();
  options->what.add_to(*command);
  command->add_option("--decision", options->decision, "a saved decision");
  command->add_flag("--yes", options->yes, "do not ask, where nothing depends on it");
  command->add_flag("--with-dependents", options->with_dependents,
                    "do not ask, and remove what depends on it too");
  command->add_flag("--json", options->json, "print what was removed as JSON");
  command->footer(
      "Images and models stay where they are on the disk; what the study itself has made is "
      "deleted. With a run go the predictions that no other run uses; with a model its predictions "
      "and the runs that it votes in; with a data set its runs, predictions, tags and notes; with "
      "a network the searches that begin from it, but not what they have found.");
  command->callback([&context, options] { context.result = remove(*options); });
}

void add_rename(CLI::App& app, CommandContext& context) {
  auto* command =
      app.add_subcommand("rename", "give a data set, model, run, search or network another name");
  auto options = std::make_shared<RenameOptions>();
  options->what.add_to(*command);
  command->add_option("--to", options->to, "the new name")->required();
  command->callback([&context, options] { context.result = rename(*options); });
}

void add_relink(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("relink", "find images, models and texts that have moved");
  auto options = std::make_shared<RelinkOptions>();
  command->add_option("STUDY", options->study, "the study's folder")->required();
  command->add_option("--from", options->from, "the file or folder where they were")->required();
  command->add_option("--to", options->to, "where they are now")->required();
  add_job_flags(*command, options->flags);
  command->footer(
      "Files are first checked against the sizes and hashes of their import; of a folder of images "
      "every size and a thousand hashes. Where one is another file it is named, and nothing is "
      "changed.");
  command->callback([&context, options] {
    note_job(context, options->flags, options->study, "relink");
    context.result = relink_files(*options, context);
  });
}

void add_usage(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(
      "usage", "what a study has, what takes how much room, and where files are");
  auto study = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("STUDY", *study, "the study's folder")->required();
  command->add_flag("--json", *json, "print JSON");
  command->callback([&context, study, json] { context.result = usage(*study, *json); });
}

}  // namespace plumbline

#include <optional>
#include <string_view>

#include "core/jobs/command_words.h"
#include "core/jobs/job_subject.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

/// Empty where they cannot be read, or where a run is continued without naming them.
std::vector<Voter> voters_of(const CommandWords& words) {
  if (const std::string single = words.option("--voters"); !single.empty())
    return parse_voters(single).value_or(std::vector<Voter>());
  const std::string views = words.option("--views");
  const auto parsed = parse_views(views.empty() ? "identity" : views);
  if (!parsed) return {};
  return cross(words.list("--models"), *parsed);
}

TrainWork train_work(const CommandWords& words) {
  const std::string view = words.option("--view");
  return {words.option("--name"),
          words.option("--architecture"),
          words.option("--dataset"),
          words.list("--split"),
          parse_view(view.empty() ? "identity" : view).value_or(View()),
          words.count("--epochs")};
}

JobSubject import_subject(const CommandWords& words, const std::string& what) {
  ImportWork import;
  if (what == "dataset")
    import.what = ImportWork::What::dataset;
  else if (what == "model")
    import.what = ImportWork::What::model;
  else if (what == "predictions")
    import.what = ImportWork::What::predictions;
  else
    return {};
  import.name = words.option("--name");
  import.file = words.option(what == "dataset" ? "--images" : "--file");
  return import;
}

SearchWork search_work(const CommandWords& words) {
  SearchWork search{words.option("--name"), words.option("--from"), {}, words.count("--steps")};
  // Either name of the option is read, of one target and of several.
  auto targets = words.list("--targets");
  if (targets.empty()) targets = words.list("--target");
  if (targets.empty()) {
    targets = words.list("--target-energy");
    search.energy = !targets.empty();
  }
  for (const std::string& part : targets)
    if (const auto target = parse_number(part); target && *target > 0)
      search.targets.push_back(*target);
  return search;
}

NetworkWork network_work(const CommandWords& words, const std::string& task) {
  return {task,
          words.list("--name"),
          words.option("--from"),
          words.option("--config"),
          words.count("--steps"),
          words.counts("--batches", "--batch"),
          words.counts("--lengths", "--length")};
}

}  // namespace

JobSubject subject_of_command(const std::string& kind, const std::vector<std::string>& command) {
  const CommandWords words(command);
  if (kind == "run")
    return RunWork{words.option("--name"), words.option("--dataset"), words.list("--split"),
                   voters_of(words)};
  if (kind == "train") return train_work(words);
  if (command.size() < 2) return {};
  if (kind == "import") return import_subject(words, command[1]);
  if (command[0] != "planer") return {};
  if (command[1] == "search" || command[1] == "sweep") return search_work(words);
  return network_work(words, command[1]);
}

}  // namespace plumbline

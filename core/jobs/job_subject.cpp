#include "core/jobs/job_subject.h"

#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "core/types/json_object.h"

namespace plumbline {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t longest_field = 4096, most_list_entries = 65'536;
constexpr std::int64_t most_steps = std::numeric_limits<std::int64_t>::max();
constexpr double most_target = 1e6;

// --- written

struct WorkWriter {
  ordered_json operator()(const std::monostate&) const { return {{"of", "other"}}; }

  ordered_json operator()(const RunWork& run) const {
    ordered_json voters = ordered_json::array();
    for (const Voter& voter : run.voters)
      voters.push_back({{"model", voter.model}, {"view", to_string(voter.view)}});
    return {{"of", "run"},
            {"run", run.run},
            {"dataset", run.dataset},
            {"splits", run.splits},
            {"voters", voters}};
  }

  ordered_json operator()(const TrainWork& train) const {
    return {{"of", "train"},
            {"model", train.model},
            {"architecture", train.architecture},
            {"dataset", train.dataset},
            {"splits", train.splits},
            {"view", to_string(train.view)},
            {"epochs", train.epochs}};
  }

  ordered_json operator()(const ImportWork& import) const {
    const char* what = import.what == ImportWork::What::dataset ? "dataset"
                       : import.what == ImportWork::What::model ? "model"
                                                                : "predictions";
    return {{"of", "import"}, {"what", what}, {"name", import.name}, {"file", import.file}};
  }

  ordered_json operator()(const SearchWork& search) const {
    ordered_json written = {{"of", "search"},
                            {"search", search.search},
                            {"from", search.from},
                            {"targets", search.targets},
                            {"steps", search.steps}};
    if (search.energy) written["energy"] = true;
    return written;
  }

  ordered_json operator()(const NetworkWork& network) const {
    return {{"of", "network"},
            {"task", network.task},
            {"networks", network.networks},
            {"from", network.from},
            {"config", network.config},
            {"steps", network.steps},
            {"batches", network.batches},
            {"lengths", network.lengths}};
  }
};

// --- read

std::vector<std::string> text_list(JsonObject& object, std::string_view key) {
  std::vector<std::string> words;
  for (const json& entry : object.list(key, most_list_entries)) {
    if (!entry.is_string()) return object.wrong(key, "must be a list of strings"), words;
    words.push_back(entry.get<std::string>());
  }
  return words;
}

std::vector<std::int64_t> integer_list(JsonObject& object, std::string_view key) {
  std::vector<std::int64_t> numbers;
  for (const json& entry : object.list(key, most_list_entries)) {
    if (!entry.is_number_integer()) return object.wrong(key, "must be a list of integers"), numbers;
    numbers.push_back(entry.get<std::int64_t>());
  }
  return numbers;
}

View read_view(JsonObject& object) {
  const auto view = parse_view(object.text("view", longest_field));
  if (!view) object.wrong("view", "is not a view");
  return view.value_or(View());
}

RunWork read_run(JsonObject& object, JsonErrors& errors) {
  RunWork run{object.text("run", longest_field),
              object.text("dataset", longest_field),
              text_list(object, "splits"),
              {}};
  for (const json& entry : object.list("voters", most_list_entries)) {
    JsonObject voter(entry, "voters.", errors);
    run.voters.push_back({voter.text("model", longest_field), read_view(voter)});
  }
  return run;
}

TrainWork read_train(JsonObject& object) {
  return {object.text("model", longest_field),
          object.text("architecture", longest_field),
          object.text("dataset", longest_field),
          text_list(object, "splits"),
          read_view(object),
          object.integer("epochs", 0, most_steps)};
}

ImportWork read_import(JsonObject& object) {
  return {static_cast<ImportWork::What>(object.choice("what", {"dataset", "model", "predictions"})),
          object.text("name", longest_field), object.text("file", longest_field)};
}

SearchWork read_search(JsonObject& object) {
  SearchWork search{
      object.text("search", longest_field), object.text("from", longest_field), {}, 0, false};
  for (const json& entry : object.list("targets", most_list_entries)) {
    const double target = entry.is_number() ? entry.get<double>() : 0.0;
    if (!(target > 0 && target <= most_target)) {
      object.wrong("targets", "must be a list of positive numbers");
      break;
    }
    search.targets.push_back(target);
  }
  search.steps = object.integer("steps", 0, most_steps);
  search.energy = object.flag("energy", false);
  return search;
}

NetworkWork read_network(JsonObject& object) {
  return {object.text("task", longest_field),     text_list(object, "networks"),
          object.text("from", longest_field),     object.text("config", longest_field),
          object.integer("steps", 0, most_steps), integer_list(object, "batches"),
          integer_list(object, "lengths")};
}

}  // namespace

JobSubject::JobSubject(NetworkWork network)
    : retry(network.task == "train" ? JobRetry::resume : JobRetry::repeat) {
  work = std::move(network);
}

ordered_json to_json(const JobSubject& subject) {
  ordered_json document = std::visit(WorkWriter(), subject.work);
  document["retry"] = subject.retry == JobRetry::resume ? "resume" : "repeat";
  return document;
}

Result<JobSubject> parse_job_subject(const json& document, const std::string& where) {
  JsonErrors errors{where, "", {}};
  JsonObject object(document, "subject.", errors);
  const std::string of = object.text("of", longest_field);
  JobSubject subject;
  if (of == "run") subject.work = read_run(object, errors);
  if (of == "train") subject.work = read_train(object);
  if (of == "import") subject.work = read_import(object);
  if (of == "search") subject.work = read_search(object);
  if (of == "network") subject.work = read_network(object);
  subject.retry =
      object.choice("retry", {"repeat", "resume"}) == 1 ? JobRetry::resume : JobRetry::repeat;
  if (errors.first) return tl::unexpected(*errors.first);
  return subject;
}

}  // namespace plumbline

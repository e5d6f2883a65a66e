#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include <CLI/Option.hpp>

#include "app/engine/commands/planer_summary.h"
#include "app/engine/load_engine.h"
#include "core/data/safetensors.h"
#include "core/jobs/event_fields.h"
#include "core/study/network_paths.h"
#include "core/study/study.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

struct TrainNetworkOptions {
  PlanerCommon common;
  PlanerTrainRequest request;
};

void print_trained_network(const nlohmann::ordered_json& summary) {
  fmt::print("{}: {} parameters, {}; {} s, {} tokens/s; {} on validation\n",
             text_of(summary, "name"), count_of(summary, "parameters"), strip_of(summary),
             figure_of(summary, "seconds", 1), figure_of(summary, "tokens_per_second", 0),
             loss_of(summary));
}

/// The hash of the network that a checkpoint's training began with ("from") or learns from
/// ("teacher"); empty where there is no such checkpoint.
std::string hash_in_checkpoint(const std::filesystem::path& checkpoint, const char* key) {
  const auto file = SafetensorsFile::open(checkpoint);
  if (!file) return "";
  const std::string* settings = file->find_metadata("settings");
  if (settings == nullptr) return "";
  const auto document = parse_json(*settings, checkpoint.string());
  return document ? text_field(*document, key) : "";
}

/// Empty where it had none.
std::string teacher_of(const NetworkInfo& network) {
  const auto found = network.training.find("teacher");
  return found != network.training.end() && found->is_string() ? found->get<std::string>() : "";
}

/// What a network that a training was begun with is called now: a checkpoint knows it by its hash,
/// a complete network by what the study keeps, which a change of name changes too.
std::optional<std::string> network_now(const std::filesystem::path& folder, const std::string& name,
                                       std::string_view option, const std::string& then) {
  const auto study = Study::open(folder, Access::read_only);
  if (!study) return std::nullopt;
  const auto networks = study->networks();
  if (!networks) return std::nullopt;
  const bool is_teacher = option == "--teacher";
  const auto own = std::ranges::find(*networks, name, &NetworkInfo::name);
  if (own != networks->end()) {
    std::string known = is_teacher ? teacher_of(*own) : own->base;
    if (known.empty()) return std::nullopt;
    return known;
  }
  const std::string hash =
      hash_in_checkpoint(folder / network_checkpoint(name), is_teacher ? "teacher" : "from");
  // Of several of equal weights that of its name then.
  const auto named = std::ranges::find(*networks, then, &NetworkInfo::name);
  if (named != networks->end() && named->hash == hash) return then;
  const auto found = std::ranges::find(*networks, hash, &NetworkInfo::hash);
  if (hash.empty() || found == networks->end()) return std::nullopt;
  return found->name;
}

Result<void> train_network_command(TrainNetworkOptions options, const CommandContext& context) {
  PlanerTrainRequest& request = options.request;
  const bool from = !request.from.empty();
  if (auto given = check_given("train", {{"STUDY", !options.common.study.empty()},
                                         {"--name", !request.name.empty()},
                                         {"--text", from || !request.text.file.empty()},
                                         {"--config or --from", from || !request.config.empty()},
                                         {"--steps", request.course.steps != 0}});
      !given) {
    return given;
  }
  if (auto text = check_text(request.text); !text) return text;
  if (auto config = check_config(request.config); !config) return config;
  request.study = options.common.study;
  request.job = job_options(
      context, options.common.flags, options.common.study, "planer-train",
      NetworkWork{
          "train", {request.name}, request.from, request.config, request.course.steps, {}, {}});
  const auto engine = load_engine();
  TRY(engine);
  return print_outcome((*engine)->planer_train(request), options.common, print_trained_network);
}

}  // namespace

void add_planer_train(CLI::App& planer, CommandContext& context) {
  auto* command =
      planer.add_subcommand("train", "train a language model; it becomes a network of the study");
  auto options = std::make_shared<TrainNetworkOptions>();
  PlanerTrainRequest& request = options->request;
  command->add_option("STUDY", options->common.study,
                      "the study's folder, made where it is absent");
  add_text_options(
      *command, request.text,
      "the text; 90 % of it to train on, 5 % for validation (default: that of --from)");
  command->add_option("--config", request.config,
                      "the backbone: a built-in configuration, or a JSON file (default: that of "
                      "--from)");
  command->add_option("--from", request.from,
                      "a network of the study whose weights it begins with");
  command->add_option("--architecture", request.architecture,
                      "a JSON file with one option per slot (default: that of --from, or the "
                      "configuration's baseline)");
  add_course_options(*command, request.course, "steps of training", "--teacher");
  command->add_option("--teacher", request.teacher,
                      "a network of the study to learn from, with --distill");
  command->add_option("--name", request.name, "the network's name");
  command->add_flag(
      "--resume", request.resume,
      "start, or go on from the last checkpoint; alone, with the options of the start");
  add_planer_flags(*command, options->common);
  const auto is_kept = [](const std::filesystem::path& study, const std::string& name) {
    std::error_code code;
    return std::filesystem::exists(study / network_checkpoint(name), code) ||
           std::filesystem::exists(study / network_file(name), code);
  };
  on_resumed_planer_command(
      *command, context, options, ResumedWork{{"planer-train"}, is_kept, network_now},
      train_network_command,
      [](TrainNetworkOptions& given) -> std::string& { return given.request.name; });
}

}  // namespace plumbline

#include <memory>

#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>

#include "app/engine/commands/planer_summary.h"
#include "app/engine/load_engine.h"
#include "core/planer/key_map.h"
#include "core/study/copy_search.h"
#include "core/types/count_text.h"

namespace plumbline {

namespace {

struct ImportOptions {
  PlanerCommon common;
  PlanerImportRequest request;
  std::string from, search;
};

void print_imported_search(const nlohmann::ordered_json& summary) {
  fmt::print("{}: {} imported, {} already in the study\n", text_of(summary, "search"),
             count_text(static_cast<std::int64_t>(summary["networks"].size()), "network"),
             count_of(summary, "known_networks"));
}

/// A search of another study, with what it found.
Result<nlohmann::ordered_json> take_search(const ImportOptions& options) {
  const auto from = Study::open(options.from, Access::read_only);
  TRY(from);
  auto to = Study::open(options.common.study, Access::create);
  TRY(to);
  const auto copied = copy_search(*from, *to, options.search, TextPath::as_in_study);
  TRY(copied);
  warn_of_damaged(copied->damaged);
  return nlohmann::ordered_json{{"search", copied->search},
                                {"networks", copied->networks},
                                {"known_networks", copied->known_networks},
                                {"latencies", copied->latencies},
                                {"quieter_latencies", copied->quieter_latencies},
                                {"energies", copied->energies},
                                {"quieter_energies", copied->quieter_energies},
                                {"damaged", copied->damaged}};
}

void print_import(const nlohmann::ordered_json& summary) {
  fmt::print("{}: {} parameters, {}; {} on validation\n", text_of(summary, "name"),
             count_of(summary, "parameters"), strip_of(summary), loss_of(summary));
}

Result<void> import(ImportOptions options, const CommandContext& context) {
  PlanerImportRequest& request = options.request;
  if (!options.from.empty()) {
    if (auto given = check_given("import", {{"STUDY", !options.common.study.empty()},
                                            {"--search", !options.search.empty()}});
        !given) {
      return given;
    }
    return as_job(
        job_options(context, options.common.flags, options.common.study, "planer-import",
                    NetworkWork{"import", {options.search}, "", "", 0, {}, {}}),
        [&] { return print_outcome(take_search(options), options.common, print_imported_search); });
  }
  if (auto given = check_given("import", {{"STUDY", !options.common.study.empty()},
                                          {"--name", !request.name.empty()},
                                          {"--file", !request.file.empty()},
                                          {"--config", !request.config.empty()},
                                          {"--map", !request.map.empty()}});
      !given) {
    return given;
  }
  if (auto text = check_text(request.text); !text) return text;
  if (auto config = check_config(request.config); !config) return config;
  request.study = options.common.study;
  request.job = job_options(context, options.common.flags, options.common.study, "planer-import",
                            NetworkWork{"import", {request.name}, "", request.config, 0, {}, {}});
  const auto engine = load_engine();
  TRY(engine);
  return print_outcome((*engine)->planer_import(request), options.common, print_import);
}

}  // namespace

void add_planer_import(CLI::App& planer, CommandContext& context) {
  auto* command = planer.add_subcommand(
      "import",
      "import the weights of a published network, or a search of another study with what it found");
  auto options = std::make_shared<ImportOptions>();
  PlanerImportRequest& request = options->request;
  command->add_option("STUDY", options->common.study,
                      "the study's folder, made where it is absent");
  command->add_option("--file", request.file, "its weights: safetensors");
  command->add_option("--config", request.config,
                      "its backbone: a built-in configuration, or a JSON file");
  command->add_option("--map", request.map, "whose names of tensors the file has")
      ->check(CLI::IsMember(key_map_names()));
  command->add_option("--name", request.name, "the network's name");
  add_text_options(*command, request.text, "a text to evaluate it on");
  command->add_option("--device", request.device, "auto, cpu or cuda:N")->capture_default_str();
  auto* from = command->add_option("--from", options->from,
                                   "instead of weights: another study, whose --search is imported");
  // They are of weights that are brought in, and would have no effect.
  for (const char* other :
       {"--file", "--config", "--map", "--name", "--text", "--tokens", "--words", "--device"})
    from->excludes(command->get_option(other));
  command->add_option("--search", options->search, "the search's name there")->needs(from);
  add_planer_flags(*command, options->common);
  on_planer_command(*command, context, options, import);
}

}  // namespace plumbline

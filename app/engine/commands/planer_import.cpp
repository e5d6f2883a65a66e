#include <memory>

#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>

#include "app/engine/commands/planer_summary.h"
#include "app/engine/load_engine.h"
#include "core/planer/key_map.h"

namespace plumbline {

namespace {

struct ImportOptions {
  PlanerCommon common;
  PlanerImportRequest request;
};

void print_import(const nlohmann::ordered_json& summary) {
  fmt::print("{}: {} parameters, {}; {} on validation\n", text_of(summary, "name"),
             count_of(summary, "parameters"), strip_of(summary), loss_of(summary));
}

Result<void> import(ImportOptions options, const CommandContext& context) {
  PlanerImportRequest& request = options.request;
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
  auto* command =
      planer.add_subcommand("import", "weights of a published network become one of the study");
  auto options = std::make_shared<ImportOptions>();
  PlanerImportRequest& request = options->request;
  command->add_option("STUDY", options->common.study,
                      "the study's folder, made where it is absent");
  command->add_option("--file", request.file, "its weights: safetensors");
  command->add_option("--config", request.config,
                      "its backbone: a built-in configuration, or a JSON file");
  command->add_option("--map", request.map, "whose names its tensors have")
      ->check(CLI::IsMember(key_map_names()));
  command->add_option("--name", request.name, "the network's name");
  add_text_options(*command, request.text, "a text to evaluate it on");
  command->add_option("--device", request.device, "auto, cpu or cuda:N")->capture_default_str();
  add_planer_flags(*command, options->common);
  on_planer_command(*command, context, options, import);
}

}  // namespace plumbline

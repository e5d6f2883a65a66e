#include <memory>

#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>

#include "app/engine/commands/planer_summary.h"
#include "app/engine/load_engine.h"
#include "core/data/atomic_file.h"

namespace plumbline {

namespace {

struct ExportNetworkOptions {
  PlanerCommon common;
  PlanerExportRequest request;
};

void print_export(const nlohmann::ordered_json& summary) {
  fmt::print("{}: {}\n", text_of(summary, "name"), text_of(summary, "file"));
}

Result<void> export_network(ExportNetworkOptions options, const CommandContext& context) {
  PlanerExportRequest& request = options.request;
  if (auto given = check_given("export", {{"STUDY", !options.common.study.empty()},
                                          {"--name", !request.name.empty()},
                                          {"--format", !request.format.empty()},
                                          {"--output", !request.output.empty()}});
      !given) {
    return given;
  }
  request.study = options.common.study;
  return as_job(job_options(context, options.common.flags, options.common.study, "planer-export",
                            NetworkWork{"export", {request.name}, "", "", 0, {}, {}}),
                [&]() -> Result<void> {
                  const auto engine = load_engine();
                  TRY(engine);
                  const auto summary = (*engine)->planer_export(request);
                  if (summary && is_standard_output(request.output)) return {};
                  return print_outcome(summary, options.common, print_export);
                });
}

}  // namespace

void add_planer_export(CLI::App& planer, CommandContext& context) {
  auto* command =
      planer.add_subcommand("export", "write a network as a file that other programs load");
  auto options = std::make_shared<ExportNetworkOptions>();
  PlanerExportRequest& request = options->request;
  command->add_option("STUDY", options->common.study, "the study's folder");
  command->add_option("--name", request.name, "the network's name");
  command
      ->add_option("--format", request.format,
                   "torchscript (memory in and out), or safetensors with its architecture as JSON")
      ->check(CLI::IsMember(std::vector<std::string>{"torchscript", "safetensors"}));
  command->add_option("-o,--output", request.output,
                      "the file; of TorchScript without words - is standard output");
  add_planer_flags(*command, options->common);
  on_planer_command(*command, context, options, export_network);
}

}  // namespace plumbline

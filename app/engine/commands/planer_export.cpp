#include <filesystem>
#include <memory>

#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>

#include "app/engine/commands/planer_summary.h"
#include "app/engine/load_engine.h"
#include "core/data/atomic_file.h"
#include "core/data/atomic_folder.h"
#include "core/study/copy_search.h"

namespace plumbline {

namespace {

struct ExportNetworkOptions {
  PlanerCommon common;
  PlanerExportRequest request;
  std::string search;
};

void print_export(const nlohmann::ordered_json& summary) {
  fmt::print("{}: {}\n", text_of(summary, "name"), text_of(summary, "file"));
}

/// A search as a study of its own, whole or not there.
Result<nlohmann::ordered_json> write_search(const std::string& study, const std::string& search,
                                            const std::filesystem::path& folder) {
  const auto from = Study::open(study, Access::read_only);
  TRY(from);
  CopiedSearch copied;
  const auto copy = [&](const std::filesystem::path& part) -> Result<void> {
    auto to = Study::open(part, Access::create);
    TRY(to);
    auto all = copy_search(*from, *to, search, TextPath::name_only);
    TRY(all);
    copied = std::move(*all);
    return {};
  };
  TRY(write_folder_atomically(folder, copy));
  warn_of_damaged(copied.damaged);
  return nlohmann::ordered_json{{"name", search},
                                {"file", folder.string()},
                                {"networks", copied.networks},
                                {"damaged", copied.damaged}};
}

Result<void> export_network(ExportNetworkOptions options, const CommandContext& context) {
  PlanerExportRequest& request = options.request;
  if (!options.search.empty()) {
    if (auto given = check_given("export", {{"STUDY", !options.common.study.empty()},
                                            {"--output", !request.output.empty()}});
        !given) {
      return given;
    }
    return as_job(job_options(context, options.common.flags, options.common.study, "planer-export",
                              NetworkWork{"export", {options.search}, "", "", 0, {}, {}}),
                  [&] {
                    return print_outcome(
                        write_search(options.common.study, options.search, request.output),
                        options.common, print_export);
                  });
  }
  if (auto given = check_given("export", {{"STUDY", !options.common.study.empty()},
                                          {"--name", !request.name.empty()},
                                          {"--format", !request.format.empty()},
                                          {"--output", !request.output.empty()}});
      !given) {
    return given;
  }
  if (options.common.json && is_standard_output(request.output)) {
    return usage_error("the network itself goes to standard output", "--json",
                       "leave it out, or name a file by -o");
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
  auto* command = planer.add_subcommand(
      "export",
      "write a network as a file that other programs can load, or a search as a small study");
  auto options = std::make_shared<ExportNetworkOptions>();
  PlanerExportRequest& request = options->request;
  command->add_option("STUDY", options->common.study, "the study's folder");
  command->add_option("--name", request.name, "the network's name");
  command
      ->add_option(
          "--format", request.format,
          "torchscript (memory in and out, or in rings), or safetensors with its architecture as "
          "JSON")
      ->check(CLI::IsMember(std::vector<std::string>{"torchscript", "safetensors"}));
  auto* search =
      command->add_option("--search", options->search,
                          "instead of a network: a search with its course, its measurements and "
                          "what it found, as its own study, which planer import --from reads");
  for (const char* other : {"--name", "--format"}) search->excludes(command->get_option(other));
  command->add_option("-o,--output", request.output,
                      "the file, or a search's folder; of TorchScript without words - is standard "
                      "output");
  add_planer_flags(*command, options->common);
  on_planer_command(*command, context, options, export_network);
}

}  // namespace plumbline

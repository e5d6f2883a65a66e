#include <memory>

#include <CLI/Option.hpp>

#include "app/engine/commands/planer_summary.h"
#include "app/engine/load_engine.h"

namespace plumbline {

namespace {

struct ProfileOptions {
  PlanerCommon common;
  std::string batches, lengths;
  PlanerProfileRequest request;
};

std::string measured_text(const nlohmann::ordered_json& measured) {
  return fmt::format("{:>9} ms ± {}", figure_of(measured, "median_ms", 4),
                     figure_of(measured, "spread_ms", 4));
}

/// Prints a table of energies below that of latencies: a line for each thing that was measured.
void print_energies(const nlohmann::ordered_json& table) {
  fmt::print("  J for 1,000 tokens, by {}; {} W at rest\n", text_of(table, "source"),
             figure_of(table, "idle_watts", 1));
  const auto line = [](const std::string& name, const nlohmann::ordered_json& measured) {
    if (!measured.is_object()) return;
    fmt::print("  {:16} {:>9} J  ± {}, {} J of it at rest\n", name,
               figure_of(measured, "joules_per_1000_tokens", 4),
               figure_of(measured, "joules_spread_per_1000_tokens", 4),
               figure_of(measured, "joules_idle_per_1000_tokens", 4));
  };
  const auto options = table.value("options", nlohmann::ordered_json::object());
  for (const auto& [name, measured] : options.items()) line(name, measured);
  for (const char* name : {"embedding", "softmax", "baseline"})
    line(name, table.value(name, nlohmann::ordered_json()));
  fmt::print("  {:16} {:>9} J, by the table\n", "baseline",
             figure_of(table, "estimate_joules_per_1000_tokens", 4));
}

/// Prints one table: its key, then a line for each thing that was measured.
void print_table(const nlohmann::ordered_json& table) {
  const auto key = table.value("key", nlohmann::ordered_json::object());
  fmt::print("{}: batch {}, length {}, memory {}, {}\n", text_of(key, "device"),
             count_of(key, "batch"), count_of(key, "length"), count_of(key, "memory"),
             text_of(key, "precision"));
  const auto line = [](const std::string& name, const nlohmann::ordered_json& measured) {
    if (measured.is_object()) fmt::print("  {:16} {}\n", name, measured_text(measured));
  };
  const auto options = table.value("options", nlohmann::ordered_json::object());
  for (const auto& [name, measured] : options.items()) line(name, measured);
  for (const char* name : {"embedding", "softmax", "norm", "baseline"})
    line(name, table.value(name, nlohmann::ordered_json()));
  fmt::print("  {:16} {:>9} ms, by the table\n", "baseline", figure_of(table, "estimate_ms", 4));
  const auto energy = table.find("energy");
  if (energy == table.end()) return;
  if (const auto energies = table.find("energy_table");
      energies != table.end() && energies->is_object())
    print_energies(*energies);
  if (energy->is_object())
    fmt::print("  {:16} {:>9} J for 1,000 tokens, {} J of it at rest, by {}\n", "energy",
               figure_of(*energy, "joules_per_1000_tokens", 4),
               figure_of(*energy, "joules_idle_per_1000_tokens", 4), text_of(*energy, "source"));
  else
    fmt::print("  {:16} {:>9} {}\n", "energy", "–",
               text_of(table.value("null_reasons", nlohmann::ordered_json::object()), "energy"));
}

void print_profile(const nlohmann::ordered_json& summary) {
  const auto tables = summary.is_object() ? summary.find("tables") : summary.end();
  if (tables == summary.end() || !tables->is_array()) return print_table(summary);
  for (const auto& table : *tables) print_table(table);
}

Result<void> profile(ProfileOptions options, const CommandContext& context) {
  PlanerProfileRequest& request = options.request;
  if (auto given = check_given(
          "profile", {{"STUDY", !options.common.study.empty()},
                      {"--config or --name", !request.config.empty() || !request.network.empty()}});
      !given) {
    return given;
  }
  if (!request.config.empty() && !request.network.empty()) {
    return usage_error("the network given by --name has its own configuration", "--config");
  }
  if (auto config = check_config(request.config); !config) return config;
  auto batches = parse_counts(options.batches, "--batches");
  TRY(batches);
  auto lengths = parse_counts(options.lengths, "--lengths");
  TRY(lengths);
  if (!batches->empty() && request.shape.batch != 0) {
    return usage_error("give either --batch or --batches", "--batches");
  }
  if (!lengths->empty() && request.shape.length != 0) {
    return usage_error("give either --length or --lengths", "--lengths");
  }
  request.batches = std::move(*batches);
  request.lengths = std::move(*lengths);
  request.study = options.common.study;
  NetworkWork work{"profile", {}, "", request.config, 0, request.batches, request.lengths};
  if (!request.network.empty()) work.networks = {request.network};
  if (request.shape.batch != 0) work.batches = {request.shape.batch};
  if (request.shape.length != 0) work.lengths = {request.shape.length};
  request.job = job_options(context, options.common.flags, options.common.study, "planer-profile",
                            std::move(work));
  const auto engine = load_engine();
  TRY(engine);
  return print_outcome((*engine)->planer_profile(request), options.common, print_profile);
}

}  // namespace

void add_planer_profile(CLI::App& planer, CommandContext& context) {
  auto* command = planer.add_subcommand("profile",
                                        "measure on this device what each option of a slot takes: "
                                        "a latency table, and with --energy an energy table");
  auto options = std::make_shared<ProfileOptions>();
  PlanerProfileRequest& request = options->request;
  command->add_option("STUDY", options->common.study,
                      "the study's folder, made where it is absent");
  command->add_option("--config", request.config,
                      "the backbone: a built-in configuration, or a JSON file");
  command->add_option("--name", request.network, "a network of the study instead");
  add_shape_options(*command, request.shape);
  command->add_option("--batches", options->batches,
                      "several, separated by commas: a table for each of them and of --lengths");
  command->add_option("--lengths", options->lengths, "several, separated by commas");
  command->add_flag(
      "--energy", request.energy,
      "also measure what each option, and a step of the network (or of the configuration's "
      "baseline), draws for 1,000 tokens, where the device counts it: an energy table, which "
      "--target-energy of a search needs (about three more minutes per table)");
  command->add_flag("--replace", request.replace,
                    "keep the tables even where the study has some whose repeats spread less");
  add_planer_flags(*command, options->common);
  on_planer_command(*command, context, options, profile);
}

}  // namespace plumbline

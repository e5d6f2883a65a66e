#include <filesystem>
#include <memory>
#include <optional>

#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>

#include "app/engine/commands/planer_summary.h"
#include "app/engine/load_engine.h"
#include "core/study/network_paths.h"
#include "core/study/study.h"
#include "core/types/list_text.h"

namespace plumbline {

namespace {

struct SearchOptions {
  PlanerCommon common;
  std::vector<std::string> targets, energy_targets;
  double target_ms = 0;
  std::int64_t random = 0;
  std::string without;
  PlanerSearchRequest request;
};

void print_search(const nlohmann::ordered_json& summary) {
  fmt::print("{}: found from {}\n", text_of(summary, "search"), text_of(summary, "baseline"));
  for (const auto& network : summary.value("networks", nlohmann::ordered_json::array())) {
    print_network(network);
  }
}

Result<void> set_targets(SearchOptions& options, bool several) {
  PlanerSearchRequest& request = options.request;
  auto targets = parse_targets(options.targets, CostKind::latency);
  TRY(targets);
  auto energy_targets = parse_targets(options.energy_targets, CostKind::energy);
  TRY(energy_targets);
  if (!energy_targets->empty() && (!targets->empty() || options.target_ms != 0)) {
    return usage_error("a search has targets of latency or of energy, not of both",
                       "--target-energy", "start a second search for the other");
  }
  if (several && targets->empty() && energy_targets->empty()) {
    return usage_error("--targets are needed", "planer sweep",
                       "for example --targets 0.3,0.5,0.7, or --target-energy 0.3,0.5,0.7");
  }
  if (!several) {
    if (targets->size() > 1 || energy_targets->size() > 1) {
      return usage_error(
          "one target is expected here",
          std::string(target_option(targets->size() > 1 ? CostKind::latency : CostKind::energy)),
          "planer sweep searches for several");
    }
    if (energy_targets->empty() && targets->empty() == (options.target_ms == 0)) {
      return usage_error("either --target, --target-ms or --target-energy is needed",
                         "planer search", "--target 0.5: half of the baseline's latency");
    }
    if (options.target_ms != 0) request.target_ms = options.target_ms;
  }
  request.targets = std::move(*targets);
  request.energy_targets = std::move(*energy_targets);
  return {};
}

Result<void> search(SearchOptions options, const CommandContext& context, bool several) {
  PlanerSearchRequest& request = options.request;
  const std::string name = several ? "sweep" : "search";
  if (auto given = check_given(name, {{"STUDY", !options.common.study.empty()},
                                      {"--name", !request.name.empty()},
                                      {"--from", !request.from.empty()},
                                      {"--steps", request.course.steps != 0}});
      !given) {
    return given;
  }
  if (auto targets = set_targets(options, several); !targets) return targets;
  if (auto text = check_text(request.text); !text) return text;
  if (auto config = check_config(request.config); !config) return config;
  request.study = options.common.study;
  request.random = static_cast<int>(options.random);
  request.without = split_list(options.without);
  request.shape.device = request.course.device;
  const bool saves_energy = !request.energy_targets.empty();
  request.job = job_options(context, options.common.flags, options.common.study, "planer-" + name,
                            SearchWork{request.name, request.from,
                                       saves_energy ? request.energy_targets : request.targets,
                                       request.course.steps, saves_energy});
  const auto engine = load_engine();
  TRY(engine);
  return print_outcome((*engine)->planer_search(request), options.common, print_search);
}

void add(CLI::App& command, CommandContext& context, bool several) {
  auto options = std::make_shared<SearchOptions>();
  PlanerSearchRequest& request = options->request;
  constexpr std::int64_t most_search_steps = 100'000'000;
  command.add_option("STUDY", options->common.study, "the study's folder");
  add_text_options(command, request.text, "the text (default: that of --from)");
  command.add_option("--config", request.config,
                     "the backbone, as a check: that of --from is used");
  command.add_option("--from", request.from,
                     "the existing network, whose weights the options begin with");
  command
      .add_option("--target,--targets", options->targets,
                  several ? "fractions of the baseline's latency, separated by commas: 0.01 to 1"
                          : "a fraction of the baseline's latency: 0.01 to 1")
      ->allow_extra_args(false);
  command
      .add_option("--target-energy", options->energy_targets,
                  several ? "fractions of the baseline's energy per token instead, separated by "
                            "commas: run planer profile --energy first"
                          : "a fraction of the baseline's energy per token instead: run planer "
                            "profile --energy first")
      ->allow_extra_args(false);
  if (!several) {
    command.add_option("--target-ms", options->target_ms, "the latency in milliseconds instead")
        ->check(CLI::Range(1e-6, 1e6));
  }
  add_course_options(command, request.course, "steps of each retraining", "--from in retraining");
  add_count(command, "--warm-up", request.warm_up_steps, 1, most_search_steps,
            "steps in which every option is trained and none preferred (default: --steps)");
  add_count(command, "--search-steps", request.search_steps, 1, most_search_steps,
            "steps of the search after them, for each target (default: --steps)");
  add_shape_options(command, request.shape, "latency-");
  add_count(
      command, "--random", options->random, 0, 64,
      "for each target retrain this many random architectures of equal latency, or energy, in "
      "the same way")
      ->capture_default_str();
  command.add_flag(
      "--free", request.free,
      "for each target also retrain the architecture of equal latency, or energy, that has the "
      "most parameters, which needs no search (LiteTransformerSearch's rule)");
  command.add_option(
      "--without", options->without,
      "options that must not be chosen, separated by commas, for example experts-1,experts-2");
  command.add_option("--name", request.name, "the search's name; networks are named after it");
  command.add_flag(
      "--resume", request.resume,
      "start, or go on from the last checkpoint; alone, with the options of the start");
  add_planer_flags(command, options->common);
  const auto is_kept = [](const std::filesystem::path& study, const std::string& name) {
    std::error_code code;
    return std::filesystem::exists(study / search_files(name), code);
  };
  const auto base_now = [](const std::filesystem::path& folder, const std::string& name,
                           std::string_view option,
                           const std::string&) -> std::optional<std::string> {
    if (option != "--from") return std::nullopt;
    const auto study = Study::open(folder, Access::read_only);
    if (!study) return std::nullopt;
    auto known = study->search(name);
    if (!known) return std::nullopt;
    return std::move(known->base);
  };
  on_resumed_planer_command(
      command, context, options, ResumedWork{{"planer-search", "planer-sweep"}, is_kept, base_now},
      [several](const SearchOptions& given, const CommandContext& where) {
        return search(given, where, several);
      },
      [](SearchOptions& given) -> std::string& { return given.request.name; });
}

}  // namespace

void add_planer_search(CLI::App& planer, CommandContext& context) {
  add(*planer.add_subcommand("search",
                             "search for an architecture that meets a latency, or an energy, and "
                             "retrain it"),
      context, false);
}

void add_planer_sweep(CLI::App& planer, CommandContext& context) {
  add(*planer.add_subcommand(
          "sweep", "search for several latencies, or energies, which share the trained options"),
      context, true);
}

}  // namespace plumbline

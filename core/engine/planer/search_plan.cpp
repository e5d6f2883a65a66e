#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "core/engine/planer/network_words.h"
#include "core/engine/planer/search_stages.h"
#include "core/study/network_paths.h"

namespace plumbline {

namespace {

/// A target of energy needs what each option draws. That is not measured on the way, as latencies
/// are: it takes minutes, which somebody has asked for.
Result<void> check_energy_table(const Study& study, const SearchPlan& plan) {
  const auto tables = study.energy_tables();
  TRY(tables);
  const StepKey key = plan.step.key();
  if (std::ranges::any_of(*tables, [&](const EnergyTable& table) {
        return table.key == key && same_costs(table.config, plan.base.config);
      }))
    return {};
  return usage_error(
      fmt::format("there is no energy table of the options of '{}' on {} for batch {}, length {}, "
                  "memory {}, {}",
                  plan.base.config.name, key.device, key.batch, key.length, key.memory,
                  key.precision),
      "--target-energy",
      fmt::format("measure it first: plumbline-engine planer profile STUDY --name {} --batch {} "
                  "--length {} --memory {} --precision {} --energy",
                  plan.base.name, key.batch, key.length, key.memory, key.precision));
}

/// The targets as fractions of the baseline's cost; one in ms needs the baseline's from a table.
Result<std::vector<double>> targets_of(const PlanerSearchRequest& request, const Study& study,
                                       const SearchPlan& plan) {
  const std::string option(target_option(plan.cost));
  std::vector<double> targets =
      plan.cost == CostKind::energy ? request.energy_targets : request.targets;
  if (request.target_ms) {
    const auto tables = study.latency_tables();
    if (!tables) return tl::unexpected(tables.error());
    const auto table = std::ranges::find_if(*tables, [&](const LatencyTable& candidate) {
      return candidate.key == plan.step.key() && same_costs(candidate.config, plan.base.config);
    });
    if (table == tables->end())
      return usage_error("a target in ms needs the baseline's latency, which is not measured yet",
                         "--target-ms", "measure it first: plumbline-engine planer profile");
    targets.push_back(*request.target_ms / table->baseline.median_ms);
  }
  if (targets.empty()) return usage_error("a target is needed", "--target", "for example 0.5");
  std::set<double> seen;
  for (const double target : targets) {
    if (!std::isfinite(target) || target <= 0 || target > 2)
      return usage_error(
          fmt::format("{:.4g} is out of range", target), option,
          fmt::format("a fraction of the baseline's {}: above 0, at most 2", cost_name(plan.cost)));
    if (!seen.insert(target).second)
      return usage_error(fmt::format("{:.4g} is given twice", target), option);
  }
  return targets;
}

/// The options that must not be chosen. The published ones stay: increments are counted from them.
Result<std::vector<OptionIndex>> options_without(const std::vector<std::string>& names,
                                                 const BackboneConfig& config) {
  const auto usable = usable_options(config);
  const Architecture published = baseline_architecture(config);
  std::vector<OptionIndex> without;
  for (const std::string& name : names) {
    const auto option = find_option(name);
    if (!option || std::ranges::find(usable, *option) == usable.end())
      return usage_error(fmt::format("'{}' is not an option of this backbone", name), "--without",
                         fmt::format("one of: {}", option_names(usable)));
    if (*option == skip_option || std::ranges::find(published, *option) != published.end())
      return usage_error(fmt::format("a search cannot do without '{}'", name), "--without",
                         "the existing network's own options, and skip, are always searched");
    without.push_back(*option);
  }
  std::ranges::sort(without);
  const auto twice = std::ranges::unique(without);
  without.erase(twice.begin(), twice.end());
  return without;
}

}  // namespace

std::filesystem::path search_folder(const Study& study, const std::string& name) {
  return study.folder() / search_files(name);
}

Result<SearchPlan> plan_search(const PlanerSearchRequest& request, const Study& study) {
  SearchPlan plan;
  plan.name = request.name;
  if (request.from.empty())
    return usage_error("a search begins with an existing network", "--from",
                       "make one: plumbline-engine planer import, or planer train");
  auto base = study.network(request.from);
  if (!base) return tl::unexpected(base.error());
  plan.base = std::move(*base);
  if (!request.config.empty()) {
    const auto config = load_backbone_config(request.config);
    if (!config) return tl::unexpected(config.error());
    if (!(*config == plan.base.config))
      return usage_error(fmt::format("the network '{}' has another configuration", request.from),
                         "--config", "leave it out: the network's own is used");
  }
  if (plan.base.architecture != baseline_architecture(plan.base.config))
    return usage_error(fmt::format("the network '{}' is not a baseline", request.from), "--from",
                       "a search must begin with attention and feed-forward in every layer");
  plan.text = text_or_own(request.text, plan.base);
  auto course = course_settings(request.course, plan.base.config);
  if (!course) return tl::unexpected(course.error());
  plan.course = *course;
  plan.warm_up_steps = request.warm_up_steps > 0 ? request.warm_up_steps : plan.course.steps;
  plan.search_steps = request.search_steps > 0 ? request.search_steps : plan.course.steps;
  auto step = step_settings(request.shape, plan.base.config);
  if (!step) return tl::unexpected(step.error());
  plan.step = *step;
  if (request.random < 0 || request.random > 1000) return usage_error("from 0 to 1000", "--random");
  plan.random = request.random;
  plan.free = request.free;
  auto without = options_without(request.without, plan.base.config);
  if (!without) return tl::unexpected(without.error());
  plan.without = std::move(*without);
  if (!request.energy_targets.empty()) {
    // One search has one front and one course: its shared weights serve both kinds no better than
    // a second search's own, whose targets would only be mixed up with the first one's.
    if (!request.targets.empty() || request.target_ms)
      return usage_error("a search has targets of latency or of energy, not of both",
                         "--target-energy", "start a second search for the other");
    plan.cost = CostKind::energy;
    TRY(check_energy_table(study, plan));
  }
  auto targets = targets_of(request, study, plan);
  if (!targets) return tl::unexpected(targets.error());
  plan.targets = std::move(*targets);
  return plan;
}

}  // namespace plumbline

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "core/engine/planer/network_words.h"
#include "core/engine/planer/search_stages.h"
#include "core/study/network_paths.h"

namespace plumbline {

namespace {

/// The targets as fractions of the baseline's latency; one in ms needs the baseline's from a table.
Result<std::vector<double>> targets_of(const PlanerSearchRequest& request, const Study& study,
                                       const SearchPlan& plan) {
  std::vector<double> targets = request.targets;
  if (request.target_ms) {
    const auto tables = study.latency_tables();
    if (!tables) return tl::unexpected(tables.error());
    const auto table = std::ranges::find_if(*tables, [&](const LatencyTable& candidate) {
      return candidate.key == plan.step.key() && same_latency(candidate.config, plan.base.config);
    });
    if (table == tables->end())
      return usage_error("a target in ms needs the baseline's latency, which is not measured yet",
                         "--target-ms", "plumbline-engine planer profile measures it");
    targets.push_back(*request.target_ms / table->baseline.median_ms);
  }
  if (targets.empty()) return usage_error("a target is needed", "--target", "0.5, say");
  std::set<double> seen;
  for (const double target : targets) {
    if (!std::isfinite(target) || target <= 0 || target > 2)
      return usage_error(fmt::format("{:.4g} is out of range", target), "--target",
                         "a fraction of the baseline's latency: above 0, at most 2");
    if (!seen.insert(target).second)
      return usage_error(fmt::format("{:.4g} stands twice", target), "--target");
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
      return usage_error(fmt::format("'{}' is no option of this backbone", name), "--without",
                         fmt::format("one of: {}", option_names(usable)));
    if (*option == skip_option || std::ranges::find(published, *option) != published.end())
      return usage_error(fmt::format("a search cannot do without '{}'", name), "--without",
                         "the existing network's own options and skip are always there");
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
                       "planer import or planer train makes one");
  auto base = study.network(request.from);
  if (!base) return tl::unexpected(base.error());
  plan.base = std::move(*base);
  if (!request.config.empty()) {
    const auto config = load_backbone_config(request.config);
    if (!config) return tl::unexpected(config.error());
    if (!(*config == plan.base.config))
      return usage_error(fmt::format("the network '{}' has another configuration", request.from),
                         "--config", "leave it out: the network's own is taken");
  }
  if (plan.base.architecture != baseline_architecture(plan.base.config))
    return usage_error(fmt::format("the network '{}' is not a baseline", request.from), "--from",
                       "a search begins with attention and feed-forward in every layer");
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
  auto targets = targets_of(request, study, plan);
  if (!targets) return tl::unexpected(targets.error());
  plan.targets = std::move(*targets);
  return plan;
}

}  // namespace plumbline

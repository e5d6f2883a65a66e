#include "core/engine/planer/search_network.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "core/engine/planer/planer_setup.h"
#include "core/engine/planer/search_stages.h"
#include "core/jobs/file_lock.h"
#include "core/jobs/work_locks.h"
#include "core/study/study.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// Says which options a search leaves out for want of a latency: an older version's table has
/// fewer.
void say_unmeasured(const CostTable& costs, const SearchPlan& plan, Job& job) {
  std::vector<OptionIndex> missing;
  for (const OptionIndex option : unmeasured_options(costs))
    if (std::ranges::count(plan.without, option) == 0 &&
        is_measurable(costs.config, option, plan.step))
      missing.push_back(option);
  if (missing.empty()) return;
  job.warning(plan.cost == CostKind::latency ? "latencies" : "energies",
              fmt::format("the study's {} table lacks {}, so the search does without them "
                          "(plumbline-engine planer profile{} measures all options)",
                          cost_name(plan.cost), option_names(missing),
                          plan.cost == CostKind::latency ? "" : " --energy"),
              plan.step.key().device);
}

/// The latencies of the search's backbone and step, from the study or measured now.
Result<CostTable> latency_costs(Study& study, const SearchPlan& plan, Job& job) {
  const auto tables = study.latency_tables();
  if (!tables) return tl::unexpected(tables.error());
  for (const LatencyTable& table : *tables)
    if (table.key == plan.step.key() && same_costs(table.config, plan.base.config)) {
      CostTable costs = cost_table_of(table);
      say_unmeasured(costs, plan, job);
      return costs;
    }
  bool cancelled = false;
  LatencyTable table = measure_latency_table(
      plan.base.config, plan.step,
      [&](int done, int total) { job.progress("latencies", done, total, "options"); },
      [&] { return cancelled = job.should_stop(); });
  if (cancelled) return tl::unexpected(cancelled_error("go on with --resume"));
  if (auto kept = study.set_latency_table(table); !kept) return tl::unexpected(kept.error());
  return cost_table_of(table);
}

/// The energies likewise, which were measured before.
Result<CostTable> energy_costs(const Study& study, const SearchPlan& plan, Job& job) {
  const auto tables = study.energy_tables();
  TRY(tables);
  for (const EnergyTable& table : *tables)
    if (table.key == plan.step.key() && same_costs(table.config, plan.base.config)) {
      CostTable costs = cost_table_of(table);
      say_unmeasured(costs, plan, job);
      return costs;
    }
  return bad_input("the energy table is no longer in the study", study.folder().string(),
                   "measure it again: plumbline-engine planer profile --energy");
}

/// Refuses targets that no architecture reaches, before anything is trained.
Result<void> check_targets(const SearchPlan& plan, const CostTable& costs) {
  const auto estimate = costs.estimate(baseline_architecture(plan.base.config));
  if (!estimate || !(*estimate > 0))
    return bad_input(fmt::format("the {} table lacks the options of the baseline, or has nothing "
                                 "but zeros",
                                 cost_name(plan.cost)),
                     plan.step.key().device,
                     fmt::format("measure it again: plumbline-engine planer profile{} --replace",
                                 plan.cost == CostKind::latency ? "" : " --energy"));
  const double baseline = *estimate, least = costs.fixed;
  for (const double target : plan.targets)
    if (target * baseline < least)
      return usage_error(
          fmt::format("a target of {:.3g} × is {}, less than embedding and softmax alone take",
                      target, cost_with_unit(plan.cost, target * baseline)),
          std::string(target_option(plan.cost)),
          fmt::format("the least reachable is {}, {:.3f} × the baseline's {}",
                      cost_with_unit(plan.cost, least), std::ceil(1000 * least / baseline) / 1000,
                      cost_with_unit(plan.cost, baseline)));
  return {};
}

Result<ordered_json> search(const SearchPlan& plan, const StepMeterOpener& open_meter, Study& study,
                            Job& job) {
  configure_planer(plan.course.device, plan.course.precision);
  const auto costs = plan.cost == CostKind::energy ? energy_costs(study, plan, job)
                                                   : latency_costs(study, plan, job);
  TRY(costs);
  TRY(check_targets(plan, *costs));
  std::optional<StepMeter> meter;
  if (plan.cost == CostKind::energy) {
    auto opened = open_meter(plan.step.device, job);
    TRY(opened);
    meter = std::move(*opened);
  }
  auto text = open_text(plan.text, plan.base.config, study, &plan.base, plan.course.device);
  if (!text) return tl::unexpected(text.error());
  SearchStages stages(plan, study, job, *costs, meter ? &*meter : nullptr, std::move(*text));
  if (auto begun = stages.begin(); !begun) return tl::unexpected(begun.error());
  if (auto warm = stages.warm_up(); !warm) return tl::unexpected(warm.error());
  ordered_json found = ordered_json::array();
  for (const double target : plan.targets) {
    auto networks = stages.target(target);
    if (!networks) return tl::unexpected(networks.error());
    for (auto& network : *networks) found.push_back(std::move(network));
  }
  return ordered_json{{"search", plan.name},
                      {"baseline", plan.base.name},
                      {"cost", cost_name(plan.cost)},
                      {"networks", found}};
}

}  // namespace

Result<ordered_json> search_network(const PlanerSearchRequest& request) {
  return search_network(request, open_step_meter);
}

Result<ordered_json> search_network(const PlanerSearchRequest& request,
                                    const StepMeterOpener& open_meter) {
  if (auto named = check_planer_name(request.name); !named) return tl::unexpected(named.error());
  auto study = Study::open(request.study, Access::read_write);
  if (!study) return tl::unexpected(study.error());
  const auto plan = plan_search(request, *study);
  if (!plan) return tl::unexpected(plan.error());
  std::error_code code;
  if (!request.resume && std::filesystem::exists(search_folder(*study, request.name), code))
    return usage_error(fmt::format("the search '{}' exists", request.name), "--name",
                       "go on with it, or add targets to it, with --resume");
  std::filesystem::create_directories(study->folder() / "jobs", code);
  auto lock = FileLock::try_lock(lock_file_of(study->folder(), "search " + request.name));
  if (!lock) return tl::unexpected(lock.error());
  if (!*lock)
    return bad_input(fmt::format("another process is working on the search '{}'", request.name),
                     study->folder().string(), "wait for it, or cancel it");
  return as_planer_job(request.job, request.name,
                       [&](Job& job) { return search(*plan, open_meter, *study, job); });
}

}  // namespace plumbline

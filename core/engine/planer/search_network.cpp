#include "core/engine/planer/search_network.h"

#include <algorithm>

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
void say_unmeasured(const LatencyTable& table, const SearchPlan& plan, Job& job) {
  std::vector<OptionIndex> missing = options_without_latency(table);
  std::erase_if(missing, [&](OptionIndex option) {
    return std::ranges::count(plan.without, option) > 0 ||
           !is_measurable(table.config, option, plan.step);
  });
  if (missing.empty()) return;
  job.warning("latencies",
              fmt::format("the study's latency table lacks {}, which are not searched "
                          "(plumbline-engine planer profile measures all options)",
                          option_names(missing)),
              plan.step.key().device);
}

/// The table of the search's backbone and step, from the study or measured now.
Result<LatencyTable> latency_table(Study& study, const SearchPlan& plan, Job& job) {
  const auto tables = study.latency_tables();
  if (!tables) return tl::unexpected(tables.error());
  for (const LatencyTable& table : *tables)
    if (table.key == plan.step.key() && same_latency(table.config, plan.base.config)) {
      say_unmeasured(table, plan, job);
      return table;
    }
  bool cancelled = false;
  LatencyTable table = measure_latency_table(
      plan.base.config, plan.step,
      [&](int done, int total) { job.progress("latencies", done, total, "options"); },
      [&] { return cancelled = job.should_stop(); });
  if (cancelled) return tl::unexpected(cancelled_error("go on with --resume"));
  if (auto kept = study.set_latency_table(table); !kept) return tl::unexpected(kept.error());
  return table;
}

/// Refuses targets that no architecture reaches, before anything is trained.
Result<void> check_targets(const SearchPlan& plan, const LatencyTable& table) {
  const double baseline = *table.estimate_ms(baseline_architecture(plan.base.config));
  const double least = table.embedding.median_ms + table.softmax.median_ms;
  for (const double target : plan.targets)
    if (target * baseline < least)
      return usage_error(
          fmt::format("a target of {:.3g} × is {:.4g} ms, less than embedding and softmax alone",
                      target, target * baseline),
          "--target",
          fmt::format("the least reachable is {:.4g} ms, {:.3f} × the baseline's {:.4g} ms", least,
                      std::ceil(1000 * least / baseline) / 1000, baseline));
  return {};
}

Result<ordered_json> search(const SearchPlan& plan, Study& study, Job& job) {
  configure_planer(plan.course.device, plan.course.precision);
  const auto table = latency_table(study, plan, job);
  if (!table) return tl::unexpected(table.error());
  if (auto checked = check_targets(plan, *table); !checked) return tl::unexpected(checked.error());
  auto text = open_text(plan.text, plan.base.config, study, &plan.base, plan.course.device);
  if (!text) return tl::unexpected(text.error());
  SearchStages stages(plan, study, job, *table, std::move(*text));
  if (auto begun = stages.begin(); !begun) return tl::unexpected(begun.error());
  if (auto warm = stages.warm_up(); !warm) return tl::unexpected(warm.error());
  ordered_json found = ordered_json::array();
  for (const double target : plan.targets) {
    auto networks = stages.target(target);
    if (!networks) return tl::unexpected(networks.error());
    for (auto& network : *networks) found.push_back(std::move(network));
  }
  return ordered_json{{"search", plan.name}, {"baseline", plan.base.name}, {"networks", found}};
}

}  // namespace

Result<ordered_json> search_network(const PlanerSearchRequest& request) {
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
    return bad_input(fmt::format("another process works on the search '{}'", request.name),
                     study->folder().string(), "wait for it, or cancel it");
  return as_planer_job(request.job, request.name,
                       [&](Job& job) { return search(*plan, *study, job); });
}

}  // namespace plumbline

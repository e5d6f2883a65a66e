#include "core/engine/planer/profile_device.h"

#include <fmt/format.h>

#include "core/engine/planer/planer_setup.h"
#include "core/study/study.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

Result<BackboneConfig> config_of(const PlanerProfileRequest& request, const Study& study) {
  if (request.network.empty()) return load_backbone_config(request.config);
  auto network = study.network(request.network);
  if (!network) return tl::unexpected(network.error());
  return network->config;
}

Result<ordered_json> profile(const std::vector<StepSettings>& steps, const BackboneConfig& config,
                             Study& study, Job& job) {
  configure_planer(steps.front().device, steps.front().precision);
  std::vector<ordered_json> tables;
  for (const StepSettings& step : steps) {
    bool cancelled = false;
    const std::string phase = fmt::format("batch {}, length {}", step.batch, step.length);
    const LatencyTable table = measure_latency_table(
        config, step, [&](int done, int total) { job.progress(phase, done, total, "options"); },
        [&] { return cancelled = job.should_stop(); });
    if (cancelled) return tl::unexpected(cancelled_error("measure again"));
    if (auto kept = study.set_latency_table(table); !kept) return tl::unexpected(kept.error());
    ordered_json json = to_json(table);
    json["estimate_ms"] = *table.estimate_ms(baseline_architecture(config));
    json["estimate_error"] = table.estimate_error();
    tables.push_back(std::move(json));
  }
  if (tables.size() == 1) return tables.front();
  return ordered_json{{"tables", tables}};
}

}  // namespace

Result<ordered_json> profile_device(const PlanerProfileRequest& request) {
  auto study = Study::open(request.study, Access::create);
  if (!study) return tl::unexpected(study.error());
  const auto config = config_of(request, *study);
  if (!config) return tl::unexpected(config.error());
  std::vector<std::int64_t> batches = request.batches, lengths = request.lengths;
  if (batches.empty()) batches = {request.shape.batch};
  if (lengths.empty()) lengths = {request.shape.length};
  std::vector<StepSettings> steps;
  for (const std::int64_t length : lengths)
    for (const std::int64_t batch : batches) {
      PlanerShapeRequest shape = request.shape;
      shape.batch = batch;
      shape.length = length;
      auto step = step_settings(shape, *config);
      if (!step) return tl::unexpected(step.error());
      steps.push_back(*step);
    }
  return as_planer_job(request.job, config->name,
                       [&](Job& job) { return profile(steps, *config, *study, job); });
}

}  // namespace plumbline

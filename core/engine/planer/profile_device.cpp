#include "core/engine/planer/profile_device.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/engine/inference/device_energy.h"
#include "core/engine/planer/planer_setup.h"
#include "core/study/study.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// What is profiled: a configuration, and the network of it whose steps count.
struct ProfileSubject {
  BackboneConfig config;
  Architecture architecture;
};

Result<ProfileSubject> subject_of(const PlanerProfileRequest& request, const Study& study) {
  if (request.network.empty()) {
    auto config = load_backbone_config(request.config);
    TRY(config);
    Architecture baseline = baseline_architecture(*config);
    return ProfileSubject{std::move(*config), std::move(baseline)};
  }
  auto network = study.network(request.network);
  TRY(network);
  return ProfileSubject{std::move(network->config), std::move(network->architecture)};
}

constexpr double per_tokens = 1000;

/// The counter, and what the device draws at rest by it; or why there is none.
struct ProfileMeter {
  std::optional<EnergyMeter> meter;
  double idle_watts = 0;
  std::string missing;
};

Result<ProfileMeter> open_profile_meter(c10::Device device, Job& job) {
  ProfileMeter made;
  auto counter = open_energy_counter(device);
  if (counter) {
    EnergyMeter meter{std::move(*counter), real_time_windows([&job] { return job.should_stop(); })};
    TRY(wake_device(device));
    const auto idle = measure_idle_draw(meter.counter, meter.windows);
    if (idle) {
      made.idle_watts = idle->median;
      made.meter = std::move(meter);
      return made;
    }
    if (idle.error().kind == ErrorKind::cancelled) return tl::unexpected(idle.error());
    made.missing = to_string(idle.error());
  } else {
    made.missing = to_string(counter.error());
  }
  job.warning("energy", "no energy is measured: " + made.missing, device_name(device));
  return made;
}

/// Adds the energy of 1,000 tokens to a table's summary, or null and the reason.
Result<void> add_step_energy(const ProfileSubject& subject, const StepSettings& step,
                             const ProfileMeter& profile, Job& job, ordered_json& json) {
  json["energy"] = nullptr;
  if (!profile.meter) {
    json["null_reasons"]["energy"] = profile.missing;
    return {};
  }
  const auto measured =
      measure_step_energy(subject.config, subject.architecture, step, *profile.meter);
  if (!measured) {
    if (measured.error().kind == ErrorKind::cancelled) return tl::unexpected(measured.error());
    const std::string reason = to_string(measured.error());
    job.warning("energy", "no energy is measured: " + reason, device_name(step.device));
    json["null_reasons"]["energy"] = reason;
    return {};
  }
  json["energy"] = {
      {"joules_per_1000_tokens", per_tokens * measured->joules},
      {"joules_spread_per_1000_tokens", per_tokens * measured->spread},
      {"joules_idle_per_1000_tokens", per_tokens * measured->idle_joules(profile.idle_watts)},
      {"idle_watts", profile.idle_watts},
      {"repeats", measured->repeats},
      {"source", profile.meter->counter.source}};
  return {};
}

Result<ordered_json> profile(const std::vector<StepSettings>& steps, const ProfileSubject& subject,
                             bool with_energy, KeptLatency which, Study& study, Job& job) {
  const BackboneConfig& config = subject.config;
  configure_planer(steps.front().device, steps.front().precision);
  ProfileMeter meter;
  if (with_energy) {
    job.progress("measuring energy at rest", 0, 1, "steps");
    auto opened = open_profile_meter(steps.front().device, job);
    TRY(opened);
    meter = std::move(*opened);
  }
  std::vector<ordered_json> tables;
  for (const StepSettings& step : steps) {
    bool cancelled = false;
    const std::string phase = fmt::format("batch {}, length {}", step.batch, step.length);
    const LatencyTable table = measure_latency_table(
        config, step, [&](int done, int total) { job.progress(phase, done, total, "options"); },
        [&] { return cancelled = job.should_stop(); });
    if (cancelled) return tl::unexpected(cancelled_error("measure again"));
    const auto why = study.keep_latency_table(table, which);
    TRY(why);
    if (!why->empty())
      job.warning(
          "latency",
          fmt::format(
              "the latency table is not kept: {}; planer profile --replace keeps a new one all "
              "the same",
              *why),
          phase);
    ordered_json json = to_json(table);
    json["kept"] = why->empty();
    json["estimate_ms"] = *table.estimate_ms(baseline_architecture(config));
    json["estimate_error"] = table.estimate_error();
    if (with_energy) TRY(add_step_energy(subject, step, meter, job, json));
    tables.push_back(std::move(json));
  }
  if (tables.size() == 1) return tables.front();
  return ordered_json{{"tables", tables}};
}

}  // namespace

Result<ordered_json> profile_device(const PlanerProfileRequest& request) {
  auto study = Study::open(request.study, Access::create);
  if (!study) return tl::unexpected(study.error());
  const auto subject = subject_of(request, *study);
  TRY(subject);
  std::vector<std::int64_t> batches = request.batches, lengths = request.lengths;
  if (batches.empty()) batches = {request.shape.batch};
  if (lengths.empty()) lengths = {request.shape.length};
  std::vector<StepSettings> steps;
  for (const std::int64_t length : lengths)
    for (const std::int64_t batch : batches) {
      PlanerShapeRequest shape = request.shape;
      shape.batch = batch;
      shape.length = length;
      auto step = step_settings(shape, subject->config);
      if (!step) return tl::unexpected(step.error());
      steps.push_back(*step);
    }
  return as_planer_job(request.job, subject->config.name, [&](Job& job) {
    return profile(steps, *subject, request.energy,
                   request.replace ? KeptLatency::newer : KeptLatency::quieter, *study, job);
  });
}

}  // namespace plumbline

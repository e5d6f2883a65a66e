#include "core/engine/planer/profile_device.h"

#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/engine/planer/energy_profile.h"
#include "core/engine/planer/planer_setup.h"
#include "core/planer/front/cost_table.h"
#include "core/study/study.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

constexpr double seconds_of_a_minute = 60;

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

/// The meter, or why there is none.
struct ProfileMeter {
  std::optional<StepMeter> meter;
  std::string missing;
};

/// A device that does not tell is no error of a profile: its latencies are measured all the same.
Result<ProfileMeter> open_profile_meter(c10::Device device, const StepMeterOpener& open, Job& job) {
  ProfileMeter made;
  auto meter = open(device, job);
  if (meter) {
    made.meter = std::move(*meter);
    return made;
  }
  if (meter.error().kind == ErrorKind::cancelled) return tl::unexpected(meter.error());
  made.missing = to_string(meter.error());
  job.warning("energy", "no energy is measured: " + made.missing, device_name(device));
  return made;
}

/// What was measured of a step's energy: the table of its options and what the subject's own
/// network draws.
struct StepEnergies {
  EnergyTable table;
  TokenEnergy network;
};

Result<StepEnergies> measure_step_energies(const ProfileSubject& subject, const StepSettings& step,
                                           const StepMeter& meter, const std::string& phase,
                                           Job& job) {
  const double minutes =
      energy_table_seconds(subject.config, step, meter.meter.windows) / seconds_of_a_minute;
  const std::string words = fmt::format("{}, energy, about {:.0f} min", phase, std::ceil(minutes));
  auto table = measure_energy_table(subject.config, step, meter, [&](int done, int total) {
    job.progress(words, done, total, "options");
  });
  TRY(table);
  TokenEnergy network = table->baseline;
  if (subject.architecture != baseline_architecture(subject.config)) {
    const auto own = measure_step_energy(subject.config, subject.architecture, step, meter);
    TRY(own);
    network = *own;
  }
  return StepEnergies{std::move(*table), network};
}

/// `why`: as the study says why another table stays; empty: this one was kept.
void warn_not_kept(std::string_view what, const std::string& why, const std::string& phase,
                   Job& job) {
  if (why.empty()) return;
  job.warning(
      what,
      fmt::format("the {} table is not kept: {}; planer profile{} --replace keeps a new one anyway",
                  what, why, what == "energy" ? " --energy" : ""),
      phase);
}

/// Adds a step's energies to its latency table's summary and keeps their table, unless a quieter
/// one is known; or null and the reason.
Result<void> add_step_energies(const ProfileSubject& subject, const StepSettings& step,
                               const ProfileMeter& profile, KeptSitting which,
                               const std::string& phase, Study& study, Job& job,
                               ordered_json& json) {
  json["energy"] = nullptr;
  json["energy_table"] = nullptr;
  const auto without = [&](const std::string& reason) {
    json["null_reasons"]["energy"] = reason;
    json["null_reasons"]["energy_table"] = reason;
  };
  if (!profile.meter) {
    without(profile.missing);
    return {};
  }
  auto measured = measure_step_energies(subject, step, *profile.meter, phase, job);
  if (!measured) {
    if (measured.error().kind == ErrorKind::cancelled) return tl::unexpected(measured.error());
    const std::string reason = to_string(measured.error());
    job.warning("energy", "no energy is measured: " + reason, device_name(step.device));
    without(reason);
    return {};
  }
  const auto why = study.keep_energy_table(measured->table, which);
  TRY(why);
  warn_not_kept("energy", *why, phase, job);
  json["energy"] = to_json(measured->network);
  json["energy"]["idle_watts"] = measured->table.idle_watts;
  json["energy"]["source"] = measured->table.source;
  const CostTable costs = cost_table_of(measured->table);
  ordered_json& table = json["energy_table"] = to_json(measured->table);
  table["kept"] = why->empty();
  table["estimate_joules_per_1000_tokens"] = *costs.estimate(baseline_architecture(subject.config));
  const double error = costs.estimate_error();
  table["estimate_error"] = std::isfinite(error) ? ordered_json(error) : ordered_json();
  return {};
}

Result<ordered_json> profile(const std::vector<StepSettings>& steps, const ProfileSubject& subject,
                             const StepMeterOpener* open_meter, KeptSitting which, Study& study,
                             Job& job) {
  const BackboneConfig& config = subject.config;
  configure_planer(steps.front().device, steps.front().precision);
  ProfileMeter meter;
  if (open_meter != nullptr) {
    auto opened = open_profile_meter(steps.front().device, *open_meter, job);
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
    warn_not_kept("latency", *why, phase, job);
    ordered_json json = to_json(table);
    json["kept"] = why->empty();
    json["estimate_ms"] = *table.estimate_ms(baseline_architecture(config));
    json["estimate_error"] = table.estimate_error();
    if (open_meter != nullptr)
      TRY(add_step_energies(subject, step, meter, which, phase, study, job, json));
    tables.push_back(std::move(json));
  }
  if (tables.size() == 1) return tables.front();
  return ordered_json{{"tables", tables}};
}

}  // namespace

Result<ordered_json> profile_device(const PlanerProfileRequest& request) {
  return profile_device(request, open_step_meter);
}

Result<ordered_json> profile_device(const PlanerProfileRequest& request,
                                    const StepMeterOpener& open_meter) {
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
    return profile(steps, *subject, request.energy ? &open_meter : nullptr,
                   request.replace ? KeptSitting::newer : KeptSitting::quieter, *study, job);
  });
}

}  // namespace plumbline

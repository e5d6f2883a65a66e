#include "core/engine/inference/run_summary.h"

#include <fmt/format.h>

#include "core/engine/inference/run_repair.h"
#include "core/study/run_energies.h"

namespace plumbline {

using nlohmann::ordered_json;

namespace {

Result<std::int64_t> samples_of(const Study& study, const RunInfo& run) {
  std::int64_t samples = 0;
  for (const auto& split : run.splits) {
    const auto count = study.sample_count(run.dataset, split);
    TRY(count);
    samples += *count;
  }
  return samples;
}

/// What `run --json` says of a voter's energy, where it is known or was asked for.
void add_energy(const std::optional<RunEnergies>& energies, const std::string& missing,
                std::size_t voter, ordered_json& entry) {
  const VoterEnergy* energy =
      energies && energies->voters[voter] ? &*energies->voters[voter] : nullptr;
  const auto number = [&](double VoterEnergy::* figure) {
    return energy != nullptr ? ordered_json(energy->*figure) : ordered_json();
  };
  entry["joules_per_1000"] = number(&VoterEnergy::joules);
  entry["joules_spread_per_1000"] = number(&VoterEnergy::spread);
  entry["joules_idle_per_1000"] = number(&VoterEnergy::idle_joules);
  if (energy == nullptr)
    entry["null_reasons"]["joules_per_1000"] = energies ? energies->reasons[voter] : missing;
}

/// Of a run by id: a plan that was made before it does not have it.
Result<std::optional<RunEnergies>> kept_energies(const Study& study, const RunPlan& plan) {
  const auto run = study.run(plan.run.name);
  TRY(run);
  return read_run_energies(study, *run);
}

}  // namespace

Result<std::vector<std::optional<VoterLatency>>> known_latencies(const StudyRuns& study,
                                                                 const RunInfo& run) {
  std::vector<std::optional<VoterLatency>> latencies(run.voters.size());
  for (const auto& split : run.splits) {
    const auto sets = study.prediction_sets(run, split);
    TRY(sets);
    for (std::size_t v = 0; v < latencies.size(); ++v)
      if (!latencies[v]) latencies[v] = (*sets)[v].latency;
  }
  return latencies;
}

Result<ordered_json> run_summary(const Study& study, const RunPlan& plan, double seconds,
                                 const std::string& energy_missing) {
  const auto figures = plan.head->figures(plan.run);
  TRY(figures->load(study));
  const auto latencies = known_latencies(study, plan.run);
  TRY(latencies);
  // What cannot be read is measured again some time; the run is complete all the same.
  const auto kept = kept_energies(study, plan);
  const std::optional<RunEnergies> energies = kept ? *kept : std::nullopt;
  const std::string missing = kept ? energy_missing : to_string(kept.error());
  const auto samples = samples_of(study, plan.run);
  TRY(samples);
  ordered_json voters = ordered_json::array();
  for (std::size_t v = 0; v < latencies->size(); ++v) {
    const auto& latency = (*latencies)[v];
    ordered_json entry = {{"model", plan.run.voters[v].model},
                          {"view", to_string(plan.run.voters[v].view)}};
    figures->summarise(v, entry);
    entry["latency_ms"] = nullptr;
    if (latency) entry["latency_ms"] = latency->median_ms;
    entry["batch"] = latency ? latency->batch : plan.run.batch;
    if (energies || !missing.empty()) add_energy(energies, missing, v, entry);
    voters.push_back(std::move(entry));
  }
  ordered_json result = {{"run", plan.run.name}, {"samples", *samples}, {"seconds", seconds}};
  result["decoder"] = plan.run.decoder;
  if (figures->unreadable() > 0) result["unreadable"] = figures->unreadable();
  result["voters"] = std::move(voters);
  if (energies) {
    result["energy_device"] = energies->device;
    result["energy_source"] = energies->source;
    result["energy_measured_at"] = energies->measured_at;
    // Of an older sitting, where today's device could not be measured.
    if (!missing.empty()) result["null_reasons"]["energy_now"] = missing;
    result["idle_watts"] = energies->idle_watts;
  }
  for (const View& condition : plan.run.conditions)
    result["conditions"].push_back(to_string(condition));
  return result;
}

Result<void> check_any_read(const Study& study, const RunPlan& plan) {
  const auto unread = unread_samples(study, plan.run);
  TRY(unread);
  const auto samples = samples_of(study, plan.run);
  TRY(samples);
  if (*unread == 0 || *unread < *samples) return {};
  const auto warnings = study.warnings(plan.run.name);
  const std::string first =
      warnings && !warnings->empty() ? ": " + warnings->front().message : std::string();
  return bad_input(fmt::format("none of the {} images could be read{}", *samples, first),
                   plan.dataset.name,
                   "if they have moved, use plumbline-engine relink; then go on with --resume");
}

}  // namespace plumbline

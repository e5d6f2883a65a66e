#include "core/engine/planer/measure_and_keep.h"

#include <memory>

#include <fmt/format.h>

#include "core/engine/planer/energy_profile.h"
#include "core/engine/planer/network_files.h"

namespace plumbline {

namespace {

/// Networks of the study as they are measured, the existing one first.
struct LoadedNetworks {
  std::vector<std::unique_ptr<LanguageModel>> models;
  std::vector<MeasuredNetwork> measured;
};

Result<LoadedNetworks> load_measured_networks(Study& study, const StepSettings& step,
                                              const NetworkInfo& existing,
                                              std::span<const NetworkInfo> networks) {
  LoadedNetworks loaded;
  const auto add = [&](const NetworkInfo& network) -> Result<void> {
    auto model = load_network(study, network, step.device, scalar_type(step.precision));
    if (!model) return tl::unexpected(model.error());
    loaded.models.push_back(std::move(*model));
    loaded.measured.push_back({loaded.models.back().get(), network.architecture});
    return {};
  };
  TRY(add(existing));
  for (const NetworkInfo& network : networks) TRY(add(network));
  return loaded;
}

}  // namespace

Result<std::vector<MeasuredLatency>> measure_and_keep(Study& study, Job& job,
                                                      const StepSettings& step,
                                                      const NetworkInfo& existing,
                                                      std::span<const NetworkInfo> networks) {
  const auto count = static_cast<std::int64_t>(networks.size());
  job.progress("measuring", 0, count, "networks");
  const auto loaded = load_measured_networks(study, step, existing, networks);
  TRY(loaded);
  bool cancelled = false;
  auto latencies =
      measure_networks(loaded->measured, step, [&] { return cancelled = job.should_stop(); });
  if (cancelled) return tl::unexpected(cancelled_error("go on with --resume"));
  job.progress("measuring", count, count, "networks");
  const auto keep = [&](const std::string& name, const MeasuredLatency& latency) {
    return keep_latency(study, job, {name, step.key(), latency, existing.name, latencies[0]},
                        KeptSitting::quieter);
  };
  if (auto kept = keep(existing.name, latencies[0]); !kept) return tl::unexpected(kept.error());
  for (std::size_t i = 0; i < networks.size(); ++i)
    if (auto kept = keep(networks[i].name, latencies[i + 1]); !kept)
      return tl::unexpected(kept.error());
  return latencies;
}

Result<std::vector<TokenEnergy>> measure_and_keep_energies(Study& study, Job& job,
                                                           const StepSettings& step,
                                                           const NetworkInfo& existing,
                                                           std::span<const NetworkInfo> networks,
                                                           const StepMeter& meter) {
  const auto count = static_cast<std::int64_t>(networks.size());
  job.progress("measuring energy", 0, count, "networks");
  const auto loaded = load_measured_networks(study, step, existing, networks);
  TRY(loaded);
  auto energies = measure_network_energies(loaded->measured, step, meter);
  TRY(energies);
  job.progress("measuring energy", count, count, "networks");
  const auto keep = [&](const std::string& name, const TokenEnergy& energy) {
    return keep_energy(study, job,
                       {name, step.key(), energy, existing.name, energies->front(),
                        meter.idle_watts, meter.meter.counter.source},
                       KeptSitting::quieter);
  };
  TRY(keep(existing.name, energies->front()));
  for (std::size_t i = 0; i < networks.size(); ++i) TRY(keep(networks[i].name, (*energies)[i + 1]));
  return energies;
}

Result<bool> keep_latency(Study& study, Job& job, const NetworkLatency& latency,
                          KeptSitting which) {
  const auto why = study.keep_network_latency(latency, which);
  TRY(why);
  if (why->empty()) return true;
  job.warning("latency",
              fmt::format("the latency of {:.4g} ms is not kept: {}; planer evaluate --replace "
                          "keeps a new one anyway",
                          latency.measured.median_ms, *why),
              latency.network);
  return false;
}

Result<bool> keep_energy(Study& study, Job& job, const NetworkEnergy& energy, KeptSitting which) {
  const auto why = study.keep_network_energy(energy, which);
  TRY(why);
  if (why->empty()) return true;
  job.warning("energy",
              fmt::format("the energy of {:.4g} J per 1,000 tokens is not kept: {}; planer "
                          "evaluate --energy --replace keeps a new one anyway",
                          energy.measured.joules, *why),
              energy.network);
  return false;
}

std::optional<StepSettings> step_on(c10::Device device, const StepKey& key) {
  const auto precision = parse_precision(key.precision);
  if (!precision) return std::nullopt;
  const StepSettings step{device, *precision, key.batch, key.length, key.memory};
  return step.key() == key ? std::optional(step) : std::nullopt;
}

}  // namespace plumbline

#include "core/engine/planer/search_state.h"

#include <algorithm>

#include "core/engine/planer/energy_profile.h"
#include "core/engine/planer/measure_and_keep.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// Of each of two networks, while one within the target is looked for: what is found is measured
/// in more of them.
constexpr int windows_of_a_comparison = 3;

/// Whether everything that these networks have of `all` is of this key.
template <class Measured>
bool all_measured(const std::vector<NetworkInfo>& networks, const std::vector<Measured>& all,
                  const StepKey& key) {
  return std::ranges::all_of(networks, [&](const NetworkInfo& network) {
    return std::ranges::any_of(all, [&](const Measured& measured) {
      return measured.network == network.name && measured.key == key;
    });
  });
}

}  // namespace

Result<double> SearchStages::State::measured_ratio(const MeasuredNetwork& first,
                                                   const MeasuredNetwork& second) const {
  if (meter != nullptr) {
    StepMeter fewer = *meter;
    fewer.meter.windows.repeats = windows_of_a_comparison;
    const auto energies = measure_network_energies({first, second}, plan.step, fewer);
    TRY(energies);
    if (!((*energies)[0].joules > 0))
      return fail(ErrorKind::device, "by the device's counter the existing network draws nothing",
                  meter->meter.counter.source);
    return (*energies)[1].joules / (*energies)[0].joules;
  }
  bool cancelled = false;
  const auto measured =
      measure_networks({first, second}, plan.step, [&] { return cancelled = job.should_stop(); });
  if (cancelled) return tl::unexpected(cancelled_error("go on with --resume"));
  return measured[1].median_ms / measured[0].median_ms;
}

Result<void> SearchStages::State::measure(const std::vector<NetworkInfo>& networks, double target) {
  const auto known = study.network_latencies();
  if (!known) return tl::unexpected(known.error());
  // A search for latency asks nothing of energies, and a damaged row of them does not stop it.
  std::vector<NetworkEnergy> known_energies;
  if (meter != nullptr) {
    auto read = study.network_energies();
    TRY(read);
    known_energies = std::move(*read);
  }
  const StepKey key = plan.step.key();
  const bool wants_energy = meter != nullptr && !all_measured(networks, known_energies, key);
  if (all_measured(networks, *known, key) && !wants_energy) return {};
  const auto kept = measure_and_keep(study, job, plan.step, plan.base, networks);
  if (!kept) return tl::unexpected(kept.error());
  const std::vector<MeasuredLatency>& latencies = *kept;
  const NetworkInfo& found = networks.front();
  ordered_json event = {{"search", plan.name},
                        {"target", target},
                        {"state", "done"},
                        {"network", found.name},
                        {"options", plumbline::to_json(found.architecture)["options"]},
                        {"latency_ms", latencies[1].median_ms},
                        {"latency_spread_ms", latencies[1].spread_ms},
                        {"baseline_latency_ms", latencies[0].median_ms}};
  if (meter != nullptr) {
    const auto energies =
        measure_and_keep_energies(study, job, plan.step, plan.base, networks, *meter);
    TRY(energies);
    event["joules_per_1000_tokens"] = (*energies)[1].joules;
    event["joules_spread_per_1000_tokens"] = (*energies)[1].spread;
    event["baseline_joules_per_1000_tokens"] = (*energies)[0].joules;
  }
  if (found.validation) {
    event["validation_loss"] = found.validation->nats;
    event["validation_error"] = found.validation->error;
  }
  job.event("architecture", event);
  return {};
}

}  // namespace plumbline

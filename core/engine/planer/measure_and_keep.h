#pragma once
#include <optional>
#include <span>
#include <vector>

#include "core/engine/planer/latency_profile.h"
#include "core/engine/planer/step_meter.h"
#include "core/jobs/job.h"
#include "core/study/study.h"

namespace plumbline {

/// Measures networks of the study in turns with an existing one and keeps what was measured, unless
/// it was measured in a quieter sitting before. Returns the latencies, the existing network's
/// first.
Result<std::vector<MeasuredLatency>> measure_and_keep(Study& study, Job& job,
                                                      const StepSettings& step,
                                                      const NetworkInfo& existing,
                                                      std::span<const NetworkInfo> networks);

/// Measures what the same networks draw, in turns, and keeps it likewise. Returns the energies, the
/// existing network's first. Errors: the counter's, a stop.
Result<std::vector<TokenEnergy>> measure_and_keep_energies(Study& study, Job& job,
                                                           const StepSettings& step,
                                                           const NetworkInfo& existing,
                                                           std::span<const NetworkInfo> networks,
                                                           const StepMeter& meter);

/// Keeps a latency, unless a quieter one is known and `which` says that that stays: then a warning
/// says why. Returns whether it was kept.
Result<bool> keep_latency(Study& study, Job& job, const NetworkLatency& latency, KeptSitting which);

/// Keeps an energy, likewise.
Result<bool> keep_energy(Study& study, Job& job, const NetworkEnergy& energy, KeptSitting which);

/// The step of a key, if this device is the one that it names.
std::optional<StepSettings> step_on(c10::Device device, const StepKey& key);

}  // namespace plumbline

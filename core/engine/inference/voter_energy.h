#pragma once
#include <string>

#include "core/engine/inference/energy_measurement.h"
#include "core/engine/inference/run_plan.h"
#include "core/engine/inference/shard_computer.h"
#include "core/jobs/job.h"
#include "core/study/run_energies.h"

namespace plumbline {

/// Measures what each of a run's voters draws, one after the other: the view of one batch of the
/// run's first images, which lie on the device, the network, and what the head makes of its output,
/// again and again. Reading and decoding images is not in it. `idle_watts`: what the device draws
/// at rest, measured before. A voter that cannot be measured (its predictions were imported, its
/// model fails) has a reason instead. Where the memory does not suffice the batch is halved, which
/// is a warning of the job. Errors: the counter's, a stop, a device that is lost.
Result<RunEnergies> measure_voter_energies(const Study& study, const RunPlan& plan,
                                           const EnergyMeter& meter, double idle_watts, Job& job,
                                           const NetworkLoader& load = load_checked_network);

/// Measures what the voters of a run draw on its device and keeps it with the run. A device that
/// does not count its energy ends no run: the reason is a warning and is returned; empty where it
/// was measured. Errors: a stop, a device that is lost, those of writing.
Result<std::string> measure_run_energies(const Study& study, const RunPlan& plan, Job& job);

}  // namespace plumbline

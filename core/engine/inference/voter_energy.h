#pragma once
#include "core/engine/inference/energy_measurement.h"
#include "core/engine/inference/run_plan.h"
#include "core/engine/inference/shard_computer.h"
#include "core/jobs/job.h"
#include "core/study/run_energies.h"

namespace plumbline {

/// Measures what each of a run's voters draws, one after the other: the view of one batch of the
/// run's first images, which lie on the device, the network, and what the head makes of its output,
/// again and again. Reading and decoding images is not in it. The device at rest is measured before,
/// once. A voter that cannot be measured (its predictions were imported, its model fails) has a
/// reason instead. Where the memory does not suffice the batch is halved, which is a warning of the
/// job. Errors: the counter's, a stop, a device that is lost.
Result<RunEnergies> measure_voter_energies(const Study& study, const RunPlan& plan,
                                           const EnergyMeter& meter, Job& job,
                                           const NetworkLoader& load = load_checked_network);

}  // namespace plumbline

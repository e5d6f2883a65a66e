#pragma once
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/engine/inference/run_plan.h"
#include "core/study/study.h"

namespace plumbline {

/// Each voter's latency, from the first of the run's splits that has one.
Result<std::vector<std::optional<VoterLatency>>> known_latencies(const StudyRuns& study,
                                                                 const RunInfo& run);

/// What `run --json` prints of a run that is complete: its voters' figures, latencies and energies.
/// `energy_missing`: why no energy was measured just now; empty where it was, or nobody asked.
Result<nlohmann::ordered_json> run_summary(const Study& study, const RunPlan& plan, double seconds,
                                           const std::string& energy_missing = {});

/// Errors (bad input): a run in which nothing could be read, which has no result.
Result<void> check_any_read(const Study& study, const RunPlan& plan);

}  // namespace plumbline

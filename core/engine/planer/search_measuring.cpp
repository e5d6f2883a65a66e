#include "core/engine/planer/search_state.h"

#include <algorithm>

#include "core/engine/planer/measure_and_keep.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

}  // namespace

Result<void> SearchStages::State::measure(const std::vector<NetworkInfo>& networks, double target) {
  const auto known = study.network_latencies();
  if (!known) return tl::unexpected(known.error());
  const auto is_measured = [&](const NetworkInfo& network) {
    return std::ranges::any_of(*known, [&](const NetworkLatency& latency) {
      return latency.network == network.name && latency.key == plan.step.key();
    });
  };
  if (std::ranges::all_of(networks, is_measured)) return {};
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
  if (found.validation) {
    event["validation_loss"] = found.validation->nats;
    event["validation_error"] = found.validation->error;
  }
  job.event("architecture", event);
  return {};
}

}  // namespace plumbline

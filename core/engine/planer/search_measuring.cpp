#include "core/engine/planer/search_state.h"

#include <algorithm>

#include "core/engine/planer/network_files.h"

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
  const auto count = static_cast<std::int64_t>(networks.size());
  job.progress("measuring", 0, count, "networks");
  std::vector<std::unique_ptr<LanguageModel>> models;
  std::vector<MeasuredNetwork> measured;
  const auto add = [&](const NetworkInfo& network) -> Result<void> {
    auto model = load_network(study, network, plan.step.device, scalar_type(plan.step.precision));
    if (!model) return tl::unexpected(model.error());
    models.push_back(std::move(*model));
    measured.push_back({models.back().get(), network.architecture});
    return {};
  };
  if (auto added = add(plan.base); !added) return added;
  for (const auto& network : networks)
    if (auto added = add(network); !added) return added;
  bool cancelled = false;
  const auto latencies =
      measure_networks(measured, plan.step, [&] { return cancelled = job.should_stop(); });
  if (cancelled) return tl::unexpected(cancelled_error("go on with --resume"));
  job.progress("measuring", count, count, "networks");
  const auto keep = [&](const std::string& name, const MeasuredLatency& latency) {
    return study.set_network_latency(
        {name, plan.step.key(), latency, plan.base.name, latencies[0]});
  };
  if (auto kept = keep(plan.base.name, latencies[0]); !kept) return kept;
  for (std::size_t i = 0; i < networks.size(); ++i)
    if (auto kept = keep(networks[i].name, latencies[i + 1]); !kept) return kept;
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
  job.architecture(event);
  return {};
}

}  // namespace plumbline

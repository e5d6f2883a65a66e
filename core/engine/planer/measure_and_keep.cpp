#include "core/engine/planer/measure_and_keep.h"

#include <memory>

#include <fmt/format.h>

#include "core/engine/planer/network_files.h"

namespace plumbline {

Result<std::vector<MeasuredLatency>> measure_and_keep(Study& study, Job& job,
                                                      const StepSettings& step,
                                                      const NetworkInfo& existing,
                                                      std::span<const NetworkInfo> networks) {
  const auto count = static_cast<std::int64_t>(networks.size());
  job.progress("measuring", 0, count, "networks");
  std::vector<std::unique_ptr<LanguageModel>> models;
  std::vector<MeasuredNetwork> measured;
  const auto add = [&](const NetworkInfo& network) -> Result<void> {
    auto model = load_network(study, network, step.device, scalar_type(step.precision));
    if (!model) return tl::unexpected(model.error());
    models.push_back(std::move(*model));
    measured.push_back({models.back().get(), network.architecture});
    return {};
  };
  if (auto added = add(existing); !added) return tl::unexpected(added.error());
  for (const NetworkInfo& network : networks)
    if (auto added = add(network); !added) return tl::unexpected(added.error());
  bool cancelled = false;
  auto latencies = measure_networks(measured, step, [&] { return cancelled = job.should_stop(); });
  if (cancelled) return tl::unexpected(cancelled_error("go on with --resume"));
  job.progress("measuring", count, count, "networks");
  const auto keep = [&](const std::string& name, const MeasuredLatency& latency) {
    return keep_latency(study, job, {name, step.key(), latency, existing.name, latencies[0]},
                        KeptLatency::quieter);
  };
  if (auto kept = keep(existing.name, latencies[0]); !kept) return tl::unexpected(kept.error());
  for (std::size_t i = 0; i < networks.size(); ++i)
    if (auto kept = keep(networks[i].name, latencies[i + 1]); !kept)
      return tl::unexpected(kept.error());
  return latencies;
}

Result<bool> keep_latency(Study& study, Job& job, const NetworkLatency& latency,
                          KeptLatency which) {
  const auto why = study.keep_network_latency(latency, which);
  TRY(why);
  if (why->empty()) return true;
  job.warning("latency",
              fmt::format("the latency of {:.4g} ms is not kept: {}; planer evaluate --replace "
                          "keeps a new one all the same",
                          latency.measured.median_ms, *why),
              latency.network);
  return false;
}

std::optional<StepSettings> step_on(c10::Device device, const LatencyKey& key) {
  const auto precision = parse_precision(key.precision);
  if (!precision) return std::nullopt;
  const StepSettings step{device, *precision, key.batch, key.length, key.memory};
  return step.key() == key ? std::optional(step) : std::nullopt;
}

}  // namespace plumbline

#include "core/engine/planer/search_stages.h"

#include "core/engine/planer/search_state.h"
#include "core/study/network_summary.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

}  // namespace

SearchStages::SearchStages(const SearchPlan& plan, Study& study, Job& job, const CostTable& costs,
                           const StepMeter* meter, PlanerText text)
    : state_(new State{plan,
                       study,
                       job,
                       costs,
                       meter,
                       std::move(text),
                       search_folder(study, plan.name),
                       {},
                       nullptr,
                       {}}) {}
SearchStages::~SearchStages() = default;

Result<void> SearchStages::begin() {
  State& state = *state_;
  std::error_code code;
  fs::create_directories(state.folder, code);
  if (auto loaded = state.load(); !loaded) return loaded;
  SearchInfo info;
  info.name = state.plan.name;
  info.base = state.plan.base.name;
  info.config = state.plan.base.config;
  info.key = state.plan.step.key();
  info.cost = state.plan.cost;
  info.text = state.text.reference;
  info.targets = state.plan.targets;
  info.settings = state.settings();
  return state.study.add_search(info);
}

Result<std::vector<ordered_json>> SearchStages::target(double target) {
  State& state = *state_;
  const SearchPlan& plan = state.plan;
  if (!state.of(target).found) {
    const auto found = state.search(target);
    if (!found) return tl::unexpected(found.error());
  }
  const Architecture found = *state.of(target).found;
  if (auto chosen = state.choose_free(target, found); !chosen)
    return tl::unexpected(chosen.error());
  if (auto drawn = state.draw_random(target, found); !drawn) return tl::unexpected(drawn.error());
  if (auto saved = state.save(); !saved) return tl::unexpected(saved.error());
  std::vector<NetworkInfo> networks;
  const auto retrain = [&](NetworkOrigin origin, int number,
                           const Architecture& architecture) -> Result<void> {
    auto network = state.retrain(target, origin, number, architecture);
    TRY(network);
    networks.push_back(std::move(*network));
    return {};
  };
  // Copies: what is finished is kept in a list that grows.
  const TargetState compared = state.of(target);
  TRY(retrain(NetworkOrigin::found, 0, found));
  if (compared.free) TRY(retrain(NetworkOrigin::free, 0, *compared.free));
  int number = 0;
  for (const Architecture& random : compared.random)
    TRY(retrain(NetworkOrigin::random, ++number, random));
  if (auto measured = state.measure(networks, target); !measured)
    return tl::unexpected(measured.error());
  const auto latencies = state.study.network_latencies();
  if (!latencies) return tl::unexpected(latencies.error());
  // As when it measures: a damaged row of energies does not stop a search for latency.
  const auto energies = state.study.network_energies();
  if (!energies && state.meter != nullptr) return tl::unexpected(energies.error());
  std::vector<ordered_json> summaries;
  for (const auto& network : networks) {
    ordered_json summary = summarize(network);
    for (const NetworkLatency& measured : *latencies)
      if (measured.network == network.name && measured.key == plan.step.key()) {
        add_latency(summary, measured.key, measured.measured);
        add_verdict(summary, measured, plan.base.name);
      }
    for (const NetworkEnergy& measured : energies.value_or(std::vector<NetworkEnergy>()))
      if (measured.network == network.name && measured.key == plan.step.key()) {
        add_energy(summary, measured);
        add_verdict(summary, measured, plan.base.name);
      }
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace plumbline

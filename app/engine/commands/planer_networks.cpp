#include <algorithm>
#include <memory>

#include "app/engine/commands/commands.h"
#include "app/engine/commands/planer_summary.h"
#include "core/study/network_summary.h"
#include "core/study/planer_documents.h"
#include "core/study/readable_rows.h"
#include "core/study/sittings.h"
#include "core/study/study.h"
#include "core/types/list_text.h"

namespace plumbline {

namespace {

struct NetworksOptions {
  std::string study, names;
  bool json = false;
};

/// What a study keeps of its language models.
struct KeptNetworks {
  std::vector<NetworkInfo> networks;
  std::vector<NetworkLatency> latencies;
  std::vector<NetworkEnergy> energies;
  std::vector<SearchInfo> searches;
};

Result<KeptNetworks> read_networks(const Study& study, const std::vector<std::string>& names) {
  KeptNetworks kept;
  auto networks = study.networks();
  TRY(networks);
  if (names.empty()) kept.networks = std::move(*networks);
  for (const std::string& name : names) {
    if (std::ranges::find(kept.networks, name, &NetworkInfo::name) != kept.networks.end())
      return usage_error("the network is named twice", name);
    auto network = study.network(name);
    TRY(network);
    kept.networks.push_back(std::move(*network));
  }
  std::vector<std::string> damaged;
  kept.latencies = readable_rows(study.network_latencies(), "the networks' latencies", damaged);
  kept.energies = readable_rows(study.network_energies(), "the networks' energies", damaged);
  warn_of_damaged(damaged);
  auto searches = study.searches();
  TRY(searches);
  kept.searches = std::move(*searches);
  return kept;
}

/// Each latency of a network, and each energy that stands alone, in a summary of its own; one
/// without either where nothing was measured. Its energy is beside the latency of the same key.
std::vector<nlohmann::ordered_json> measurements(const KeptNetworks& kept,
                                                 const NetworkInfo& network) {
  const nlohmann::ordered_json summary = summarize(network);
  const std::string existing = existing_network_of(network, kept.searches);
  std::vector<nlohmann::ordered_json> all;
  std::vector<StepKey> keys;
  const auto is_own = [&](const auto& row) { return row.network == network.name; };
  for (const NetworkLatency& latency : kept.latencies)
    if (is_own(latency)) keys.push_back(latency.key);
  for (const NetworkEnergy& energy : kept.energies)
    if (is_own(energy) && std::ranges::find(keys, energy.key) == keys.end())
      keys.push_back(energy.key);
  for (const StepKey& key : keys) {
    auto& entry = all.emplace_back(summary);
    const auto is_meant = [&](const auto& row) { return is_own(row) && row.key == key; };
    if (const auto latency = std::ranges::find_if(kept.latencies, is_meant);
        latency != kept.latencies.end()) {
      add_latency(entry, key, latency->measured);
      if (!latency->baseline.empty()) entry["baseline"] = latency->baseline;
      add_verdict(entry, *latency, existing);
    } else {
      entry.update(to_json(key));
    }
    if (const auto energy = std::ranges::find_if(kept.energies, is_meant);
        energy != kept.energies.end()) {
      add_energy(entry, *energy);
      add_verdict(entry, *energy, existing);
    }
  }
  if (all.empty()) all.push_back(summary);
  return all;
}

Result<void> print_networks(const NetworksOptions& options) {
  const auto study = Study::open(options.study, Access::read_only);
  TRY(study);
  const auto kept = read_networks(*study, split_list(options.names));
  TRY(kept);
  auto document = nlohmann::ordered_json::array();
  for (const NetworkInfo& network : kept->networks)
    for (auto& entry : measurements(*kept, network)) {
      entry["origin"] = origin_name(network.origin);
      entry["made_at"] = network.made_at;
      document.push_back(std::move(entry));
    }
  if (options.json) {
    fmt::print("{}\n",
               document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return {};
  }
  if (document.empty()) fmt::print("the study has no language model\n");
  for (const auto& entry : document) {
    print_network(entry);
    // One network may have been measured in several places.
    if (entry.contains("device"))
      fmt::print("    on {}, {}, batch {}, {} tokens, memory {}\n", text_of(entry, "device"),
                 text_of(entry, "precision"), count_of(entry, "batch"), count_of(entry, "length"),
                 count_of(entry, "memory"));
  }
  return {};
}

}  // namespace

void add_planer_networks(CLI::App& planer, CommandContext& context) {
  auto* command = planer.add_subcommand(
      "networks",
      "the language models of a study, with the losses, latencies and energies that are kept of "
      "them: nothing is measured");
  auto options = std::make_shared<NetworksOptions>();
  command->add_option("STUDY", options->study, "the study's folder")->required();
  command->add_option("--name", options->names,
                      "networks, separated by commas (default: all, the oldest first)");
  command->add_flag("--json", options->json,
                    "print JSON: an entry for each device and shape of input that a network was "
                    "measured with, its keys those of planer evaluate");
  command->callback([&context, options] { context.result = print_networks(*options); });
}

}  // namespace plumbline

#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/study/study.h"

namespace plumbline {

/// What a study holds of language models and searches. A value: read once, asked often.
struct PlanerCatalogue {
  std::vector<NetworkInfo> networks;  ///< oldest first
  std::vector<NetworkLatency> latencies;
  std::vector<LatencyTable> tables;
  std::vector<NetworkEnergy> energies;
  std::vector<EnergyTable> energy_tables;
  std::vector<SearchInfo> searches;                        ///< oldest first
  std::map<std::string, std::vector<SearchPoint>> points;  ///< by search
  /// Which measurements cannot be read, why, and what to do: the page does without them.
  std::vector<std::string> damaged;

  /// Null where there is none of that name.
  const NetworkInfo* network(const std::string& name) const;
  const SearchInfo* search(const std::string& name) const;
  /// The latest one from this network for less of that, under this key; null: there is none.
  const SearchInfo* latest_search(const std::string& network, const StepKey& key,
                                  CostKind cost) const;
  const LatencyTable* table(const BackboneConfig& config, const StepKey& key) const;
  const NetworkLatency* latency(const std::string& network, const StepKey& key) const;
  const EnergyTable* energy_table(const BackboneConfig& config, const StepKey& key) const;
  const NetworkEnergy* energy(const std::string& network, const StepKey& key) const;
  /// Networks that a search may begin with: trained or imported, not found by one.
  std::vector<const NetworkInfo*> existing() const;
  /// What options cost this network in loss, from the latest search that measured it.
  const LossIncrements* increments(const NetworkInfo& network) const;
};
/// Errors: networks or searches that cannot be read. Damaged measurements are left out.
Result<PlanerCatalogue> read_planer_catalogue(const StudyLanguage& study);

}  // namespace plumbline

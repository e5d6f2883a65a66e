#include "widgets/planer/planer_catalogue.h"

#include <algorithm>

#include "core/study/readable_rows.h"

namespace plumbline {

namespace {

template <class Rows, class Same>
auto* find_row(Rows& rows, Same same) {
  const auto found = std::ranges::find_if(rows, same);
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

Result<PlanerCatalogue> read_planer_catalogue(const StudyLanguage& study) {
  PlanerCatalogue all;
  const auto read = [](auto& into, auto rows) -> Result<void> {
    TRY(rows);
    into = std::move(*rows);
    return {};
  };
  TRY(read(all.networks, study.networks()));
  const auto readable = [&](auto& into, auto rows, std::string_view which) {
    into = readable_rows(std::move(rows), which, all.damaged);
  };
  readable(all.latencies, study.network_latencies(), "the networks' latencies");
  readable(all.tables, study.latency_tables(), "the latency tables");
  readable(all.energies, study.network_energies(), "the networks' energies");
  readable(all.energy_tables, study.energy_tables(), "the energy tables");
  TRY(read(all.searches, study.searches()));
  for (const SearchInfo& search : all.searches)
    TRY(read(all.points[search.name], study.search_points(search.name)));
  return all;
}

const NetworkInfo* PlanerCatalogue::network(const std::string& name) const {
  return find_row(networks, [&](const NetworkInfo& row) { return row.name == name; });
}

const SearchInfo* PlanerCatalogue::search(const std::string& name) const {
  return find_row(searches, [&](const SearchInfo& row) { return row.name == name; });
}

const SearchInfo* PlanerCatalogue::latest_search(const std::string& network, const StepKey& key,
                                                 CostKind cost) const {
  const auto latest =
      std::find_if(searches.rbegin(), searches.rend(), [&](const SearchInfo& search) {
        return search.base == network && search.key == key && search.cost == cost;
      });
  return latest == searches.rend() ? nullptr : &*latest;
}

const LatencyTable* PlanerCatalogue::table(const BackboneConfig& config, const StepKey& key) const {
  return find_row(tables, [&](const LatencyTable& row) {
    return row.key == key && same_costs(row.config, config);
  });
}

const NetworkLatency* PlanerCatalogue::latency(const std::string& network,
                                               const StepKey& key) const {
  return find_row(latencies, [&](const NetworkLatency& row) {
    return row.network == network && row.key == key;
  });
}

const EnergyTable* PlanerCatalogue::energy_table(const BackboneConfig& config,
                                                 const StepKey& key) const {
  return find_row(energy_tables, [&](const EnergyTable& row) {
    return row.key == key && same_costs(row.config, config);
  });
}

const NetworkEnergy* PlanerCatalogue::energy(const std::string& network, const StepKey& key) const {
  return find_row(
      energies, [&](const NetworkEnergy& row) { return row.network == network && row.key == key; });
}

std::vector<const NetworkInfo*> PlanerCatalogue::existing() const {
  std::vector<const NetworkInfo*> rows;
  for (const NetworkInfo& network : networks)
    if (network.search.empty() &&
        (network.origin == NetworkOrigin::trained || network.origin == NetworkOrigin::imported))
      rows.push_back(&network);
  return rows;
}

const LossIncrements* PlanerCatalogue::increments(const NetworkInfo& network) const {
  const auto latest =
      std::find_if(searches.rbegin(), searches.rend(), [&](const SearchInfo& search) {
        return search.base == network.name && search.increments && search.config == network.config;
      });
  return latest == searches.rend() ? nullptr : &*latest->increments;
}

}  // namespace plumbline

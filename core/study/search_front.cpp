#include "core/study/search_front.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/study/readable_rows.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// null for what is not known: JSON has no NaN.
ordered_json finite_number(std::optional<double> value) {
  return value && std::isfinite(*value) ? ordered_json(*value) : ordered_json();
}

/// A loss on another text is no measure of a prediction.
bool is_judged_on(const NetworkInfo& network, const TextReference& text) {
  return network.validation && network.text && network.text->hash == text.hash &&
         network.text->tokens == text.tokens;
}

RetrainedNetwork as_retrained(const NetworkInfo& network) {
  return {network.name, network.architecture, network.validation->nats};
}

std::vector<RetrainedNetwork> retrained_by(const SearchInfo& search,
                                           const std::vector<NetworkInfo>& networks) {
  std::vector<RetrainedNetwork> retrained;
  for (const NetworkInfo& network : networks) {
    // What was trained further had more steps than its prediction is of.
    if (network.search != search.name || network.origin == NetworkOrigin::trained) continue;
    if (is_judged_on(network, search.text)) retrained.push_back(as_retrained(network));
  }
  return retrained;
}

ordered_json point_json(const FrontPoint& point, const SearchFront& front) {
  ordered_json options = ordered_json::array();
  for (const OptionIndex option : point.architecture) options.push_back(slot_option(option).name);
  ordered_json point_object = {{cost_key(front.costs.kind), point.cost},
                               {"fraction", point.cost / front.baseline_cost},
                               {"predicted_loss", point.loss}};
  const double expected = front.calibration.expected_nats(point.loss);
  point_object["expected_loss"] = expected;
  if (front.search.text.tokens == "bytes")
    point_object["bits_per_byte"] = bits_per_token(expected);
  else
    point_object["perplexity"] = finite_number(perplexity(expected));
  point_object["architecture"] = std::move(options);
  return point_object;
}

}  // namespace

FrontCalibration front_calibration(const LossIncrements& increments, const NetworkInfo& existing,
                                   const std::string& search, const TextReference& text,
                                   const std::vector<NetworkInfo>& networks) {
  std::vector<RetrainedNetwork> found;
  for (const NetworkInfo& network : networks) {
    const bool ours = search.empty() ? network.base == existing.name : network.search == search;
    if (ours && network.origin == NetworkOrigin::found && is_judged_on(network, text))
      found.push_back(as_retrained(network));
  }
  return calibrate_front(
      increments, std::move(found),
      is_judged_on(existing, text) ? std::optional(as_retrained(existing)) : std::nullopt);
}

Result<SearchFront> make_search_front(const SearchInfo& search,
                                      const std::vector<LatencyTable>& tables,
                                      const std::vector<EnergyTable>& energies,
                                      const std::vector<NetworkInfo>& networks) {
  if (!search.increments)
    return bad_input(fmt::format("the search '{}' has no loss increments yet", search.name), "",
                     "they are measured once its shared options are trained: resume it");
  const auto of_this_search = [&](const auto& candidate) {
    return candidate.key == search.key && same_costs(candidate.config, search.config);
  };
  const auto table = std::ranges::find_if(tables, of_this_search);
  const auto energy = std::ranges::find_if(energies, of_this_search);
  const bool saves_energy = search.cost == CostKind::energy;
  const std::string measure =
      fmt::format("plumbline-engine planer profile{}", saves_energy ? " --energy" : "");
  if (saves_energy ? energy == energies.end() : table == tables.end())
    return bad_input(
        fmt::format("there is no {} table of '{}' on {} for batch {}, length {}, memory {}, {}",
                    cost_name(search.cost), search.config.name, search.key.device, search.key.batch,
                    search.key.length, search.key.memory, search.key.precision),
        "", "measure it: " + measure);
  CostTable costs = saves_energy ? cost_table_of(*energy) : cost_table_of(*table);
  const auto baseline = costs.estimate(baseline_architecture(search.config));
  if (!baseline || *baseline <= 0)
    return bad_input(
        fmt::format("the {} table lacks the options of the baseline", cost_name(search.cost)), "",
        "measure it again: " + measure);
  auto solved = SurrogateFront::solve(*search.increments, costs);
  TRY(solved);
  // Where the existing network was removed, what was found is still calibrated on.
  const auto existing = std::ranges::find(networks, search.base, &NetworkInfo::name);
  return SearchFront{
      search,
      std::move(costs),
      table == tables.end() ? std::nullopt : std::optional(*table),
      std::move(*solved),
      prediction_errors(*search.increments, retrained_by(search, networks)),
      front_calibration(*search.increments, existing == networks.end() ? NetworkInfo() : *existing,
                        search.name, search.text, networks),
      *baseline};
}

Result<SearchFront> load_search_front(const Study& study, std::string_view name) {
  const auto search = study.search(name);
  TRY(search);
  const bool saves_energy = search->cost == CostKind::energy;
  auto tables = study.latency_tables();
  if (!tables && !saves_energy) return tl::unexpected(std::move(tables.error()));
  auto energies = study.energy_tables();
  if (!energies && saves_energy) return tl::unexpected(std::move(energies.error()));
  std::vector<std::string> damaged;
  const auto latency_tables = readable_rows(std::move(tables), "the latency tables", damaged);
  const auto energy_tables = readable_rows(std::move(energies), "the energy tables", damaged);
  const auto networks = study.networks();
  TRY(networks);
  auto front = make_search_front(*search, latency_tables, energy_tables, *networks);
  if (front) front->damaged = std::move(damaged);
  if (!front && front.error().where.empty()) {
    Error error = front.error();
    error.where = study.folder().string();
    return tl::unexpected(std::move(error));
  }
  return front;
}

ordered_json to_json(const SearchFront& front) {
  ordered_json points = ordered_json::array(), networks = ordered_json::array();
  for (const FrontPoint& point : front.front.points()) points.push_back(point_json(point, front));
  for (const PredictionError& network : front.errors.networks)
    networks.push_back({{"name", network.name},
                        {"predicted_loss", network.predicted},
                        {"validation_loss", network.measured},
                        {"error", network.error},
                        {"calibrated_error", finite_number(network.calibrated_error)}});
  ordered_json calibration;
  if (front.calibration.networks > 0)
    calibration = {{"networks", front.calibration.networks},
                   {"existing_network", front.calibration.existing_network},
                   {"offset", front.calibration.line.offset},
                   {"slope", front.calibration.line.slope}};
  ordered_json json = {{"search", front.search.name},
                       {"base", front.search.base},
                       {"cost", cost_name(front.costs.kind)}};
  json.update(to_json(front.costs.key));
  const bool of_time = front.costs.kind == CostKind::latency;
  const std::string unit(of_time ? "ms" : "joules_per_1000_tokens");
  json.update(
      {{"baseline_" + unit, front.baseline_cost},
       {"measured_baseline_" + unit,
        front.costs.baseline > 0 ? ordered_json(front.costs.baseline) : ordered_json()},
       {"estimate_error", finite_number(front.costs.estimate_error())},
       {of_time ? "fastest_ms" : "least_" + unit, finite_number(front.front.least_cost())},
       {"points", std::move(points)},
       {"networks", std::move(networks)},
       {"mean_absolute_error", finite_number(front.errors.mean_absolute)},
       {"calibration", std::move(calibration)},
       {"calibrated_mean_absolute_error", finite_number(front.errors.calibrated_mean_absolute)},
       {"damaged", front.damaged}});
  return json;
}

}  // namespace plumbline

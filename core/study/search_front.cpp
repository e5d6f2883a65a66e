#include "core/study/search_front.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

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
  ordered_json point_object = {{"latency_ms", point.latency_ms},
                               {"fraction", point.latency_ms / front.baseline_ms},
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
                                      const std::vector<NetworkInfo>& networks) {
  if (!search.increments)
    return bad_input(fmt::format("the search '{}' has no loss increments yet", search.name), "",
                     "they are measured once its shared options are trained: let it go on");
  const auto table = std::ranges::find_if(tables, [&](const LatencyTable& candidate) {
    return candidate.key == search.key && same_latency(candidate.config, search.config);
  });
  if (table == tables.end())
    return bad_input(
        fmt::format(
            "there is no latency table of '{}' on {} for batch {}, length {}, memory {}, {}",
            search.config.name, search.key.device, search.key.batch, search.key.length,
            search.key.memory, search.key.precision),
        "", "measure it: plumbline-engine planer profile");
  const auto baseline = table->estimate_ms(baseline_architecture(search.config));
  if (!baseline || *baseline <= 0)
    return bad_input("the latency table lacks the options of the baseline", "",
                     "measure it again: plumbline-engine planer profile");
  auto solved = SurrogateFront::solve(*search.increments, *table);
  TRY(solved);
  // Where the existing network was removed, what was found is still calibrated on.
  const auto existing = std::ranges::find(networks, search.base, &NetworkInfo::name);
  return SearchFront{
      search,
      *table,
      std::move(*solved),
      prediction_errors(*search.increments, retrained_by(search, networks)),
      front_calibration(*search.increments, existing == networks.end() ? NetworkInfo() : *existing,
                        search.name, search.text, networks),
      *baseline};
}

Result<SearchFront> load_search_front(const Study& study, std::string_view name) {
  const auto search = study.search(name);
  TRY(search);
  const auto tables = study.latency_tables();
  TRY(tables);
  const auto networks = study.networks();
  TRY(networks);
  auto front = make_search_front(*search, *tables, *networks);
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
  ordered_json json = {{"search", front.search.name}, {"base", front.search.base}};
  json.update(to_json(front.table.key));
  json.update(
      {{"baseline_ms", front.baseline_ms},
       {"measured_baseline_ms", front.table.baseline.median_ms > 0
                                    ? ordered_json(front.table.baseline.median_ms)
                                    : ordered_json()},
       {"estimate_error", finite_number(front.table.estimate_error())},
       {"fastest_ms", finite_number(front.front.fastest_ms())},
       {"points", std::move(points)},
       {"networks", std::move(networks)},
       {"mean_absolute_error", finite_number(front.errors.mean_absolute)},
       {"calibration", std::move(calibration)},
       {"calibrated_mean_absolute_error", finite_number(front.errors.calibrated_mean_absolute)}});
  return json;
}

}  // namespace plumbline

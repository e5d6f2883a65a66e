#include "core/report/search_findings.h"

#include <algorithm>

#include "core/study/readable_rows.h"

namespace plumbline {

namespace {

/// A report is handed on: it does not say where the study lies on this machine.
std::string without_folder(std::string text, const Study& study) {
  const std::string folder = study.folder().string() + "/";
  for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder))
    text.erase(at, folder.size());
  return text;
}

std::string role_of(const NetworkInfo& network) {
  switch (network.origin) {
    case NetworkOrigin::trained:
    case NetworkOrigin::imported: return "existing";
    case NetworkOrigin::found: return "found";
    case NetworkOrigin::random: return "random";
    case NetworkOrigin::free: return "most parameters";
  }
  return "";
}

}  // namespace

const ReportedNetwork* SearchFindings::baseline() const {
  const auto found = std::ranges::find_if(
      networks, [&](const ReportedNetwork& network) { return network.info.name == search.base; });
  return found == networks.end() ? nullptr : &*found;
}

bool SearchFindings::has_energies() const {
  return std::ranges::any_of(
      networks, [](const ReportedNetwork& network) { return network.energy.has_value(); });
}

Result<std::optional<SearchFindings>> gather_search(const Study& study,
                                                    const ReportRequest& request) {
  SearchFindings facts;
  if (request.no_search) return std::optional<SearchFindings>();
  if (request.search.empty()) {
    auto searches = study.searches();
    TRY(searches);
    if (searches->empty()) return std::optional<SearchFindings>();
    facts.search = searches->back();
  } else {
    auto search = study.search(request.search);
    TRY(search);
    facts.search = std::move(*search);
  }
  auto front = load_search_front(study, facts.search.name);
  if (front)
    facts.front = std::move(*front);
  else
    facts.why_no_front = front.error().message;
  const auto networks = study.networks();
  TRY(networks);
  const auto latencies = study.network_latencies();
  TRY(latencies);
  if (facts.front) facts.damaged = facts.front->damaged;
  auto energies = study.network_energies();
  if (!energies && facts.search.cost == CostKind::energy)
    return tl::unexpected(std::move(energies.error()));
  const auto network_energies =
      readable_rows(std::move(energies), "the networks' energies", facts.damaged);
  for (std::string& damaged : facts.damaged) damaged = without_folder(std::move(damaged), study);
  for (const NetworkInfo& network : *networks) {
    if (network.search != facts.search.name && network.name != facts.search.base) continue;
    ReportedNetwork measured{network, std::nullopt, std::nullopt, role_of(network)};
    for (const NetworkLatency& latency : *latencies)
      if (latency.network == network.name && latency.key == facts.search.key)
        measured.latency = latency;
    for (const NetworkEnergy& energy : network_energies)
      if (energy.network == network.name && energy.key == facts.search.key)
        measured.energy = energy;
    if (network.name == facts.search.base)
      facts.networks.insert(facts.networks.begin(), std::move(measured));
    else
      facts.networks.push_back(std::move(measured));
  }
  // The existing network may have been timed only beside those that were found.
  if (!facts.networks.empty() && !facts.networks.front().latency &&
      facts.networks.front().info.name == facts.search.base)
    for (const ReportedNetwork& network : facts.networks)
      if (network.latency && network.latency->baseline == facts.search.base) {
        facts.networks.front().latency = NetworkLatency{
            facts.search.base, facts.search.key, network.latency->baseline_measured, {}, {}};
        break;
      }
  auto points = study.search_points(facts.search.name);
  TRY(points);
  facts.points = std::move(*points);
  return facts;
}

}  // namespace plumbline

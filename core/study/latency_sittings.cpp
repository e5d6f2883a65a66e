#include "core/study/latency_sittings.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace plumbline {

namespace {

std::string louder_words(double measured, double known) {
  if (measured <= known) return "";
  if (!std::isfinite(measured))
    return "it was repeated too few times to say how quiet the machine was";
  return fmt::format(
      "its repeats spread by {:.1f} % of the median, those of the one that is kept by {:.1f} %",
      100 * measured, 100 * known);
}

}  // namespace

double sitting_spread(const NetworkLatency& latency) {
  const double own = relative_spread(latency.measured);
  return latency.baseline_measured.median_ms > 0
             ? std::max(own, relative_spread(latency.baseline_measured))
             : own;
}

double sitting_spread(const LatencyTable& table) { return relative_spread(table.baseline); }

std::string existing_network_of(const NetworkInfo& network,
                                const std::vector<SearchInfo>& searches) {
  if (network.search.empty()) return network.base;
  const auto search = std::ranges::find(searches, network.search, &SearchInfo::name);
  return search == searches.end() ? network.base : search->base;
}

std::optional<double> latency_fraction(const NetworkLatency& latency, const std::string& existing) {
  const bool beside = !existing.empty() && latency.baseline == existing &&
                      latency.network != existing && latency.baseline_measured.median_ms > 0;
  if (!beside) return std::nullopt;
  return latency.measured.median_ms / latency.baseline_measured.median_ms;
}

std::optional<double> energy_fraction(const NetworkEnergy& energy, const std::string& existing) {
  const bool beside = !existing.empty() && energy.baseline == existing &&
                      energy.network != existing && energy.baseline_measured.joules > 0;
  if (!beside) return std::nullopt;
  return energy.measured.joules / energy.baseline_measured.joules;
}

std::string why_known_stays(const NetworkLatency& known, const NetworkLatency& measured,
                            const std::string& existing) {
  const bool was_beside = latency_fraction(known, existing).has_value();
  const bool is_beside = latency_fraction(measured, existing).has_value();
  if (was_beside && !is_beside)
    return fmt::format("it was not measured in turns with '{}', as the one that is kept was",
                       existing);
  if (is_beside && !was_beside) return "";
  return louder_words(sitting_spread(measured), sitting_spread(known));
}

std::string why_known_stays(const LatencyTable& known, const LatencyTable& measured) {
  // An older version's table lacks options, which a search with it goes without.
  const std::size_t lacked = options_without_latency(known).size();
  const std::size_t lacks = options_without_latency(measured).size();
  if (lacks < lacked) return "";
  if (lacks > lacked) return "it lacks options that the one that is kept has";
  return louder_words(sitting_spread(measured), sitting_spread(known));
}

}  // namespace plumbline

#include "core/study/sittings.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/planer/front/cost_table.h"

namespace plumbline {

namespace {

std::string louder_words(double measured, double known) {
  if (measured <= known) return "";
  if (!std::isfinite(measured))
    return "it was repeated too few times to say how quiet the machine was";
  return fmt::format(
      "its repeats spread by {:.1f} % of the median, those of the kept one by {:.1f} %",
      100 * measured, 100 * known);
}

/// `fraction`: latency_fraction, energy_fraction.
template <class Measured, class Fraction>
std::string why_network_stays(const Measured& known, const Measured& measured,
                              const std::string& existing, const Fraction& fraction) {
  const bool was_beside = fraction(known, existing).has_value();
  const bool is_beside = fraction(measured, existing).has_value();
  if (was_beside && !is_beside)
    return fmt::format("it was not measured in turns with '{}', as the kept one was", existing);
  if (is_beside && !was_beside) return "";
  return louder_words(sitting_spread(measured), sitting_spread(known));
}

template <class Table>
std::string why_table_stays(const Table& known, const Table& measured) {
  // An older version's table lacks options, which a search with it goes without.
  const std::size_t lacked = unmeasured_options(cost_table_of(known)).size();
  const std::size_t lacks = unmeasured_options(cost_table_of(measured)).size();
  if (lacks < lacked) return "";
  if (lacks > lacked) return "it lacks options that the kept one has";
  return louder_words(sitting_spread(measured), sitting_spread(known));
}

template <class Measured>
double spread_beside(const Measured& own, const Measured& beside, double beside_cost) {
  const double spread = relative_spread(own);
  return beside_cost > 0 ? std::max(spread, relative_spread(beside)) : spread;
}

}  // namespace

double sitting_spread(const NetworkLatency& latency) {
  return spread_beside(latency.measured, latency.baseline_measured,
                       latency.baseline_measured.median_ms);
}

double sitting_spread(const NetworkEnergy& energy) {
  return spread_beside(energy.measured, energy.baseline_measured, energy.baseline_measured.joules);
}

double sitting_spread(const LatencyTable& table) { return relative_spread(table.baseline); }

double sitting_spread(const EnergyTable& table) { return relative_spread(table.baseline); }

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
  return why_network_stays(known, measured, existing, latency_fraction);
}

std::string why_known_stays(const NetworkEnergy& known, const NetworkEnergy& measured,
                            const std::string& existing) {
  return why_network_stays(known, measured, existing, energy_fraction);
}

std::string why_known_stays(const LatencyTable& known, const LatencyTable& measured) {
  return why_table_stays(known, measured);
}

std::string why_known_stays(const EnergyTable& known, const EnergyTable& measured) {
  return why_table_stays(known, measured);
}

}  // namespace plumbline

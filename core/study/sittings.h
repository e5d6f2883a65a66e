#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/study/planer_records.h"

/// Latencies are compared only within a sitting, in which what is compared was measured in turns;
/// of several sittings the quietest is kept. The same holds of energies.
namespace plumbline {

/// The greater relative spread of a network and of what was measured beside it.
double sitting_spread(const NetworkLatency& latency);
double sitting_spread(const NetworkEnergy& energy);
/// That of the whole baseline, which was measured in turns with every option.
double sitting_spread(const LatencyTable& table);
double sitting_spread(const EnergyTable& table);

/// The existing network that this one is compared with: the one that its search began with, else
/// the one whose weights it began with; empty where there is none.
std::string existing_network_of(const NetworkInfo& network,
                                const std::vector<SearchInfo>& searches);

/// Latency as a share of the existing network's, measured in turns with it; nothing for the
/// existing network itself, and where it was measured alone or beside another.
std::optional<double> latency_fraction(const NetworkLatency& latency, const std::string& existing);

/// Energy of 1,000 tokens as a share of the existing network's, likewise.
std::optional<double> energy_fraction(const NetworkEnergy& energy, const std::string& existing);

/// Why the study keeps `known` and not `measured`, in a sentence; empty: `measured` takes its
/// place. What was measured beside the existing network has precedence, and the table that has more
/// options; then what spreads less; of equal ones the newer is taken.
std::string why_known_stays(const NetworkLatency& known, const NetworkLatency& measured,
                            const std::string& existing);
std::string why_known_stays(const NetworkEnergy& known, const NetworkEnergy& measured,
                            const std::string& existing);
std::string why_known_stays(const LatencyTable& known, const LatencyTable& measured);
std::string why_known_stays(const EnergyTable& known, const EnergyTable& measured);

}  // namespace plumbline

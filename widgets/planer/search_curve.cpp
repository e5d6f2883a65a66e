#include "widgets/planer/search_curve.h"

#include <QCoreApplication>

#include <algorithm>

#include "core/planer/front/target_verdict.h"
#include "core/study/search_front.h"
#include "core/study/sittings.h"
#include "widgets/planer/planer_words.h"

namespace plumbline {

namespace {

QString curve_text(const char* text) { return QCoreApplication::translate("search_curve", text); }

std::optional<MeasuredCost> cost_of_time(const std::optional<MeasuredLatency>& latency) {
  if (!latency) return std::nullopt;
  return MeasuredCost{latency->median_ms, latency->spread_ms, latency->repeats};
}

std::optional<MeasuredCost> cost_of_energy(const std::optional<TokenEnergy>& energy) {
  if (!energy) return std::nullopt;
  return MeasuredCost{energy->joules, energy->spread, energy->repeats};
}

PlanerEntry entry_of(const PlanerCatalogue& catalogue, const SearchCurve& curve,
                     const NetworkInfo& network, PlanerEntry::Role role) {
  PlanerEntry entry;
  entry.role = role;
  entry.network = network.name;
  entry.search = network.search;
  entry.target = network.target;
  entry.target_cost = network.target_cost;
  entry.cost = curve.subject.cost;
  entry.architecture = network.architecture;
  entry.loss = network.validation;
  entry.parameters = count_parameters(network.config, network.architecture);
  if (const auto* latency = catalogue.latency(network.name, curve.subject.key)) {
    entry.latency = latency->measured;
    if (latency_fraction(*latency, curve.subject.network))
      entry.baseline = latency->baseline_measured;
  }
  if (const auto* energy = catalogue.energy(network.name, curve.subject.key)) {
    entry.energy = energy->measured;
    if (energy_fraction(*energy, curve.subject.network))
      entry.baseline_energy = energy->baseline_measured;
  }
  if (curve.costs) entry.estimate = curve.costs->estimate(network.architecture);
  return entry;
}

}  // namespace

std::optional<MeasuredCost> PlanerEntry::measured() const {
  return cost == CostKind::latency ? cost_of_time(latency) : cost_of_energy(energy);
}

std::optional<MeasuredCost> PlanerEntry::beside() const {
  return cost == CostKind::latency ? cost_of_time(baseline) : cost_of_energy(baseline_energy);
}

std::optional<double> PlanerEntry::shown_cost() const {
  const auto own = measured();
  return own ? std::optional(own->median) : estimate;
}

std::optional<double> PlanerEntry::fraction() const {
  const auto own = measured(), other = beside();
  if (!own || !other || !(other->median > 0)) return std::nullopt;
  return own->median / other->median;
}

std::optional<bool> PlanerEntry::target_met() const {
  const auto reached = fraction();
  if (!reached || target <= 0 || target_cost != cost) return std::nullopt;
  return meets_target(*reached, target);
}

QString SearchCurve::text(double cost) const { return cost_unit_text(subject.cost, cost); }

std::optional<double> SearchCurve::estimated_fraction(double estimate) const {
  const auto of_baseline =
      costs ? costs->estimate(baseline_architecture(config)) : std::optional<double>();
  const auto whole = of_baseline ? of_baseline : baseline_cost();
  return whole && *whole > 0 ? std::optional(estimate / *whole) : std::nullopt;
}

double SearchCurve::cost_beside_baseline(double estimate) const {
  const auto fraction = estimated_fraction(estimate), whole = baseline_cost();
  return fraction && whole ? *fraction * *whole : estimate;
}

bool SearchCurve::is_estimated_apart() const {
  return costs && costs->baseline > 0 && baseline && costs->baseline != baseline->median;
}

std::optional<double> SearchCurve::shown_fraction(const PlanerEntry& entry) const {
  if (const auto measured = entry.fraction()) return measured;
  if (const auto own = entry.measured())
    return baseline ? std::optional(own->median / baseline->median) : std::nullopt;
  return entry.estimate ? estimated_fraction(*entry.estimate) : std::nullopt;
}

bool SearchCurve::is_measured_apart(const PlanerEntry& entry) const {
  const auto beside = entry.beside();
  return entry.measured() && baseline && !(beside && beside->median == baseline->median);
}

const FrontPoint* SearchCurve::within(double fraction) const {
  const auto of_one = estimated_fraction(1);
  return front && of_one ? front->within(fraction / *of_one) : nullptr;
}

bool PlanerEntry::is_noisy() const {
  const auto spreads = [](const std::optional<MeasuredCost>& of) {
    return of && of->spread > noisy_share * of->median;
  };
  return spreads(measured()) || spreads(beside());
}

std::optional<double> PlanerEntry::shown_nats() const {
  return loss ? std::optional(loss->nats) : running_loss;
}

std::string PlanerEntry::key() const {
  return std::to_string(static_cast<int>(role)) + "/" + network + "/" +
         (network.empty() && role == Role::searching ? std::to_string(target) : std::string());
}

bool PlanerEntry::can_go_on() const {
  return !network.empty() && (role == Role::found || role == Role::further);
}

QString entry_title(const PlanerEntry& entry) {
  switch (entry.role) {
    case PlanerEntry::Role::baseline: return curve_text("Baseline");
    case PlanerEntry::Role::found: return curve_text("Found, %1").arg(target_text(entry.target));
    case PlanerEntry::Role::further:
      return curve_text("Further, %1").arg(target_text(entry.target));
    case PlanerEntry::Role::random: return curve_text("Random, %1").arg(target_text(entry.target));
    case PlanerEntry::Role::free:
      return curve_text("Most parameters, %1").arg(target_text(entry.target));
    case PlanerEntry::Role::searching:
      return curve_text("Search, %1").arg(target_text(entry.target));
    case PlanerEntry::Role::predicted:
      return curve_text("Predicted, %1").arg(target_text(entry.target));
  }
  return {};
}

std::optional<SearchCurve> read_curve(const PlanerCatalogue& catalogue,
                                      const PlanerSubject& subject) {
  const NetworkInfo* network = catalogue.network(subject.network);
  if (network == nullptr) return std::nullopt;
  SearchCurve curve;
  curve.subject = subject;
  curve.config = network->config;
  const SearchInfo* search = catalogue.search(subject.search);
  if (search != nullptr)
    curve.unit = LossUnit(search->text.tokens);
  else if (network->text)
    curve.unit = LossUnit(network->text->tokens);
  if (const LatencyTable* table = catalogue.table(network->config, subject.key))
    curve.table = *table;
  std::optional<MeasuredLatency> latency;
  if (const NetworkLatency* own = catalogue.latency(network->name, subject.key))
    latency = own->measured;
  else if (curve.table && curve.table->baseline.median_ms > 0)
    latency = curve.table->baseline;
  const EnergyTable* energies = catalogue.energy_table(network->config, subject.key);
  std::optional<TokenEnergy> energy;
  if (const NetworkEnergy* own = catalogue.energy(network->name, subject.key))
    energy = own->measured;
  else if (energies != nullptr && energies->baseline.joules > 0)
    energy = energies->baseline;
  curve.knows_energies = energy.has_value();
  if (subject.cost == CostKind::latency) {
    curve.baseline = cost_of_time(latency);
    if (curve.table) curve.costs = cost_table_of(*curve.table);
  } else {
    curve.baseline = cost_of_energy(energy);
    if (energies != nullptr) curve.costs = cost_table_of(*energies);
  }

  const LossIncrements* increments = search != nullptr && search->increments
                                         ? &*search->increments
                                         : catalogue.increments(*network);
  if (increments != nullptr && curve.costs) {
    auto front = SurrogateFront::solve(*increments, *curve.costs);
    if (front)
      curve.front = std::move(*front);
    else
      curve.front_error = front.error();
  }

  PlanerEntry baseline = entry_of(catalogue, curve, *network, PlanerEntry::Role::baseline);
  if (!baseline.latency) baseline.latency = latency;
  if (!baseline.energy) baseline.energy = energy;
  baseline.baseline = baseline.latency;
  baseline.baseline_energy = baseline.energy;
  baseline.target = 0;
  curve.entries.push_back(std::move(baseline));
  for (const NetworkInfo& other : catalogue.networks) {
    const bool of_search = search != nullptr && other.search == search->name;
    const bool of_network = search == nullptr && other.base == network->name;
    if (!of_search && !of_network) continue;
    if (other.origin == NetworkOrigin::found)
      curve.entries.push_back(entry_of(catalogue, curve, other, PlanerEntry::Role::found));
    else if (other.origin == NetworkOrigin::trained && !other.search.empty())
      curve.entries.push_back(entry_of(catalogue, curve, other, PlanerEntry::Role::further));
    else if (other.origin == NetworkOrigin::random)
      curve.entries.push_back(entry_of(catalogue, curve, other, PlanerEntry::Role::random));
    else if (other.origin == NetworkOrigin::free)
      curve.entries.push_back(entry_of(catalogue, curve, other, PlanerEntry::Role::free));
  }
  std::stable_sort(curve.entries.begin() + 1, curve.entries.end(),
                   [](const PlanerEntry& a, const PlanerEntry& b) {
                     if (a.role != b.role) return a.role < b.role;
                     return a.target > b.target;
                   });
  const std::optional<TextReference> text =
      search != nullptr ? std::optional(search->text) : network->text;
  if (increments != nullptr && curve.front && text)
    curve.calibration =
        front_calibration(*increments, *network, subject.search, *text, catalogue.networks);
  // A course's estimates are of what its search saves.
  const bool same_cost = search == nullptr || search->cost == subject.cost;
  if (const auto points = catalogue.points.find(subject.search);
      points != catalogue.points.end() && same_cost)
    if (!points->second.empty()) {
      const double last = points->second.back().target;
      for (const SearchPoint& point : points->second)
        if (point.target == last) curve.path.push_back(point);
    }
  return curve;
}

}  // namespace plumbline

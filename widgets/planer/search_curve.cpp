#include "widgets/planer/search_curve.h"

#include <QCoreApplication>

#include <algorithm>

#include "core/planer/front/target_verdict.h"
#include "core/study/latency_sittings.h"
#include "core/study/search_front.h"
#include "widgets/planer/planer_words.h"

namespace plumbline {

namespace {

QString curve_text(const char* text) { return QCoreApplication::translate("search_curve", text); }

PlanerEntry entry_of(const PlanerCatalogue& catalogue, const SearchCurve& curve,
                     const NetworkInfo& network, PlanerEntry::Role role) {
  PlanerEntry entry;
  entry.role = role;
  entry.network = network.name;
  entry.search = network.search;
  entry.target = network.target;
  entry.architecture = network.architecture;
  entry.loss = network.validation;
  entry.parameters = count_parameters(network.config, network.architecture);
  if (const auto* latency = catalogue.latency(network.name, curve.subject.key)) {
    entry.latency = latency->measured;
    if (latency_fraction(*latency, curve.subject.network))
      entry.baseline = latency->baseline_measured;
  }
  if (curve.table) entry.estimate_ms = curve.table->estimate_ms(network.architecture);
  return entry;
}

}  // namespace

std::optional<double> PlanerEntry::shown_ms() const {
  return latency ? std::optional(latency->median_ms) : estimate_ms;
}

std::optional<double> PlanerEntry::fraction() const {
  if (!latency || !baseline) return std::nullopt;
  return latency->median_ms / baseline->median_ms;
}

std::optional<bool> PlanerEntry::target_met() const {
  const auto reached = fraction();
  if (!reached || target <= 0) return std::nullopt;
  return meets_target(*reached, target);
}

std::optional<double> SearchCurve::estimated_fraction(double estimate_ms) const {
  const auto estimate =
      table ? table->estimate_ms(baseline_architecture(config)) : std::optional<double>();
  const auto whole = estimate ? estimate : baseline_ms();
  return whole && *whole > 0 ? std::optional(estimate_ms / *whole) : std::nullopt;
}

std::optional<double> SearchCurve::shown_fraction(const PlanerEntry& entry) const {
  if (const auto measured = entry.fraction()) return measured;
  if (entry.latency)
    return baseline ? std::optional(entry.latency->median_ms / baseline->median_ms) : std::nullopt;
  return entry.estimate_ms ? estimated_fraction(*entry.estimate_ms) : std::nullopt;
}

const FrontPoint* SearchCurve::within(double fraction) const {
  const auto of_one_ms = estimated_fraction(1);
  return front && of_one_ms ? front->within(fraction / *of_one_ms) : nullptr;
}

bool PlanerEntry::is_noisy() const {
  const auto spreads = [](const std::optional<MeasuredLatency>& of) {
    return of && of->spread_ms > noisy_share * of->median_ms;
  };
  return spreads(latency) || spreads(baseline);
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
  if (const NetworkLatency* own = catalogue.latency(network->name, subject.key))
    curve.baseline = own->measured;
  else if (curve.table && curve.table->baseline.median_ms > 0)
    curve.baseline = curve.table->baseline;

  const LossIncrements* increments = search != nullptr && search->increments
                                         ? &*search->increments
                                         : catalogue.increments(*network);
  if (increments != nullptr && curve.table) {
    auto front = SurrogateFront::solve(*increments, cost_table_of(*curve.table));
    if (front)
      curve.front = std::move(*front);
    else
      curve.front_error = front.error();
  }

  PlanerEntry baseline = entry_of(catalogue, curve, *network, PlanerEntry::Role::baseline);
  if (!baseline.latency) baseline.latency = curve.baseline;
  baseline.baseline = baseline.latency;
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
  if (const auto points = catalogue.points.find(subject.search); points != catalogue.points.end())
    if (!points->second.empty()) {
      const double last = points->second.back().target;
      for (const SearchPoint& point : points->second)
        if (point.target == last) curve.path.push_back(point);
    }
  return curve;
}

}  // namespace plumbline

#include "core/metrics/metric_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/metrics/calibration.h"

namespace plumbline {

namespace {

using Value = std::optional<double>;

template <Verdict verdict>
Value count_of(const MetricData& data) {
  return static_cast<double>(data.counts[verdict]);
}

template <std::optional<double> SelectiveMetrics::*figure>
Value selective_figure(const MetricData& data) {
  return data.selective().*figure;
}

Value judged(const MetricData& data) { return static_cast<double>(data.counts.judged()); }
Value accuracy(const MetricData& data) { return data.counts.accuracy(); }
Value coverage(const MetricData& data) { return data.counts.coverage(); }
Value selective_risk(const MetricData& data) { return data.counts.selective_risk(); }
Value generalized_risk(const MetricData& data) { return data.counts.generalized_risk(); }
Value calibration_error(const MetricData& data) {
  return expected_calibration_error(data.score, data.right);
}
Value brier(const MetricData& data) { return data.brier; }
Value latency(const MetricData& data) { return data.latency_ms; }
Value latency_ratio(const MetricData& data) { return data.latency_ratio; }
Value ties_broken(const MetricData& data) { return static_cast<double>(data.ties_broken); }

Value negative_log_likelihood(const MetricData& data) {
  double sum = 0;
  for (const double value : data.log_prob_label) sum -= value;
  return sum / static_cast<double>(data.log_prob_label.size());
}

using S = SelectiveMetrics;
using U = MetricUnit;
using B = Better;
using N = MetricNeed;

// The one table: a further metric is one entry. Scripts read the keys, so that they stay.
constexpr Metric metrics[] = {
    {"samples", "samples", U::count, B::neither, N::nothing, judged},
    {"accuracy", "accuracy", U::fraction, B::higher, N::nothing, accuracy},
    {"kept_correct", "kept correct", U::count, B::higher, N::nothing, count_of<Verdict::kept>},
    {"undetected_mispredictions", "undetected mispredictions", U::count, B::lower, N::nothing,
     count_of<Verdict::undetected>},
    {"caught_mispredictions", "caught mispredictions", U::count, B::higher, N::nothing,
     count_of<Verdict::caught>},
    {"needlessly_rejected", "needlessly rejected", U::count, B::lower, N::nothing,
     count_of<Verdict::needlessly_rejected>},
    {"coverage", "coverage", U::fraction, B::higher, N::nothing, coverage},
    {"selective_risk", "selective risk", U::fraction, B::lower, N::nothing, selective_risk},
    {"generalized_risk", "generalized risk", U::fraction, B::lower, N::nothing, generalized_risk},
    {"aurc", "AURC", U::area, B::lower, N::scores, selective_figure<&S::aurc>},
    {"e_aurc", "E-AURC", U::area, B::lower, N::scores, selective_figure<&S::e_aurc>},
    {"augrc", "AUGRC", U::area, B::lower, N::scores, selective_figure<&S::augrc>},
    {"auroc", "AUROC", U::area, B::higher, N::scores, selective_figure<&S::auroc>},
    {"fpr95", "FPR at 95 % TPR", U::fraction, B::lower, N::scores, selective_figure<&S::fpr95>},
    {"ece", "ECE", U::area, B::lower, N::probabilities, calibration_error},
    {"nll", "NLL", U::plain, B::lower, N::likelihood, negative_log_likelihood},
    {"brier", "Brier score", U::plain, B::lower, N::distributions, brier},
    {"expected_latency_ms", "expected latency", U::milliseconds, B::lower, N::cost, latency},
    {"latency_ratio", "latency", U::times, B::lower, N::cost, latency_ratio},
    {"not_judged", "not judged", U::count, B::neither, N::nothing, count_of<Verdict::unjudged>,
     true},
    {"ties_broken", "ties broken", U::count, B::neither, N::nothing, ties_broken, true},
};

bool is_there(const Metric& metric, const MetricData& data) {
  switch (metric.needs) {
    case MetricNeed::nothing: return true;
    case MetricNeed::scores: return data.has_scores;
    case MetricNeed::probabilities: return data.has_scores && data.score_is_probability;
    case MetricNeed::likelihood: return !data.log_prob_label.empty();
    case MetricNeed::distributions: return data.brier.has_value();
    case MetricNeed::cost: return data.latency_ms.has_value();
    case MetricNeed::column: return !data.column(metric.column).empty();
  }
  return false;
}

}  // namespace

const SelectiveMetrics& MetricData::selective() const {
  if (!selective_) selective_ = selective_metrics(score, right);
  return *selective_;
}

std::span<const double> MetricData::column(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &Column::name);
  return found == columns.end() ? std::span<const double>() : std::span(found->values);
}

NamedTable<Metric>& metric_table() {
  static NamedTable<Metric> table{std::span<const Metric>(metrics)};
  return table;
}

const Metric* find_metric(std::string_view key) { return metric_table().find(key); }

std::optional<double> value_of(const Metric& metric, const MetricData& data) {
  if (!is_there(metric, data)) return std::nullopt;
  const auto value = metric.value(data);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::string figure_text(const Metric& metric, std::optional<double> value) {
  if (!value) return "–";
  switch (metric.unit) {
    case MetricUnit::count: return fmt::format("{:.0f}", *value);
    case MetricUnit::fraction: return fmt::format("{:.2f} %", 100 * *value);
    case MetricUnit::area:
    case MetricUnit::plain: return fmt::format("{:.5f}", *value);
    case MetricUnit::milliseconds: return fmt::format("{:.2f} ms a batch", *value);
    case MetricUnit::times: return fmt::format("{:.2f} × the baseline", *value);
  }
  return {};
}

std::vector<Figure> figures_of(const MetricData& data) {
  std::vector<Figure> figures;
  for (const Metric* metric : metric_table().all())
    if (metric->needs != MetricNeed::column || is_there(*metric, data))
      figures.push_back({metric, value_of(*metric, data)});
  return figures;
}

}  // namespace plumbline
